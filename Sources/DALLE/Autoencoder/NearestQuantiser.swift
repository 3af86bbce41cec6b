import PinxitLayers
import PinxitTensors

/// Vector quantisation (van den Oord et al. 2017): the nearest of the codes.
///
/// The codebook has no gradient: it follows the features it stands for by a moving average, which
/// the training keeps.
public struct NearestQuantiser: Quantiser {
    /// `[codes, width]`.
    public let codebook: Tensor

    /// Rows of the codebook.
    public let codes: Int
    /// Features of a row of the codebook.
    public let inputWidth: Int
    /// As many as ``inputWidth``.
    public var outputWidth: Int { inputWidth }

    init(_ w: Weights, codes: Int, width: Int) {
        (self.codes, inputWidth) = (codes, width)
        codebook = w.parameter("codebook", [codes, width], .normal(1))
    }

    /// The id with the smallest |z - e|², that is, the largest z·e - |e|²/2.
    public func ids(_ features: Tensor) -> Tensor {
        let z = features.detached.cast(to: .f32).reshaped([-1, inputWidth])
        let codes = codebook.detached
        let score = matmul(z, codes, transposeB: true) - codes.squared.sum(axis: 1) * 0.5
        return score.largest().reshaped(Array(features.shape.dimensions.dropLast()))
    }

    /// Rows of the codebook: ids of any shape to `[…, D]` in f32.
    public func vectors(_ ids: Tensor) -> Tensor { embedding(codebook, ids) }

    /// The penalty is the features' mean squared distance from their codes, which keeps them there.
    public func relaxed(_ features: Tensor, _ relaxation: inout Relaxation) -> Quantised {
        let z = features.cast(to: .f32)
        let ids = ids(z)
        let nearest = vectors(ids).detached
        return Quantised(
            vectors: z + (nearest - z.detached), ids: ids,
            penalty: (z - nearest).squared.mean())
    }
}
