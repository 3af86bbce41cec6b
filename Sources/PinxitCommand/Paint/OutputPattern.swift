import PinxitFiles
import PinxitImages
import PinxitPlatform

/// Names for pictures, with `{seed}`, `{index}`, `{date}` and `{slug}` filled in.
struct OutputPattern {
    static let usual = "paintings/{date}-{slug}-{seed}.png"
    /// For pictures that may share a seed.
    static let usualOfSeveral = "paintings/{date}-{slug}-{seed}-{index}.png"

    let text: String
    /// Whether its file is an animated GIF.
    let isGIF: Bool

    /// - Parameter isAnimation: Whether pictures are the frames of one file.
    /// - Throws: `UsageError` for an unknown placeholder or kind of file.
    init(_ text: String, isAnimation: Bool = false) throws {
        let text = text == "-" ? "/dev/stdout" : text
        let endings =
            isAnimation ? [".png", ".gif"] : PictureFormat.allCases.flatMap(\.extensions)
        isGIF = isAnimation && text.lowercased().hasSuffix(".gif")
        guard endings.contains(where: text.lowercased().hasSuffix) || isStream(text) else {
            let accepted = endings.joined(separator: ", ")
            throw UsageError("--output \(text): a name ending in \(accepted) is accepted")
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
    var isLiteral: Bool { !text.contains("{") }

    /// What its files are; a device without a telling name gets PNG.
    var format: PictureFormat { PictureFormat(name: text) ?? .png }

    /// The path for a picture.
    /// - Parameters:
    ///   - index: From 1.
    ///   - suffix: Put before the extension.
    ///   - attempt: From 1; what comes after the first has a number before the extension.
    func path(
        seed: UInt32, index: Int, prompt: String, date: String, suffix: String = "",
        attempt: Int = 1
    ) -> String {
        let filled = text.replacing("{seed}", with: String(seed))
            .replacing("{index}", with: String(index))
            .replacing("{date}", with: date)
            .replacing("{slug}", with: Self.slug(prompt))
        let dot = filled.lastPathPart.contains(".") ? filled.lastIndex(of: ".") : nil
        let end = dot ?? filled.endIndex
        return filled[..<end] + suffix + (attempt > 1 ? "-\(attempt)" : "") + filled[end...]
    }

    /// Fails early, and without creating anything, where nothing could be written.
    /// - Parameters:
    ///   - prompt: What `{slug}` stands for.
    ///   - suffix: The longest that a file will get.
    ///   - count: How many files may come under one name.
    func check(prompt: String, suffix: String = "", count: Int = 1) throws {
        let longest = path(
            seed: .max, index: count, prompt: prompt, date: Self.now(), suffix: suffix,
            attempt: isLiteral ? count : 10_000)
        do {
            if isLiteral { try checkWritable(text) }
            if !isStream(text) { try checkWritable(longest) }
        } catch {
            throw OutputError("--output \(error)")
        }
    }

    /// The prompt as part of a file name: letters and digits of any script, at most 40 of them in
    /// at most 120 bytes.
    static func slug(_ prompt: String) -> String {
        let words = prompt.lowercased().split { !$0.isLetter && !$0.isNumber }
        var slug = ""
        for character in words.joined(separator: "-").prefix(40) {
            guard slug.utf8.count + character.utf8.count <= 120 else { break }
            slug.append(character)
        }
        if slug.last == "-" { slug.removeLast() }
        return slug.isEmpty ? "picture" : slug
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
