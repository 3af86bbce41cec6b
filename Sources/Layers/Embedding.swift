import PinxitTensors

/// A table of vectors by id. Weight `[vocabulary, width]`.
public struct Embedding: Sendable {
    /// `[vocabulary, width]`, a row for each id, in f32.
    public let weight: Tensor

    /// Parameter `weight`; a new one is normal with mean 0 and this deviation.
    public init(_ w: Weights, _ vocabulary: Int, _ width: Int, deviation: Float = 0.02) {
        weight = w.parameter("weight", [vocabulary, width], .normal(deviation))
    }

    /// Ids of any shape to `[…ids, width]` in `type`.
    public func callAsFunction(_ ids: Tensor, type: ElementType = .f32) -> Tensor {
        embedding(weight, ids, type: type)
    }
}
