import PinxitTokenizers

extension CLIPTokenizer {
    /// Says which words of a text do not fit; nil if all do.
    func warningOfCut(_ text: String) -> String? {
        let tokens = tokens(text)
        let room = modelMaxLength - 2
        guard tokens.count > room else { return nil }
        let lost = decode(tokens.dropFirst(room))
        return "only \(room) tokens of the text fit; left out: \"\(lost)\""
    }
}
