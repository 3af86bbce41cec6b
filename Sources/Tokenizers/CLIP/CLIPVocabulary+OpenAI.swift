import FoundationEssentials

extension CLIPVocabulary {
    /// The vocabulary of OpenAI's CLIP, 49,408 symbols, which Stable Diffusion's text encoders
    /// share. It is part of the program, so that a checkpoint in one file needs nothing beside it.
    public static let openAI: CLIPVocabulary = {
        let bytes = ByteAlphabet.order.map { ByteAlphabet.text(CollectionOfOne($0)) }
        var symbols = bytes + bytes.map { $0 + "</w>" }
        symbols.reserveCapacity(49_408)
        let text = openAIMerges.withUTF8Buffer { Data($0) }
        let ids = Array(Data(base64Encoded: text) ?? Data())
        precondition(ids.count % 4 == 0 && !ids.isEmpty, "the list of merges is damaged")
        func id(_ place: Int) -> Int { Int(ids[place]) | Int(ids[place + 1]) << 8 }
        let merges = stride(from: 0, to: ids.count, by: 4).map { place in
            let merge = (symbols[id(place)], symbols[id(place + 2)])
            symbols.append(merge.0 + merge.1)
            return merge
        }
        symbols += [TokenizerSettings.startToken, TokenizerSettings.endToken]
        return CLIPVocabulary(symbols: symbols, merges: merges)
    }()
}

extension CLIPTokenizer {
    /// The tokenizer of Stable Diffusion 1, and of SDXL's first text encoder.
    public static let openAI = Self.openAI(padToken: TokenizerSettings.endToken)

    /// The tokenizer of Stable Diffusion 2 and of SDXL's second text encoder, as diffusers has it:
    /// the padding is the token "!", and every "!" of a text is that token too, alone and whatever
    /// is beside it. AUTOMATIC1111 and ComfyUI pad with it only.
    public static let openAIPaddedWithZero = Self.openAI(padToken: "!")

    private static func openAI(padToken: String) -> CLIPTokenizer {
        let vocabulary = CLIPVocabulary.openAI
        do {
            return try CLIPTokenizer(
                vocabulary: vocabulary.symbols, merges: vocabulary.merges, padToken: padToken)
        } catch {
            preconditionFailure("the vocabulary of OpenAI's CLIP is damaged: \(error)")
        }
    }
}
