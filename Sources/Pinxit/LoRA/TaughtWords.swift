import PinxitCheckpoints
import PinxitFiles
import PinxitTokenizers

extension LearntWords {
    /// The same with the words that a model's changes teach it: those of learnt vectors, and those
    /// of captions that LoRAs were trained with, where their files tell.
    func taught(by options: LoadOptions) -> LearntWords {
        var words = self
        words.add(wordsOf: options.embeddings.map(\.word))
        for adapter in options.adapters { words.add(wordsOf: adapter.captionTags) }
        return words
    }
}

extension WeightAdapter {
    /// The captions that it was trained with, cut at commas, as kohya's `ss_tag_frequency` counts
    /// them: data sets by their folders, and in each how often a tag was read. Empty where its file
    /// does not tell.
    var captionTags: [String] {
        guard let text = metadata["ss_tag_frequency"],
            case .object(let sets) = try? JSONValue(parsing: text)
        else { return [] }
        return sets.flatMap { set -> [String] in
            guard case .object(let tags) = set.value else { return [] }
            return tags.map(\.name)
        }
    }
}
