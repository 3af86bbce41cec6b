/// A LoRA that a prompt names, in the syntax of AUTOMATIC1111's web UI: `<lora:ink>`,
/// `<lora:ink:0.8>`, `<lora:ink:TEXT:UNET>` or `<lora:ink:te=0.5:unet=0.8>`; `<lyco:ink>` is the
/// same.
public struct LoRATag: Sendable, Hashable {
    /// What the file is called, without its extension.
    public let name: String
    /// For the U-Net.
    public let weight: Double
    /// For text encoders.
    public let textWeight: Double

    /// Takes the tags out of a prompt.
    ///
    /// - Returns: The prompt without them, and the tags in their order.
    /// - Throws: `PaintError.request` for a tag that cannot be read.
    public static func taken(
        from prompt: String
    ) throws(PaintError) -> (prompt: String, tags: [LoRATag]) {
        var (rest, kept, tags) = (prompt[...], "", [LoRATag]())
        while let start = rest.firstRange(of: /<(lora|lyco):/) {
            guard let end = rest[start.upperBound...].firstIndex(of: ">") else { break }
            kept += rest[..<start.lowerBound]
            tags.append(try LoRATag(rest[start.upperBound..<end]))
            rest = rest[rest.index(after: end)...]
        }
        guard !tags.isEmpty else { return (prompt, []) }
        kept += rest
        while kept.last?.isWhitespace == true { kept.removeLast() }
        return (String(kept.drop { $0.isWhitespace }), tags)
    }

    private init(_ text: Substring) throws(PaintError) {
        func wrong() -> PaintError {
            // A prompt may have anything up to the bracket.
            let shown = text.prefix(100).split(whereSeparator: \.isNewline).joined(separator: " ")
            return .request(
                field: "prompt",
                problem: "<lora:\(shown)>: <lora:NAME>, <lora:NAME:WEIGHT> or "
                    + "<lora:NAME:TEXT-WEIGHT:UNET-WEIGHT> is accepted")
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty, !name.contains("/"), parts.count <= 3 else {
            throw wrong()
        }
        var (text, unet): (Double?, Double?)
        for (place, part) in parts.dropFirst().enumerated() {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let value = pair.last.flatMap({ Double($0) }), Float(value).isFinite else {
                throw wrong()
            }
            switch pair.count == 2 ? pair[0] : (place == 0 ? "te" : "unet") {
            case "te": text = value
            case "unet": unet = value
            default: throw wrong()
            }
        }
        self.name = String(name)
        textWeight = text ?? 1
        weight = unet ?? text ?? 1
    }
}
