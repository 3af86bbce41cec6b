import PinxitTensors

/// A text tower of the project's own CLIP: tokens to states, and those to one state a text.
public protocol TextTower: Sendable {
    /// The sizes it was made with.
    var configuration: CLIPTextConfiguration { get }

    /// `[batch, tokens]` to `[batch, tokens, hidden]`, after the final norm.
    func states(_ ids: Tensor, type: ElementType) -> Tensor

    /// `[batch, tokens, hidden]` to `[batch, hidden]`.
    func pooled(_ states: Tensor, ids: Tensor) -> Tensor
}

extension CLIPTextModel: TextTower {
    /// The states after the final norm, without those of the layers before.
    public func states(_ ids: Tensor, type: ElementType) -> Tensor { self(ids, type: type).last }
}
