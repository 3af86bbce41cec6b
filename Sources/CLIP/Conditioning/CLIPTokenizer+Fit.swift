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

    /// Says which words of a text do not fit; nil if all do.
    public func warningOfCut(_ text: String) -> String? {
        let tokens = tokens(text)
        let room = modelMaxLength - 2
        guard tokens.count > room else { return nil }
        let lost = decode(tokens.dropFirst(room))
        return "only \(room) tokens of the text fit; left out: \"\(lost)\""
    }
}
