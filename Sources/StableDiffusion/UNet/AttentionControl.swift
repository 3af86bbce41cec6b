import PinxitTensors

// Legend: B batch, Q queries (pixels of a map), K keys (tokens of a text, or the same pixels),
// F features.

/// Where in a U-Net attention is paid, and to what.
public struct AttentionPlace: Hashable, Sendable {
    /// On the way down, at the bottom, or on the way up.
    public enum Part: Hashable, Sendable { case down, middle, up }
    /// What pixels look at.
    public enum Target: Hashable, Sendable { case itself, text }

    /// The part of the U-Net.
    public let part: Part
    /// Self-attention or cross-attention.
    public let target: Target
    /// Of the map, whose pixels are the queries row by row.
    public let height: Int
    /// Of the map.
    public let width: Int
}

/// Looks at what attention is paid to, or decides it.
///
/// Used on the engine's thread only, in the order in which the layers are evaluated.
public protocol AttentionControl: AnyObject {
    /// The result of a layer's attention, `[B, Q, F]`, or nil for the usual one, which is computed
    /// without ever holding its probabilities.
    ///
    /// - Parameters:
    ///   - q: `[B, Q, F]`.
    ///   - k, v: `[B, K, F]`.
    ///   - heads: The features are so many heads side by side.
    func attend(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, at place: AttentionPlace
    ) -> Tensor?
}

/// The control over the layers around one feature map.
struct ControlledAttention {
    let control: any AttentionControl
    let part: AttentionPlace.Part
    let height: Int
    let width: Int

    func attend(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, _ target: AttentionPlace.Target
    ) -> Tensor? {
        control.attend(
            q, k, v, heads: heads,
            at: AttentionPlace(part: part, target: target, height: height, width: width))
    }
}
