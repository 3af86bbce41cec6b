import FoundationEssentials
import PinxitFiles
import PinxitPlatform

/// Finds the pictures of a folder and what is said of them; their contents are not looked at.
struct FolderScan {
    private(set) var entries: [PictureEntry] = []
    private(set) var broken: [BrokenFile] = []
    /// Files that are neither pictures nor say anything of them, by the ends of their names.
    private(set) var others: [String: Int] = [:]
    /// Of the folders that were gone through, since a link may lead back to one.
    private var visited: Set<[UInt64]> = []

    static let pictureEndings: Set<String> = ["png", "jpg", "jpeg", "webp", "gif", "bmp"]
    private static let deepest = 64
    private static let captionEndings = ["txt", "caption"]

    /// - Parameter path: A folder, or a single tar.
    /// - Throws: `FileError` for a folder or table that cannot be read.
    init(_ path: String) throws(FileError) {
        if path.ending == "tar" {
            add(tar: path)
            return
        }
        guard fileSize(path) == nil else {
            throw FileError(
                path: path,
                problem:
                    "is a file; accepted: a folder of pictures, or an uncompressed .tar of them")
        }
        let caption = CaptionText.ofFolder(path.lastPathPart)
        // The data set's own name says nothing of its pictures, unless it is one of kohya's.
        try add(
            folder: path,
            captions: caption.isNumbered ? (caption.caption, caption.repeats) : (nil, 1),
            tables: [])
    }

    /// A table of metadata with the folder it speaks of, relative to which it names files.
    private struct Table {
        let folder: String
        let captions: [String: [String]]
    }

    private mutating func add(
        folder: String, captions: (caption: String?, repeats: Int), tables: [Table], depth: Int = 0
    ) throws(FileError) {
        guard try isNew(folder) else { return }
        guard depth <= Self.deepest else {
            broken.append(
                BrokenFile(
                    name: folder,
                    reason: "lies too deep; accepted: \(Self.deepest) folders in one another"))
            return
        }
        let names: [String]
        do {
            names = try Self.list(folder)
        } catch {
            guard depth > 0 else { throw error }
            broken.append(BrokenFile(name: folder, reason: "cannot be listed"))
            return
        }
        let all = Set(names)
        var tables = tables
        for name in MetadataTable.names where all.contains(name) {
            let table = try MetadataTable(folder.path(name))
            broken += table.broken
            // Names are the same for Swift whether their accents are signs of their own, as macOS
            // writes them, or not; for the file system they are not.
            broken += table.captions.keys.filter {
                !all.contains($0) && !fileExists(folder.path($0))
            }.sorted().map {
                BrokenFile(name: "\(folder.path(name)): \($0)", reason: "is missing")
            }
            tables.append(Table(folder: folder.path(""), captions: table.captions))
        }
        for name in names where !name.hasPrefix(".") && name != "__MACOSX" {
            let path = folder.path(name)
            switch Self.kind(path) {
            case S_IFDIR:
                let (caption, repeats, _) = CaptionText.ofFolder(name)
                try add(
                    folder: path, captions: (caption, repeats), tables: tables, depth: depth + 1)
            case S_IFREG where name.ending == "tar": add(tar: path)
            case S_IFREG where Self.pictureEndings.contains(name.ending):
                add(picture: path, beside: all, captions, tables)
            case nil: broken.append(BrokenFile(name: path, reason: "is a link to nothing"))
            default: if !Self.speaks(name) { others[name.ending, default: 0] += 1 }
            }
        }
    }

    private mutating func add(
        picture path: String, beside names: Set<String>,
        _ folder: (caption: String?, repeats: Int), _ tables: [Table]
    ) {
        var captions: [String] = []
        for table in tables {
            captions += table.captions[String(path.dropFirst(table.folder.count))] ?? []
        }
        if captions.isEmpty { captions = textBeside(path, names) }
        if captions.isEmpty { captions = folder.caption.map { [$0] } ?? [] }
        entries.append(
            PictureEntry(
                place: .init(file: path), captions: captions.withoutRepetitions,
                repeats: folder.repeats))
    }

