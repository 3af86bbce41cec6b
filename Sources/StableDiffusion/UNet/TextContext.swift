import PinxitTensors

/// Text states as the U-Net attends to them. What its attention layers make of them is kept, so
/// that all steps of a picture share it.
public final class TextContext {
    /// `[batch, tokens, features]`.
    public let states: Tensor
    /// The pictures beside it, if there are any.
    var images: ImageContext?
    private var kept: [ObjectIdentifier: (keys: Tensor, values: Tensor)] = [:]

    /// - Parameter states: `[batch, tokens, features]`, of the type the U-Net computes in.
    public init(_ states: Tensor) { self.states = states }

    /// The keys and values of a layer, which `make` computes from the states the first time.
    /// Tracked ones are not kept: every step has a gradient of its own.
    func keysAndValues(
        of layer: Storage, _ make: (Tensor) -> (keys: Tensor, values: Tensor)
    ) -> (keys: Tensor, values: Tensor) {
        if let found = kept[ObjectIdentifier(layer)] { return found }
        let made = make(states)
        if !made.keys.isTracked { kept[ObjectIdentifier(layer)] = made }
        return made
    }
}
