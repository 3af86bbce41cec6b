import PinxitFiles
import PinxitTokenizers

/// What the recipe of the `inversion` stage says beside the data and the optimisation.
struct InversionSettings {
    /// What other stages of fine-tuning have too.
    let common: FineTuningSettings
    /// What will stand for the vectors in a text.
    let word: String
    /// A word of the model whose vectors are the start.
    let initialWord: String
    /// How many vectors the word stands for.
    let vectors: Int
    /// A caption, with `{word}` and perhaps `{caption}`.
    let template: String

    init(_ s: SettingsReader) throws {
        word = try s.string(
            "word",
            "What will stand for what is learnt in a prompt, a word that the model does not "
                + "have: sks-dog.")
        initialWord = try s.string(
            "initial_word",
            "A word of the model that says roughly what it is, from whose vectors "
                + "learning starts: dog.")
        vectors = try s.int(
            "vectors", or: 4, in: 1...32, "How many tokens of a prompt the word takes.")
        template = try s.string(
            "template", or: "a photo of {word}",
            "The caption of every picture: {word} is the word, {caption} the picture's own. A caption "
                + "that has the word is taken as it is.")
        common = try FineTuningSettings(s)
        try s.finish()
        guard !s.record.isDescribing else { return }
        let field = s.field
        for (name, text) in [("word", word), ("initial_word", initialWord)]
        where text.isEmpty || text.contains(where: \.isWhitespace) {
            throw field[name].unsupported("\"\(text)\"", ["one word"])
        }
        // These tell other forms of file.
        guard !["*", "clip_l", "clip_g", "emb_params", "__metadata__"].contains(word),
            !word.hasPrefix("string_to_param")
        else { throw field["word"].unsupported("\"\(word)\"", ["a word of your own"]) }
        guard template.contains("{word}") else {
            throw field["template"].unsupported("\"\(template)\"", ["a text with {word}"])
        }
    }

    /// A picture's caption with the word in it.
    func caption(_ own: String) -> String {
        if isWord(word, in: own) { return own }
        return template.replacing("{word}", with: word).replacing("{caption}", with: own)
    }
}
