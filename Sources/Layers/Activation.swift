import PinxitTensors

/// An activation by the name configuration files give it.
public enum Activation: String, Sendable, CaseIterable {
    /// x σ(x).
    case silu
    /// The same as `silu`, under its other name.
    case swish
    /// x Φ(x), with the error function.
    case gelu
    /// x σ(1.702 x), OpenAI CLIP's.
    case quickGELU = "quick_gelu"
    /// max(x, 0).
    case relu

    /// Element by element, of any shape, in the type of `x`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        switch self {
        case .silu, .swish: x.silu
        case .gelu: x.gelu
        case .quickGELU: x.quickGELU
        case .relu: x.relu
        }
    }
}