    private mutating func textBeside(_ path: String, _ names: Set<String>) -> [String] {
        let stem = String(path.dropLast(path.ending.count + 1))
        return Self.captionEndings.flatMap { ending -> [String] in
            // As cameras and Windows write names, too.
            let name = [ending, ending.uppercased()].lazy
                .compactMap { names.firstIndex(of: "\(stem).\($0)".lastPathPart) }.first
            guard let name else { return [] }
            let file = path.parentPath.path(names[name])
            do {
                return try CaptionText.lines(readFile(file, limit: CaptionText.largest))
            } catch {
                note(file, error)
                return []
            }
        }
    }

    /// WebDataset's shards: members that share their name up to its first dot belong together.
    private mutating func add(tar path: String) {
        let index: TarIndex
        do {
            index = try TarIndex(path)
        } catch {
            note(path, error)
            return
        }
        broken += index.broken
        var order: [String] = []
        var samples: [String: [TarIndex.Member]] = [:]
        // Of members of one name the last counts, as for whoever unpacks them.
        let last = Dictionary(
            index.members.enumerated().map { (Array($1.name.utf8), $0) },
            uniquingKeysWith: { $1 })
        // What macOS puts beside files is no member that anybody meant.
        for (place, member) in index.members.enumerated()
        where last[Array(member.name.utf8)] == place
            && !member.name.split(separator: "/").contains(where: {
                $0 == "__MACOSX" || ($0.hasPrefix(".") && $0 != ".")
            })
        {
            let key = member.name.sampleKey
            if samples[key] == nil { order.append(key) }
            samples[key, default: []].append(member)
        }
        for key in order {
            let members = samples[key] ?? []
            var texts: [String] = []
            for member in members { texts += captions(of: member, in: path) }
            for member in members where Self.pictureEndings.contains(member.name.ending) {
                entries.append(
                    PictureEntry(
                        place: .init(file: path, member: member),
                        captions: texts.withoutRepetitions))
            }
        }
    }

    private mutating func captions(of member: TarIndex.Member, in path: String) -> [String] {
        let ending = member.name.ending
        guard Self.captionEndings.contains(ending) || ending == "json" else { return [] }
        do {
            guard member.bytes.count <= CaptionText.largest else {
                throw CaptionText.Refusal(reason: "holds \(member.bytes.count) bytes, too many")
            }
            let bytes = try readRange(member.bytes, of: path)
            guard ending == "json" else { return try CaptionText.lines(bytes) }
            let value = try JSONValue(parsing: try CaptionText.text(bytes))
            return try CaptionText.of(JSONField(file: path, path: member.name, value: value))
        } catch {
            note("\(path): \(member.name)", error)
            return []
        }
    }

    private mutating func note(_ name: String, _ error: any Error) {
        let reason =
            switch error {
            case let error as CaptionText.Refusal: error.reason
            case let error as FileError: error.problem
            default: "\(error)"
            }
        broken.append(BrokenFile(name: name, reason: reason))
    }

    private mutating func isNew(_ folder: String) throws(FileError) -> Bool {
        var status = stat()
        guard stat(folder, &status) == 0 else {
            throw FileError(
                path: folder, problem: "cannot be opened: \(String(cString: strerror(errno)))")
        }
        return visited.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted
    }

    /// Of what a path leads to, links followed; nil where that is nothing.
    private static func kind(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    /// Whether a file says something of pictures.
    private static func speaks(_ name: String) -> Bool {
        MetadataTable.names.contains(name) || captionEndings.contains(name.ending)
    }

    /// The names in a folder, in an order that does not depend on the system.
    private static func list(_ folder: String) throws(FileError) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw FileError(
                path: folder, problem: "cannot be listed; accepted: a folder of pictures")
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

extension String {
    /// Behind the last dot of the last part, in lower case.
    var ending: String {
        let name = lastPathPart
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
        return name[name.index(after: dot)...].lowercased()
    }

    /// A member's name up to the first dot of its last part.
    fileprivate var sampleKey: String {
        let folder = parentPath
        let name = lastPathPart.prefix { $0 != "." }
        return folder.path(String(name))
    }
}
