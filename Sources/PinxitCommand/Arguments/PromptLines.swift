import PinxitFiles
import PinxitPlatform

/// Prompts from a file, a pipe or standard input, one a line; empty lines are passed over.
enum PromptLines {
    private static let most = 16 << 20

    /// - Parameter path: `-` is standard input.
    /// - Throws: `FileError` for what cannot be read, is no text or holds no prompt.
    static func read(_ path: String) throws(FileError) -> [String] {
        let path = path == "-" ? "/dev/stdin" : path
        let bytes = try bytes(path)
        guard bytes.count <= most else {
            throw FileError(path: path, problem: "is longer than 16 MiB of prompts")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw FileError(path: path, problem: "is no UTF-8 text")
        }
        let lines = lines(text)
        guard !lines.isEmpty else {
            throw FileError(path: path, problem: "holds no prompt; one a line is accepted")
        }
        return lines
    }

    /// The lines without spaces around them, and without the mark some editors put first.
    static func lines(_ text: String) -> [String] {
        let text =
            text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        return text.split(whereSeparator: \.isNewline).compactMap { line in
            let start = line.drop { $0.isWhitespace }
            guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return nil }
            return String(start[...end])
        }
    }

    /// What is there, a little beyond ``most`` at the most.
    private static func bytes(_ path: String) throws(FileError) -> [UInt8] {
        let descriptor = path == "/dev/stdin" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        func problem() -> FileError {
            FileError(path: path, problem: "cannot be read: \(String(cString: strerror(errno)))")
        }
        guard descriptor >= 0 else { throw problem() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= most {
            let count = PinxitPlatform.read(descriptor, &part, part.count)
            guard count >= 0 else { throw problem() }
            if count == 0 { break }
            bytes += part.prefix(count)
        }
        return bytes
    }
}
