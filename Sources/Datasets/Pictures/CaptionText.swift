import PinxitFiles

/// Captions as people's files have them.
enum CaptionText {
    /// Longer texts are no captions.
    static let largest = 64 << 10

    /// Why a text is no caption.
    struct Refusal: Error {
        let reason: String
    }

    /// The captions of a `.txt` or `.caption`: one a line, empty lines aside.
    static func lines(_ bytes: [UInt8]) throws(Refusal) -> [String] {
        try text(bytes).split(whereSeparator: \.isNewline).map(clean).filter { !$0.isEmpty }
    }

    /// - Throws: ``Refusal`` for what is not UTF-8 or too long.
    static func text(_ bytes: [UInt8]) throws(Refusal) -> String {
        guard bytes.count <= largest else {
            throw Refusal(reason: tooLong(bytes.count))
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Refusal(reason: "is not UTF-8")
        }
        return text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    }

    static func tooLong(_ count: Int) -> String {
        "holds \(count) bytes; captions of up to \(largest) are accepted"
    }

    /// One line with single spaces, without what would change a terminal.
    static func clean(_ text: some StringProtocol) -> String {
        text.split { $0.isWhitespace || $0.isControl }.joined(separator: " ")
    }

    /// What captions are called in an object of metadata.
    static let names = ["text", "caption", "captions"]

    /// The captions in an object of metadata: `text` or `caption`, a text or several, and
    /// `captions` besides.
    ///
    /// - Throws: `FileError` for what is no text, or too long.
    static func of(_ object: JSONField) throws(FileError) -> [String] {
        var all: [String] = []
        for name in names {
            let field = object[name]
            switch field.value {
            case nil, .null: continue
            case .array: all += try field.strings()
            default: all.append(try field.string())
            }
        }
        if let long = all.first(where: { $0.utf8.count > largest }) {
            throw FileError(
                path: object.file, field: object.path, problem: tooLong(long.utf8.count))
        }
        return all.map { clean($0) }.filter { !$0.isEmpty }.withoutRepetitions
    }

    /// What a folder's name says of its pictures: nothing if it is a usual name of a part of a data
    /// set.
    ///
    /// kohya's trainers write `10_grey dog`: pictures of a grey dog, ten times an epoch. What
    /// stands behind the number is the caption as it is; in other names marks stand for spaces.
    ///
    /// - Returns: `isNumbered` of names such as kohya's.
    static func ofFolder(_ name: String) -> (caption: String?, repeats: Int, isNumbered: Bool) {
        var name = name[...]
        var (repeats, isNumbered) = (1, false)
        if let underscore = name.firstIndex(of: "_"),
            let number = Int(name[..<underscore]), (1...1000).contains(number), name.first != "0",
            name.first != "+"
        {
            (repeats, isNumbered) = (number, true)
            name = name[name.index(after: underscore)...]
        }
        let caption = clean(
            isNumbered
                ? String(name) : String(name.map { $0 == "_" || $0 == "-" ? " " : $0 }))
        let isPart = parts.contains(caption.lowercased()) || caption.isEmpty
        return (isPart ? nil : caption, repeats, isNumbered)
    }

    private static let parts: Set<String> = [
        "train", "training", "test", "validation", "val", "valid", "data", "dataset", "img",
        "image", "images", "picture", "pictures", "photos",
    ]
}

extension [String] {
    /// The first of each.
    var withoutRepetitions: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}

extension Character {
    /// Whether it is a sign that steers a terminal or a printer.
    fileprivate var isControl: Bool {
        unicodeScalars.first?.properties.generalCategory == .control
    }
}
