import PinxitTensors

/// An activation by the name configuration files give it.
public enum Activation: String, Sendable, CaseIterable {
    case silu
    case swish
    case gelu
    case quickGELU = "quick_gelu"
    case relu

    public func callAsFunction(_ x: Tensor) -> Tensor {
        switch self {
        case .silu, .swish: x.silu
        case .gelu: x.gelu
        case .quickGELU: x.quickGELU
        case .relu: x.relu
        }
    }
}
