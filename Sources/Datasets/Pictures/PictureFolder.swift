import FoundationEssentials
import PinxitFiles
import PinxitImages

/// Captioned pictures of anybody's: a folder with texts beside pictures, with `metadata.jsonl` or
/// `metadata.csv`, with sub-folders named after what they show, or with WebDataset's tars.
///
/// Every picture is decoded once when the folder is opened, so that what is broken is known before
/// anything is learnt from it.
public struct PictureFolder: Sendable {
    /// The folder, or a single tar.
    public let path: String
    /// How its pictures become samples.
    public let framing: PictureFraming
    /// How the tags of its captions come.
    public let tags: TagOrder
    /// What could not be used.
    public let broken: [BrokenFile]
    /// Files that are neither pictures nor say anything of them, by the ends of their names.
    public let otherFiles: [String: Int]
    let entries: [PictureEntry]
    let memory: PictureMemory

    /// Finds and decodes all pictures, on all cores.
    ///
    /// - Parameters:
    ///   - maxBroken: How many files may be broken.
    ///   - cacheBytes: How much memory decoded pictures may take.
    ///   - progress: Told how many pictures of how many are decoded, now and then.
    /// - Throws: `FileError` if there are no pictures, or more broken files than may be;
    ///   `CancellationError`.
    public init(
        _ path: String, framing: PictureFraming, tags: TagOrder = TagOrder(), maxBroken: Int = 10,
        cacheBytes: Int = 256 << 20, progress: (Int, Int) -> Void = { _, _ in }
    ) throws {
        guard fileExists(path) else {
            throw FileError(path: path, problem: "is missing; accepted: a folder of pictures")
        }
        (self.path, self.framing, self.tags) = (path, framing, tags)
        memory = PictureMemory(capacity: cacheBytes)
        let scan = try FolderScan(path)
        otherFiles = scan.others
        var (entries, broken) = ([PictureEntry](), scan.broken)
        entries.reserveCapacity(scan.entries.count)
        for start in stride(from: 0, to: scan.entries.count, by: Self.chunk) {
            if Task.isCancelled { throw CancellationError() }
            let part = scan.entries[start..<min(start + Self.chunk, scan.entries.count)]
            let examined = inParallel(part.count) { [memory] place in
                Self.examined(part[part.startIndex + place], framing, memory)
            }
            for result in examined {
                switch result {
                case .success(let entry): entries.append(entry)
                case .failure(let error): broken.append(error.file)
                }
            }
            guard broken.count <= maxBroken else { break }
            progress(min(start + Self.chunk, scan.entries.count), scan.entries.count)
        }
        (self.entries, self.broken) = (entries, broken)
        try check(maxBroken)
    }

    /// Whether a data set's path means such a folder, and not what ``SpriteLibrary`` reads.
    public static func isMeant(by path: String) -> Bool {
        fileExists(path) && !fileExists(path.path("manifest.json"))
    }

    private static let chunk = 256
    /// A file of more bytes is no picture to learn from.
    static let largestFile = 256 << 20

    private func check(_ maxBroken: Int) throws(FileError) {
        let named = broken.prefix(5).map(\.description).joined(separator: "; ")
        guard broken.count <= maxBroken else {
            throw FileError(
                path: path,
                problem: "has \(broken.count) broken files or more, and \(maxBroken) are accepted "
                    + "(option: --max-broken): \(named)")
        }
        guard !entries.isEmpty else {
            throw FileError(
                path: path,
                problem: (broken.isEmpty
                    ? "holds no picture" : "holds no picture that can be read (\(named))")
                    + "; accepted: what pinxit dataset wrote, or PNG, JPEG, WebP, GIF and BMP "
                    + "files, in tars too")
        }
    }

    private struct Broken: Error { let file: BrokenFile }

    private static func examined(
        _ entry: PictureEntry, _ framing: PictureFraming, _ memory: PictureMemory
    ) -> Result<PictureEntry, Broken> {
        var entry = entry
        do {
            let bytes = try entry.place.bytes()
            entry.hash = ContentHash(bytes)
            let header = try PictureHeader(encoded: Data(bytes), name: entry.place.name)
            let picture = try Picture(
                encoded: Data(bytes), name: entry.place.name, shortSide: framing.size * 2)
            let isTurned = (header.width < header.height) != (picture.width < picture.height)
            (entry.width, entry.height) =
                isTurned ? (header.height, header.width) : (header.width, header.height)
            memory.keep(
                framing.kept(picture, of: entry.shape, side: framing.size),
                as: .init(entry.place, side: framing.size))
            return .success(entry)
        } catch {
            return .failure(Broken(file: BrokenFile(entry.place.name, error)))
        }
    }

    /// What is kept of a picture for streams of a side, decoded again where memory has not held it.
    func kept(_ entry: PictureEntry, side: Int) throws -> Picture {
        let key = PictureMemory.Key(entry.place, side: side)
        if let picture = memory[key] { return picture }
        do {
            let picture = try Picture(
                encoded: Data(try entry.place.bytes()), name: entry.place.name, shortSide: side * 2)
            let kept = framing.kept(picture, of: entry.shape, side: side)
            memory.keep(kept, as: key)
            return kept
        } catch let error as ImageError {
            throw FileError(
                path: entry.place.name,
                problem: "was a picture when the data set was opened: \(error)")
        }
    }
}

extension BrokenFile {
    /// The reason alone: the name is said already.
    init(_ name: String, _ error: any Error) {
        let text = (error as? FileError)?.problem ?? "\(error)"
        let start = "\(name): "
        self.init(
            name: name, reason: text.hasPrefix(start) ? String(text.dropFirst(start.count)) : text)
    }
}

extension PictureEntry.Place {
    /// The picture's file, whole.
    func bytes() throws(FileError) -> [UInt8] {
        guard let member else { return try readFile(file, limit: PictureFolder.largestFile) }
        guard member.bytes.count <= PictureFolder.largestFile else {
            throw FileError(
                path: name,
                problem: "holds \(member.bytes.count) bytes; at most "
                    + "\(PictureFolder.largestFile) are accepted")
        }
        return try readRange(member.bytes, of: file)
    }
}
