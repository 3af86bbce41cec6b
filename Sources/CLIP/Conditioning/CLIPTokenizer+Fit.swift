import PinxitCheckpoints
import PinxitFiles
import PinxitTokenizers

extension CLIPTokenizer {
    /// Checks that a text tower knows every token, and has a place for every token of a text.
    ///
    /// - Parameter folder: The tokenizer's, for messages.
    func checkFit(_ text: CLIPTextConfiguration, folder: String) throws(FileError) {
        let fit = PartsFit(folder: folder)
        try fit.atMost(
            "tokens the tokenizer knows", idLimit,
            "tokens the text encoder knows", text.vocabularySize)
        try fit.atMost(
            "tokens the tokenizer gives", modelMaxLength,
            "positions of the text encoder", text.maxPositions)
    }

    /// Says which words of a plain text do not fit; nil if all do.
    public func warningOfCut(_ text: String) -> String? { warningOfCut(text, .plain) }

    /// The same of a text that is read in some way.
    func warningOfCut(_ text: String, _ reading: TextReading) -> String? {
        let left = leftOut(text, reading.emphasis, reading.longPrompts)
        guard !left.isEmpty else { return nil }
        let room = (modelMaxLength - 2) * (reading.longPrompts == .cut ? 1 : Self.mostChunks)
        return "only \(room) tokens of the text fit; left out: \"\(decode(left))\""
    }
}
