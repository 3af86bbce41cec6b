import FoundationEssentials
import Pinxit
import PinxitCheckpoints
import PinxitFiles
import PinxitImages

/// Writes pictures under the names of a pattern, as they are finished.
final class PictureWriter {
    private let pattern: OutputPattern
    private let prompt: String
    private let date = OutputPattern.now()
    /// What was written in this run and is told, in its order.
    private(set) var paths: [String]
    private let before: Int

    /// What this one wrote.
    var ownPaths: [String] { Array(paths.dropFirst(before)) }

    /// - Parameter taken: Paths of the same run, which are not written again.
    init(pattern: OutputPattern, request: PaintRequest, taken: [String] = []) {
        self.pattern = pattern
        paths = taken
        before = taken.count
        prompt =
            if case .interpolation(let others, _) = request.source {
                ([request.prompt] + others).joined(separator: " ")
            } else {
                request.prompt
            }
    }

    func write(_ picture: PaintedPicture) throws {
        try write(
            picture.picture, seed: picture.seed, index: picture.number,
            texts: try picture.request.texts(model: picture.model))
    }

    /// A preview lies beside its picture and is not told.
    func writePreview(_ picture: Picture, _ step: PaintStep) throws {
        let path = path(seed: step.seed, index: step.picture, suffix: "-step\(step.step)")
        try Self.write(picture, to: path, texts: [])
    }

    /// All pictures on one sheet.
    func writeGrid(
        _ pictures: [PaintedPicture], _ request: ResolvedRequest, model: String
    ) throws {
        let columns = Int(Double(pictures.count).squareRoot().rounded(.up))
        try write(
            ContactSheet.make(pictures.map(\.picture), columns: columns), seed: request.seed,
            index: 1, suffix: "-grid", texts: try request.texts(model: model))
    }

    /// The pictures as the frames of one animated PNG, there and back.
    func writeAnimation(
        _ pictures: [PaintedPicture], _ request: ResolvedRequest, model: String
    ) throws {
        let path = path(seed: request.seed, index: 1)
        guard path.lowercased().hasSuffix(".png") else {
            throw OutputError("\(path): an animation is a .png file")
        }
        let frames = pictures.map(\.picture)
        try Self.write(
            try AnimatedPNG.encode(
                frames + frames.dropFirst().dropLast().reversed(), milliseconds: 80,
                texts: try request.texts(model: model)), to: path)
        paths.append(path)
    }

    private func path(seed: UInt32, index: Int, suffix: String = "") -> String {
        pattern.path(
            seed: seed, index: index, prompt: prompt, date: date, suffix: suffix, taken: paths)
    }

    private func write(
        _ picture: Picture, seed: UInt32, index: Int, suffix: String = "", texts: [PNGText]
    ) throws {
        let path = path(seed: seed, index: index, suffix: suffix)
        try Self.write(picture, to: path, texts: texts)
        paths.append(path)
    }

    private static func write(_ picture: Picture, to path: String, texts: [PNGText]) throws {
        let isPNG = path.lowercased().hasSuffix(".png")
        try write(
            isPNG ? try PNG.encode(picture, texts: texts) : try JPEG.encode(picture), to: path)
    }

    private static func write(_ bytes: Data, to path: String) throws {
        do {
            let folder = path.parentPath
            if !folder.isEmpty { try makeFolder(folder) }
            try AtomicFile.write(to: path) { file in
                try bytes.withUnsafeBytes { try file.append($0) }
            }
        } catch let error as FileError {
            throw OutputError("\(error)")
        }
    }

    /// Writes the stages of a picture as safetensors.
    static func dump(_ tensors: PaintTensors, to path: String) throws {
        do {
            try Checkpoint.save(
                ["noise": tensors.noise, "latents": tensors.latents, "image": tensors.image],
                to: path)
        } catch let error as FileError {
            throw OutputError("\(error)")
        }
    }
}
