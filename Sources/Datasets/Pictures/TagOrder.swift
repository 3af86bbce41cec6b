import PinxitTensors

/// In which order the tags of a caption come, `1girl, blue hair, smile`.
///
/// A model that always sees tags in one order learns it; kohya's trainers shuffle them so
/// (`shuffle_caption`), but for the first few (`keep_tokens`), such as the name of what is learnt.
public struct TagOrder: Sendable, Hashable {
    /// Whether tags come in another order each time.
    public var shuffles: Bool
    /// So many of the first ones stay where they are.
    public var kept: Int

    /// By default they are left as they are.
    public init(shuffles: Bool = false, kept: Int = 0) {
        (self.shuffles, self.kept) = (shuffles, kept)
    }

    /// A caption with its tags as they come at a place of a stream.
    func ordered(_ caption: String, seed: UInt64, index: Int) -> String {
        guard shuffles else { return caption }
        let tags = caption.split(separator: ",").map { CaptionText.clean($0) }.filter {
            !$0.isEmpty
        }
        var random = SplitMix64(seed: seed ^ fnv1a64("tags"), index: index)
        let others = random.shuffled(Array(tags.dropFirst(kept)))
        return (tags.prefix(kept) + others).joined(separator: ", ")
    }
}
