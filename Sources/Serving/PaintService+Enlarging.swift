import Dispatch
import FoundationEssentials
import PinxitFiles
import PinxitImages
import PinxitPlatform
import PinxitWorkers

/// A network that enlarges pictures, by the name that clients have for it.
public struct ServedUpscaler: Sendable {
    /// What requests call it.
    public let name: String
    let path: String

    /// A network's file.
    public init(name: String, path: String) { (self.name, self.path) = (name, path) }
}

extension PaintService {
    /// The file of a picture as a client gives it: a hash, a data URL, or base64 alone.
    ///
    /// - Throws: `ServingError`.
    public func decoded(_ text: String, _ field: String, for asker: Asker) throws -> Data {
        try pictures(for: asker).decoded(text, field)
    }

    /// The picture in a file from outside, within bounds.
    ///
    /// - Throws: `ServingError`.
    public func picture(_ bytes: Data, _ field: String) throws -> Picture {
        try RequestPictures.picture(bytes, field)
    }

    /// The file of a larger picture, with the texts of the other.
    ///
    /// - Parameters:
    ///   - upscaler: A network, which a process of its own runs; nil is Lanczos' filter.
    ///   - factor: How many times as wide and high, above 0 and up to 8.
    /// - Throws: `ServingError` for a picture that is none or would be too large, `WorkFailure`
    ///   where the network fails.
    public func enlarged(
        _ bytes: Data, by factor: Double, _ upscaler: ServedUpscaler?
    ) async throws -> Data {
        guard factor > 0, factor <= 8 else {
            throw ServingError.invalid(
                field: "upscaling_resize", problem: "\(factor) is not above 0 and up to 8")
        }
        let picture = try RequestPictures.picture(bytes, "image")
        let (width, height) = (
            max(1, Int(Double(picture.width) * factor)),
            max(1, Int(Double(picture.height) * factor))
        )
        guard width * height <= RequestPictures.mostPixels else {
            throw ServingError.tooLarge(
                field: "upscaling_resize", problem: "\(width)x\(height) pixels are too many")
        }
        guard let upscaler else {
            let large = picture.resized(width: width, height: height, filter: .lanczos)
            return try PNG.encode(large, texts: try Picture.texts(encoded: bytes, name: "image"))
        }
        return try await enlarged(bytes, by: factor, upscaler.path)
    }

    private func enlarged(_ bytes: Data, by factor: Double, _ network: String) async throws -> Data
    {
        let name = "pinxit-upscale-\(UInt64.random(in: 0...UInt64.max))"
        let folder = FileManager.default.temporaryDirectory.path().path(name)
        try makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (source, target) = (folder.path("in.png"), folder.path("out.png"))
        try AtomicFile.write(to: source) { file in
            try bytes.withUnsafeBytes { try file.append($0) }
        }
        let code = await Self.run(
            program,
            [
                "upscale", source, "--factor", "\(factor)", "--upscaler", network, "--output",
                target, "--progress", "none",
            ])
        guard code == 0, fileExists(target) else {
            throw WorkFailure(.model, "\(network.lastPathPart) could not enlarge it (code \(code))")
        }
        return Data(try readFile(target))
    }

    /// One network runs at a time: each takes both memory and processors for itself.
    private static let queue = DispatchQueue(label: "pinxit.upscale")

    /// Runs a program to its end, when those before it have ended.
    private static func run(_ program: String, _ arguments: [String]) async -> Int32 {
        await withCheckedContinuation { continuation in
            queue.async {
                var actions = posix_spawn_file_actions_t()
                posix_spawn_file_actions_init(&actions)
                defer { posix_spawn_file_actions_destroy(&actions) }
                posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
                var words = ([program] + arguments).map { strdup($0) } + [nil]
                defer { for word in words { free(word) } }
                var child = pid_t()
                guard posix_spawn(&child, program, &actions, nil, &words, environ) == 0 else {
                    return continuation.resume(returning: -1)
                }
                var status: Int32 = 0
                while waitpid(child, &status, 0) == -1, errno == EINTR {}
                continuation.resume(returning: status & 0x7F == 0 ? (status >> 8) & 0xFF : -1)
            }
        }
    }
}
