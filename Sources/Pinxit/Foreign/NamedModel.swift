import PinxitFiles

/// A model as another program's picture names it.
public struct NamedModel: Sendable, Equatable {
    /// The file's name without folder and ending.
    public let name: String
    /// The file's name, with the ending `.safetensors` where the picture tells none.
    public let file: String
    /// The first ten digits of the file's SHA-256, as AUTOMATIC1111 writes them; nil where the
    /// picture tells none.
    public let shortHash: String?

    /// - Parameters:
    ///   - text: A name or a path of any system, of which the last part counts.
    ///   - hash: Taken if it has ten hexadecimal digits or more.
    init?(_ text: String?, hash: String? = nil) {
        let part = text?.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        guard !part.isEmpty, part.utf8.count < 200 else { return nil }
        let endings = [".safetensors", ".ckpt", ".pt", ".bin", ".gguf", ".sft"]
        let ending = endings.first(where: part.hasSuffix)
        name = ending.map { String(part.dropLast($0.count)) } ?? part
        file = ending == nil ? part + ".safetensors" : part
        let digits = hash?.lowercased() ?? ""
        let isHash = (10...64).contains(digits.count) && digits.allSatisfy(\.isHexDigit)
        shortHash = isHash ? String(digits.prefix(10)) : nil
    }

    /// The file to look for, in words.
    public var wanted: String { file + (shortHash.map { " (SHA-256 \($0)…)" } ?? "") }
}
