import FoundationEssentials
import PinxitFiles
import PinxitImages
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

    /// Refuses a size of more pixels than a picture from outside may have: what is scaled to it
    /// would take this server's memory.
    ///
    /// - Throws: `ServingError.tooLarge`.
    public func check(_ width: Int, _ height: Int, _ field: String) throws {
        guard width * height > RequestPictures.mostPixels else { return }
        throw ServingError.tooLarge(
            field: field, problem: "\(width)x\(height) pixels are too many")
    }

    /// The file of a larger picture, with the texts of the other. What a network makes counts as a
    /// step of each of its pixels in who asks' share.
    ///
    /// - Parameters:
    ///   - upscaler: A network, which a process of its own runs; nil is Lanczos' filter.
    ///   - factor: How many times as wide and high, above 0 and up to 8.
    /// - Throws: `ServingError` for a picture that is none or would be too large, and where too
    ///   much is asked for; `WorkFailure` where the network fails; `CancellationError`.
    public func enlarged(
        _ bytes: Data, by factor: Double, _ upscaler: ServedUpscaler?, for asker: Asker
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
        try check(width, height, "upscaling_resize")
        guard let upscaler else {
            let large = picture.resized(width: width, height: height, filter: .lanczos)
            return try PNG.encode(large, texts: try Picture.texts(encoded: bytes, name: "image"))
        }
        let cost = Double(width * height)
        try limiter?.take(cost, of: asker.payer, at: steadyNow())
        do {
            return try await enlarged(bytes, by: factor, upscaler.path)
        } catch {
            limiter?.give(cost, to: asker.payer)
            throw error
        }
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
        let end = try await programs.run(
            program,
            [
                "upscale", source, "--factor", "\(factor)", "--upscaler", network, "--output",
                target, "--progress", "none",
            ])
        guard end == .code(0), fileExists(target) else {
            throw WorkFailure(.model, "\(network.lastPathPart) could not enlarge it (\(end))")
        }
        return Data(try readFile(target))
    }
}
