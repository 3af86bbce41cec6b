import FoundationEssentials
import PinxitFiles
import PinxitPlatform

/// Names for pictures, with `{seed}`, `{index}`, `{date}` and `{slug}` filled in.
struct OutputPattern {
    static let usual = "paintings/{date}-{slug}-{seed}.png"
    /// For pictures that may share a seed.
    static let usualOfSeveral = "paintings/{date}-{slug}-{seed}-{index}.png"
    static let extensions = [".png", ".jpg", ".jpeg"]

    let text: String

    /// - Throws: `UsageError` for an unknown placeholder or kind of file.
    init(_ text: String) throws {
        let name = text.lowercased()
        guard Self.extensions.contains(where: name.hasSuffix) else {
            throw UsageError(
                "--output \(text): a name ending in .png, .jpg or .jpeg is accepted"
            )
        }
        let known = ["{seed}", "{index}", "{date}", "{slug}"]
        var rest = text
        for placeholder in known { rest = rest.replacing(placeholder, with: "") }
        guard !rest.contains("{"), !rest.contains("}") else {
            throw UsageError(
                "--output \(text): only \(known.joined(separator: " ")) may stand in braces")
        }
        self.text = text
    }

    /// Whether the name stands for one file, which may then be replaced.
    private var isLiteral: Bool { !text.contains("{") }

    /// The path for a picture.
    /// - Parameters:
    ///   - index: From 1.
    ///   - suffix: Put before the extension.
    ///   - taken: Paths given out already.
    func path(
        seed: UInt32, index: Int, prompt: String, date: String, suffix: String = "",
        taken: [String]
    ) -> String {
        let filled = text.replacing("{seed}", with: String(seed))
            .replacing("{index}", with: String(index))
            .replacing("{date}", with: date)
            .replacing("{slug}", with: Self.slug(prompt))
        let dot = filled.lastIndex(of: ".")!
        let (stem, end) = (filled[..<dot] + suffix, filled[dot...])
        func isFree(_ path: String) -> Bool {
            !taken.contains(path) && (isLiteral || !fileExists(path))
        }
        var path = String(stem + end)
        var number = 2
        while !isFree(path) {
            path = "\(stem)-\(number)\(end)"
            number += 1
        }
        return path
    }

    /// Fails early, and without creating anything, where nothing could be written.
    func checkWritable() throws {
        var folder = text.parentPath
        while !folder.isEmpty, !fileExists(folder), !folder.contains("{") || folder.contains("/") {
            folder = folder.parentPath
        }
        if folder.isEmpty { folder = "." }
        var status = stat()
        guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw OutputError(
                "--output \(text): \(folder) is not a folder; a path below a folder is accepted")
        }
        guard access(folder, W_OK) == 0 else {
            throw OutputError(
                "--output \(text): the folder \(folder) cannot be written; choose another")
        }
    }

    /// The prompt as part of a file name: letters and digits of any script, at most 40 of them.
    static func slug(_ prompt: String) -> String {
        let words = prompt.lowercased().split { !$0.isLetter && !$0.isNumber }
        let slug = words.joined(separator: "-").prefix(40)
        return slug.isEmpty ? "picture" : String(slug.last == "-" ? slug.dropLast() : slug)
    }

    /// The present moment as part of a file name: `20260131-142233`, local time.
    static func now() -> String {
        var seconds = time(nil)
        var parts = tm()
        localtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        let count = strftime(&buffer, buffer.count, "%Y%m%d-%H%M%S", &parts)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
