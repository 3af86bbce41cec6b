import FoundationEssentials
import PinxitFiles
import PinxitImages

extension SpriteLibrary {
    /// Writes `manifest.json`, `NOTICE.txt` and one PNG per drawing below `sprites/STYLE/`.
    ///
    /// All is built in a folder beside that one, which it then takes the place of: an older data
    /// set stays until then, whatever happens. Other files of the folder stay too.
    public func write(to folder: String) throws(DatasetError) {
        try replaceFolder(
            folder, replacing: ["manifest.json", "NOTICE.txt", "sprites"], by: writeFiles)
    }

    private func writeFiles(to folder: String) throws(DatasetError) {
        for (style, drawings) in sprites {
            let place = "\(folder)/sprites/\(style.rawValue)"
            try makeFolder(place)
            for (key, sprite) in drawings {
                let picture = Picture(
                    width: sprite.side, height: sprite.side, channels: 4, pixels: sprite.pixels
                ).dividedByAlpha()
                let file = "\(place)/\(key).png"
                do {
                    try picture.write(to: file)
                } catch {
                    throw .cannotWrite(file: file, reason: "\(error)")
                }
            }
        }
        try writeBytes(Data(Notice.text(for: manifest).utf8), to: folder + "/NOTICE.txt")
        try writeBytes(try json(manifest), to: folder + "/manifest.json")
    }
}

extension Composer {
    /// Writes the first `count` samples as a Hugging Face image folder: `00000.png`, … and
    /// `metadata.jsonl` with one object per picture. A new folder is there when all of it is.
    public func export(_ count: Int, to folder: String) throws(DatasetError) {
        if FileManager.default.fileExists(atPath: folder) {
            try writeSamples(count, to: folder)
        } else {
            try replaceFolder(folder, replacing: []) { place throws(DatasetError) in
                try writeSamples(count, to: place)
            }
        }
    }

    private func writeSamples(_ count: Int, to folder: String) throws(DatasetError) {
        struct Line: Encodable {
            var fileName: String
            var text: String
            var language: String
            var captions: [String]

            enum CodingKeys: String, CodingKey {
                case fileName = "file_name"
                case text, language, captions
            }
        }
        try makeFolder(folder)
        var lines = Data()
        for index in 0..<count {
            let sample = sample(at: index)
            let name = zeroPadded(index, 5) + ".png"
            do {
                try render(sample.spec, size: recipe.pictureSize).write(to: folder + "/" + name)
            } catch {
                throw .cannotWrite(file: folder + "/" + name, reason: "\(error)")
            }
            let line = Line(
                fileName: name, text: sample.caption, language: sample.language.rawValue,
                captions: captions(sample.spec))
            lines += try json(line, pretty: false) + Data([UInt8(ascii: "\n")])
        }
        try writeBytes(lines, to: folder + "/metadata.jsonl")
        try writeBytes(Data(Notice.text(for: library.manifest).utf8), to: folder + "/NOTICE.txt")
    }

    /// A contact sheet of the first `count` samples, captions below where a font is found.
    /// Chinese captions no font can draw are replaced by the English ones.
    public func sheet(_ count: Int, columns: Int = 8) -> Picture {
        let font = LabelFont()
        let items = (0..<count).map { index in
            let sample = sample(at: index)
            let picture = render(sample.spec, size: recipe.pictureSize)
            let isDrawn = font?.canDraw(sample.caption) ?? false
            return (
                picture,
                isDrawn ? sample.caption : caption(sample.spec, language: .english)
            )
        }
        return labelledSheet(items, columns: columns, font)
    }
}

extension PictureStream {
    /// A contact sheet of the first `count` pictures as a model sees them, captions below where a
    /// font is found.
    /// - Throws: `FileError` for a file that can no longer be read.
    public func sheet(_ count: Int, columns: Int = 8) throws -> Picture {
        labelledSheet(try batch(0..<min(count, epochCount)), columns: columns, LabelFont())
    }
}

private func labelledSheet(
    _ items: [(picture: Picture, caption: String)], columns: Int, _ font: LabelFont?
) -> Picture {
    let labels = font.map { font in
        items.map { font.draw($0.caption, width: $0.picture.width, lines: 4) }
    }
    return ContactSheet.make(
        items.map(\.picture), columns: columns, gap: 8, labels: labels ?? [])
}

/// Builds a folder beside one that it then takes the place of.
///
/// - Parameter replaced: What of the older folder goes with it.
private func replaceFolder(
    _ folder: String, replacing replaced: Set<String>,
    by build: (String) throws(DatasetError) -> Void
) throws(DatasetError) {
    do {
        let new = try FolderReplacement(of: folder)
        do {
            try build(new.path)
            try new.commit(replacing: replaced)
        } catch {
            new.discard()
            throw error
        }
    } catch let error as FileError {
        throw .cannotWrite(file: error.path, reason: error.problem)
    } catch let error as DatasetError {
        throw error
    } catch {
        throw .cannotWrite(file: folder, reason: "\(error)")
    }
}

private func json(_ value: some Encodable, pretty: Bool = true) throws(DatasetError) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
        pretty
        ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        : [.sortedKeys, .withoutEscapingSlashes]
    do {
        return try encoder.encode(value)
    } catch {
        preconditionFailure("a plain value cannot be encoded: \(error)")
    }
}

private func makeFolder(_ folder: String) throws(DatasetError) {
    do {
        try FileManager.default.createDirectory(
            at: URL(filePath: folder), withIntermediateDirectories: true)
    } catch {
        throw .cannotWrite(file: folder, reason: systemReason(error))
    }
}
