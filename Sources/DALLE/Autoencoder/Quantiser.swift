import PinxitLayers
import PinxitTensors

// Legend: B batch, N tokens of a picture, C features the encoder gives, D features the decoder
// takes, K codes.

/// What turns features into one of a fixed number of codes, and codes into features.
public protocol Quantiser: Sendable {
    /// How many codes there are.
    var codes: Int { get }
    /// Features it takes from the encoder.
    var inputWidth: Int { get }
    /// Features it gives the decoder.
    var outputWidth: Int { get }
    /// `[…, C]` to ids `[…]`, below ``codes``.
    func ids(_ features: Tensor) -> Tensor
    /// Ids of any shape to `[…, D]` in f32.
    func vectors(_ ids: Tensor) -> Tensor
    /// What the decoder is given in training, through which the encoder's gradient flows.
    func relaxed(_ features: Tensor, _ relaxation: inout Relaxation) -> Quantised
}

/// What a training step lays down for a quantiser.
public struct Relaxation {
    /// Of the softmax that stands for a choice among codes; near 0 it is one.
    public var temperature: Float
    /// What noise is drawn from; it goes on from step to step.
    public var random: SplitMix64

    /// - Parameter temperature: Above 0.
    public init(temperature: Float, random: SplitMix64) {
        self.temperature = temperature
        self.random = random
    }
}

/// Features as the decoder is given them in training.
public struct Quantised {
    /// `[…, D]` in f32.
    public let vectors: Tensor
    /// The codes they stand for, `[…]`.
    public let ids: Tensor
    /// What is to be kept small beside the reconstruction's error, one number, if there is such a
    /// thing.
    public let penalty: Tensor?
}

extension DiscreteAutoencoderConfiguration.Quantizer {
    /// The quantiser, its parameters at `w`.
    func quantiser(_ w: Weights) -> any Quantiser {
        switch self {
        case .finiteScalar(let levels): FiniteScalarQuantiser(levels: levels)
        case .gumbel(let codes, let width): GumbelQuantiser(w, codes: codes, width: width)
        case .nearest(let codes, let width): NearestQuantiser(w, codes: codes, width: width)
        }
    }
}

extension Tensor {
    /// The position of the largest element of the last dimension, the first where several are:
    /// `[…]`.
    func largest() -> Tensor {
        let width = shape[-1]
        let values = floats
        let positions = values.withUnsafeBufferPointer { values in
            (0..<count / width).map { row in
                var (best, value) = (0, values[row * width])
                for column in 1..<max(width, 1) where values[row * width + column] > value {
                    (best, value) = (column, values[row * width + column])
                }
                return Int32(best)
            }
        }
        return Tensor(positions, shape: Shape(Array(shape.dimensions.dropLast())))
    }
}
