import FoundationEssentials
import PinxitFiles
import PinxitImages

/// Writes a picture's explanation into a folder.
///
/// | file | what |
/// |---|---|
/// | `index.html` | the page; it needs no other file |
/// | `picture.png` | the picture |
/// | `word-2-apple.png` | where a word went, over the picture; the number is its place |
/// | `way.png` | what the picture looked like at each step; of a GAN on ways through the noise |
/// | `without.png` | of a GAN: the picture without each word |
/// | `looks-8.png` | of a GAN: what each part of the picture looked at, at that part's place |
/// | `guidance.png` | what guidance changed, over the picture |
/// | `entropy.png` | of a DALL·E: where it had a choice, over the picture |
/// | `explanation.json` | tokens, weights, shares, maps and times as numbers |
public struct ExplanationFolder {
    private let picture: PaintedPicture
    private let explanation: PictureExplanation
    private let page: ExplanationPage

    /// - Parameter picture: With its explanation; nil comes of one without.
    public init?(_ picture: PaintedPicture, language: ExplanationLanguage) {
        guard let explanation = picture.explanation,
            let page = ExplanationPage(picture, language: language)
        else { return nil }
        (self.picture, self.explanation, self.page) = (picture, explanation, page)
    }

    /// Makes the folder where there is none; files of these names are replaced.
    ///
    /// - Returns: The paths, the page first.
    /// - Throws: `FileError` for what cannot be written; `ImageError`.
    @discardableResult
    public func write(to folder: String) throws -> [String] {
        try makeFolder(folder)
        var paths: [String] = []
        func write(_ bytes: Data, _ name: String) throws {
            let path = folder.path(name)
            try AtomicFile.write(to: path) { file in
                try bytes.withUnsafeBytes { try file.append($0) }
            }
            paths.append(path)
        }
        try write(Data(try page.html().utf8), "index.html")
        try write(try PNG.encode(picture.picture), "picture.png")
        for (text, content) in explanation.texts.enumerated() {
            for (place, word) in content.words.enumerated() {
                let part = explanation.texts.count > 1 ? "\(text + 1)-" : ""
                try write(
                    try PNG.encode(word.map.over(picture.picture)),
                    "word-\(part)\(place + 1)-\(Self.fileName(word.text)).png")
            }
        }
        for (name, sheet) in sheets { try write(try PNG.encode(sheet), name) }
        if let map = explanation.guidance {
            try write(try PNG.encode(map.over(picture.picture)), "guidance.png")
        }
        if let map = explanation.entropy {
            try write(try PNG.encode(map.over(picture.picture)), "entropy.png")
        }
        try write(Data(explanation.json.encoded(indented: false).utf8), "explanation.json")
        return paths
    }

    /// Sheets of several pictures, and the names of their files.
    private var sheets: [(name: String, sheet: Picture)] {
        let steps = explanation.steps.compactMap(\.picture)
        let walks = explanation.gan?.walks ?? []
        let without = explanation.texts.flatMap(\.words).compactMap(\.without)
        let strips = [
            ("way.png", steps, min(10, steps.count)),
            ("way.png", walks.flatMap(\.pictures), walks.first?.pictures.count ?? 0),
            ("without.png", without, min(10, without.count)),
        ]
        let looks = (explanation.gan?.looks ?? []).map { look in
            (
                "looks-\(look.side).png", look.maps.map { $0.over(picture.picture) },
                look.columns
            )
        }
        return (strips + looks).filter { !$0.1.isEmpty }.map { name, pictures, columns in
            let small = pictures.map { picture in
                let size = picture.fitting(192)
                return picture.resized(width: size.width, height: size.height, filter: .bicubic)
            }
            return (name, ContactSheet.make(small, columns: columns))
        }
    }

    /// Letters and digits of a word, as far as every file system takes them.
    private static func fileName(_ word: String) -> String {
        let kept = word.unicodeScalars.filter { $0.properties.isAlphabetic || $0.value < 0x80 }
            .filter { $0.value >= 0x80 || Character($0).isLetter || Character($0).isNumber }
        let name = String(String.UnicodeScalarView(kept.prefix(24)))
        return name.isEmpty ? "sign" : name
    }
}

extension PictureExplanation {
    /// All but pictures, as JSON; maps are lists of numbers, row by row.
    package var json: JSONValue {
        func map(_ map: HeatMap) -> JSONValue {
            [
                "width": .integer(map.width), "height": .integer(map.height),
                "values": .array(map.values.map { .number(Double("\($0)") ?? 0) }),
            ]
        }
        return [
            "texts": .array(texts.map { $0.json(map) }),
            "steps": .array(
                steps.map { step in
                    [
                        "step": .integer(step.number), "seconds": .number(step.seconds),
                        "guidance": step.guidance.map { .number($0) } ?? .null,
                    ]
                }),
            "guidance": guidance.map(map) ?? .null, "entropy": entropy.map(map) ?? .null,
            "gan": gan?.json(map) ?? .null,
            "seconds": [
                "text": .number(times.text), "encoding": .number(times.encoding),
                "sampling": .number(times.sampling), "decoding": .number(times.decoding),
                "explaining": .number(times.explaining),
            ],
        ]
    }
}

extension PictureExplanation.GAN {
    fileprivate func json(_ map: (HeatMap) -> JSONValue) -> JSONValue {
        [
            "looks": .array(
                looks.map { look in
                    [
                        "side": .integer(look.side), "columns": .integer(look.columns),
                        "maps": .array(look.maps.map(map)),
                    ]
                }),
            "walks": .array(
                walks.map { walk in
                    [
                        "kind": .string(walk.kind.rawValue),
                        "places": .array(walk.places.map { .number($0) }),
                    ]
                }),
            "changes": [
                "words": .number(changes.words), "chance": .number(changes.chance),
            ],
        ]
    }
}

extension PictureExplanation.Text {
    fileprivate func json(_ map: (HeatMap) -> JSONValue) -> JSONValue {
        [
            "text": .string(text), "weight": .number(weight),
            "tokens": .array(
                tokens.map { token in
                    [
                        "kind": .string(token.kind.rawValue), "id": .integer(Int(token.id)),
                        "symbol": .string(token.symbol), "weight": .number(token.weight),
                        "position": .integer(token.position), "share": .number(token.share),
                    ]
                }),
            "words": .array(
                words.map { word in
                    [
                        "text": .string(word.text), "share": .number(word.share),
                        "map": map(word.map),
                    ]
                }),
            "paddingShare": .number(paddingShare), "pictureShare": .number(pictureShare),
        ]
    }
}
