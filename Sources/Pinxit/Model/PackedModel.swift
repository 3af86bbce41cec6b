import FoundationEssentials
import PinxitCheckpoints
import PinxitFiles
import PinxitTensors

/// A model's weights in the order that this processor's products read, kept in the user's cache
/// folder: with them the first step of a process takes about as long as the others.
///
/// They hold for the request's size, precision and guidance, and take about two bytes a parameter
/// and kind; those of other requests lie beside them. Every painter of the model finds them by
/// itself. They are passed over where the model's files or the library's versions have changed, and
/// for weights that LoRAs change. Of latent diffusion only.
public enum PackedModel {
    /// A file of them.
    public struct File: Sendable {
        /// Where it lies.
        public let path: String
        /// Its size.
        public let byteCount: Int
    }

    /// Packs a model's weights by painting one step of a request.
    ///
    /// - Parameters:
    ///   - path: The model's folder or file.
    ///   - decoder: A decoder that it will be used with in place of its own.
    ///   - unet: A U-Net likewise.
    /// - Throws: As loading and painting do; `FileError` when a file cannot be written, and while
    ///   another process packs the model.
    public static func make(
        of path: String, decoder: String? = nil, unet: String? = nil, for request: PaintRequest
    ) async throws -> [File] {
        let packing = PackedCollection()
        let setup = PainterSetup(replacements: Replacements(decoder: decoder, unet: unet))
        let painter = try await Painter(path, setup, packing: packing)
        guard painter.folder.pipeline.isStableDiffusion else {
            throw PaintError.model(
                path: path, problem: "is no latent diffusion model, which alone is packed")
        }
        var request = request
        (request.count, request.diffusion.steps) = (1, 1)
        _ = try await painter.paint(request)
        let files = try await Engine.run { try packing.write() }
        return files.map { File(path: $0.path, byteCount: $0.byteCount) }
    }

    private static var folder: String { cacheFolder().path("packed") }

    /// All files of packed weights there are, of any model.
    public static func all() -> [File] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".safetensors") }.sorted().compactMap {
            let path = folder.path($0)
            return fileSize(path).map { File(path: path, byteCount: $0) }
        }
    }

    /// Removes all of them, and what processes that were killed left half written.
    ///
    /// - Throws: `FileError` when one cannot be removed.
    public static func removeAll() throws {
        AtomicFile.removeDead(in: folder)
        for file in all() { try removeFile(file.path) }
    }
}
