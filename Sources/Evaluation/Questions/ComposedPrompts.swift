import PinxitDatasets
import PinxitTensors

/// Prompts with several attributes at once, as only the composer's test pictures have them.
struct ComposedPrompts: Sendable {
    /// To be painted; none where the data set has no such pictures.
    let items: [Item]
    /// More of the same kind, as captions to choose from.
    let others: [Item]

    init(_ library: SpriteLibrary, _ configuration: EvaluationConfiguration) {
        // Another stream than the pictures that training reports look at.
        let composer = Composer(
            library: library, seed: configuration.seed ^ fnv1a64("composed"), split: .test)
        var items: [Item] = []
        var index = 0
        let count =
            configuration.composed == 0 ? 0 : configuration.composed + configuration.candidates
        while items.count < count {
            let spec = composer.spec(at: index)
            index += 1
            // A recipe may have no picture of three attributes, or hardly any.
            if index == 1_000_000 {
                items = []
                break
            }
            guard spec.heldOutKeys.count >= 3 else { continue }
            var random = SplitMix64(
                seed: configuration.seed ^ fnv1a64("composed prompts"), index: index)
            let language: CaptionLanguage =
                random.chance(configuration.chineseShare) ? .chinese : .english
            let order = PaintingOrder(
                prompt: composer.caption(spec, language: language),
                seed: UInt32(truncatingIfNeeded: random.next()))
            items.append(Item(spec: spec, order: order, language: language))
        }
        self.items = Array(items.prefix(configuration.composed))
        others = Array(items.dropFirst(configuration.composed))
    }
}
