import PinxitImages

/// Why a picture came out as it did: what its parts looked at of each word, what it looked like on
/// the way, what guidance changed, and how long everything took; of a GAN what each word and the
/// noise changed.
///
/// Asked for by ``PaintOptions/explaining``; a painted picture then carries it. The picture is the
/// same to the bit as without.
public struct PictureExplanation: Sendable {
    /// A text the picture was drawn from; there are several where a prompt has parts or changes on
    /// the way.
    public struct Text: Sendable {
        /// As it was read.
        public let text: String
        /// How much of it there is, where `AND` puts several together.
        public let weight: Double
        /// What the text encoder was given, without the padding.
        public let tokens: [Token]
        /// The words, each with its map.
        public let words: [Word]
        /// The share of attention that fell on the padding behind the text.
        public internal(set) var paddingShare: Double
        /// The share that fell on the picture's own tokens before; 0 but for DALL·E.
        public internal(set) var pictureShare = 0.0
    }

    /// A token of a text.
    public struct Token: Sendable, Equatable {
        /// What a token is.
        public enum Kind: String, Sendable { case start, text, end }

        /// A part of the text, or what the encoder puts around it.
        public let kind: Kind
        /// Its number in the vocabulary.
        public let id: Int32
        /// As a reader sees it.
        public let symbol: String
        /// How much it was told to count; 1 is as it stands.
        public let weight: Double
        /// Its place among what pixels look at.
        public let position: Int
        /// The share of all attention that fell on it, 0 to 1; of a GAN an equal part of its
        /// word's.
        public internal(set) var share: Double
    }

    /// A word: what stands between spaces, and of Chinese what the vocabulary has as one piece.
    public struct Word: Sendable, Equatable {
        /// In lower case, as the tokenizer sees it.
        public let text: String
        /// Its tokens, as places in ``Text/tokens``.
        public let tokens: Range<Int>
        /// Whether it stands without a space behind the word before.
        public let isJoined: Bool
        /// The part of each pixel's attention that fell on it, in latents. Of a GAN: by how many of
        /// 255 levels each pixel changes without it.
        public let map: HeatMap
        /// The share of all attention that fell on it, 0 to 1. Of a GAN: of all such changes.
        public let share: Double
        /// Of a GAN: what the same noise paints without it. Nil for others.
        public internal(set) var without: Picture?
    }

    /// A step of the way.
    public struct Step: Sendable {
        /// From 1.
        public let number: Int
        /// What the picture looked like; nil where it was not asked for.
        public let picture: Picture?
        /// Without what explaining took.
        public let seconds: Double
        /// How large what guidance added was, as a part of the prediction with the text; nil where
        /// the step was not guided.
        public let guidance: Double?
    }

    /// In the order in which they held.
    public let texts: [Text]
    /// In their order.
    public let steps: [Step]
    /// How far the guided predictions were from the plain ones, in latents: the mean over steps and
    /// channels. Nil where nothing was guided.
    public let guidance: HeatMap?
    /// Of a DALL·E, for each token of the picture: the entropy of what it was drawn from, in bits.
    /// Nil for others.
    public var entropy: HeatMap?
    /// What there is of a GAN in the place of steps and guidance. Nil for others.
    public var gan: GAN?
    /// Of this picture. ``PaintTimes/text`` and ``PaintTimes/encoding`` are of all of a request.
    public internal(set) var times: PaintTimes
}

extension PictureExplanation {
    /// The map of some words of the prompt, such as "red apple": the mean over all places where
    /// they stand. Nil where they do not.
    public func map(of phrase: String) -> HeatMap? {
        let maps = texts.flatMap { text in
            text.places(of: phrase).flatMap(\.self).map { text.words[$0].map }
        }
        return maps.isEmpty ? nil : HeatMap(meanOf: maps)
    }
}

extension PictureExplanation.Text {
    /// Where a phrase stands: each time the indices of its words. Letters begin and end with a
    /// word; of Chinese any characters are found.
    func places(of phrase: String) -> [Range<Int>] {
        let wanted = Array(phrase.lowercased().filter { !$0.isWhitespace })
        guard !wanted.isEmpty else { return [] }
        var letters: [(letter: Character, word: Int)] = []
        for (index, word) in words.enumerated() {
            letters += word.text.filter { !$0.isWhitespace }.map { ($0, index) }
        }
        guard letters.count >= wanted.count else { return [] }
        return (0...letters.count - wanted.count).compactMap { start in
            let end = start + wanted.count
            guard letters[start..<end].map(\.letter) == wanted else { return nil }
            let isChinese = wanted.contains { $0.unicodeScalars.contains { $0.value >= 0x2E80 } }
            let begins = start == 0 || letters[start - 1].word != letters[start].word
            let ends = end == letters.count || letters[end].word != letters[end - 1].word
            guard isChinese || begins && ends else { return nil }
            return letters[start].word..<letters[end - 1].word + 1
        }
    }
}
