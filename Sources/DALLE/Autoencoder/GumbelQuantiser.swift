import PinxitLayers
import PinxitPlatform
import PinxitTensors

/// The choice of DALL·E's discrete autoencoder (Ramesh et al. 2021): the encoder gives a logit for
/// each code, and training draws from their softmax, relaxed by Gumbel noise at a temperature (Jang
/// et al. 2017; Maddison et al. 2017).
public struct GumbelQuantiser: Quantiser {
    /// `[codes, width]`.
    let codebook: Tensor

    /// Rows of the codebook.
    public let codes: Int
    /// A logit for each code.
    public var inputWidth: Int { codes }
    /// Features of a row of the codebook.
    public let outputWidth: Int

    init(_ w: Weights, codes: Int, width: Int) {
        (self.codes, outputWidth) = (codes, width)
        codebook = w.parameter("codebook", [codes, width], .normal(1))
    }

    /// The likeliest code, without noise: `[…, C]` to `[…]`.
    public func ids(_ features: Tensor) -> Tensor { features.largest() }

    /// Rows of the codebook: ids of any shape to `[…, D]` in f32.
    public func vectors(_ ids: Tensor) -> Tensor { embedding(codebook, ids) }

    /// The penalty is the divergence of the codes' distribution from the even one, in nats a token.
    public func relaxed(_ features: Tensor, _ relaxation: inout Relaxation) -> Quantised {
        let logits = features.cast(to: .f32)
        let uniform = Tensor(
            (0..<logits.count).map { _ in max(relaxation.random.uniform(), 1e-12) },
            shape: logits.shape)
        let gumbel = -(-uniform.log).log
        let choice = ((logits + gumbel) * (1 / relaxation.temperature)).softmax()
        let flat = choice.reshaped([-1, codes])
        let vectors = matmul(flat, codebook)
            .reshaped(Shape(logits.shape.dimensions.dropLast() + [outputWidth]))
        let logs = logits.logSoftmax()
        let tokens = Float(logits.count / codes)
        let divergence = (logs.exp * logs).sum() * (1 / tokens) + logf(Float(codes))
        return Quantised(vectors: vectors, ids: logits.detached.largest(), penalty: divergence)
    }
}
