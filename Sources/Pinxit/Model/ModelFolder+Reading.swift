import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitStableDiffusion
import PinxitTokenizers

extension ModelFolder {
    /// Whose syntax prompts are in where nobody says; nil where text can only be text.
    var usualEmphasis: Emphasis? {
        guard pipeline.isStableDiffusion else { return nil }
        return isTrainedHere ? .off : .a1111
    }

    /// How the words of a request are read.
    ///
    /// - Throws: `PaintError.request` where the model reads them in one way only.
    func reading(_ request: PaintRequest) throws(PaintError) -> TextReading {
        let reading = TextReading(request, usual: usualEmphasis ?? .off)
        guard usualEmphasis != nil || reading == .plain else {
            throw .request(
                field: RequestOptions.text.first { $0.isGiven(in: request) }?.name ?? "text",
                problem: "only Stable Diffusion reads prompts in more than one way")
        }
        return reading
    }

    /// The tokenizers of its text encoders, by their names in the folder, with words they learn.
    ///
    /// - Throws: `FileError` for a tokenizer that is wrong, and for a word of another family.
    func tokenizers(
        learning words: [WordEmbedding]
    ) throws -> [(name: String, tokenizer: CLIPTokenizer)] {
        guard !words.isEmpty else { return try tokenizers() }
        guard pipeline.isStableDiffusion else {
            throw PaintError.request(
                field: "embeddings", problem: "only a latent diffusion model can take one")
        }
        let tokenizers = try tokenizers().map { name, tokenizer in
            var tokenizer = tokenizer
            let encoder = try source.component(
                "text_encoder" + name.dropFirst("tokenizer".count))
            _ = tokenizer.learn(words, of: try CLIPTextConfiguration(encoder.config))
            return (name, tokenizer)
        }
        for word in words { try word.verifyUse() }
        return tokenizers
    }

    private func tokenizers() throws -> [(name: String, tokenizer: CLIPTokenizer)] {
        func own(_ name: String) throws -> (String, CLIPTokenizer) {
            (name, try CLIPTokenizer(folder: path.path(name)))
        }
        switch pipeline {
        case .stableDiffusion, .stableDiffusionXL:
            return try ["", "_2"].filter { source.has("text_encoder\($0)") }.map {
                ("tokenizer\($0)", try source.tokenizer("tokenizer\($0)"))
            }
        case .dalle: return [try own("tokenizer")]
        case .unCLIP, .unCLIPVariations, .clipGAN:
            let names = ["clip/tokenizer", "clip", "prior_tokenizer", "tokenizer"]
            return try names.filter { CLIPTokenizer.isPresent(in: path.path($0)) }.map(own)
        }
    }
}
