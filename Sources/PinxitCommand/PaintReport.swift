import FoundationEssentials
import Pinxit
import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitSamplers
import PinxitTensors
import Synchronization

/// Takes pictures as they are finished: writes them, and shows how far the work is.
///
/// Called from the engine's thread while painting and by the command afterwards, never at once.
final class PaintReport: @unchecked Sendable {
    let request: PaintRequest
    private let pattern: OutputPattern
    private let model: String
    private let quiet: Bool
    private let date = OutputPattern.now()
    private let bar = ProgressBar()
    private(set) var paths: [String] = []

    init(pattern: OutputPattern, model: String, request: PaintRequest, quiet: Bool) {
        self.pattern = pattern
        self.model = model
        self.request = request
        self.quiet = quiet
    }

    func take(_ progress: PaintProgress) throws {
        try follow(progress)
        switch progress {
        case .step: break
        case .preview(let picture, let step, _, let index, let seed):
            let path = pattern.path(
                seed: seed, index: index + 1, prompt: request.prompt, date: date,
                suffix: "-step\(step)", taken: paths)
            try Self.write(picture, to: path, texts: [])
        case .painted(let painted, let index):
            try write(painted, index: index)
            if !quiet && index + 1 == request.count { bar.clear() }
        }
    }

    /// Shows how far the work is.
    func follow(_ progress: PaintProgress) throws {
        switch progress {
        case .step(let step, let steps, let picture, let count):
            if Interruption.requested.load(ordering: .relaxed) {
                if !quiet { bar.clear() }
                throw Interrupted()
            }
            if quiet { return }
            let label = count > 1 ? "picture \(picture) of \(count)" : "painting"
            bar.draw(label, done: (picture - 1) * steps + step, total: count * steps)
        case .preview, .painted: break
        }
    }

    private func write(_ painted: PaintedPicture, index: Int) throws {
        let path = pattern.path(
            seed: painted.seed, index: index + 1, prompt: request.prompt, date: date, taken: paths)
        var own = request
        (own.seed, own.count) = (painted.seed, 1)
        try Self.write(
            painted.picture, to: path,
            texts: try texts(own))
        paths.append(path)
    }

    /// The settings as PNG files carry them.
    private func texts(_ request: PaintRequest) throws -> [PNGText] {
        [
            PNGText(key: Infotext.pngKey, text: infotext(request).text),
            PNGText(key: "pinxit", text: try Self.encoded(request)),
        ]
    }

    private static func write(_ picture: Picture, to path: String, texts: [PNGText]) throws {
        let isPNG = path.lowercased().hasSuffix(".png")
        try write(
            isPNG ? try PNG.encode(picture, texts: texts) : try JPEG.encode(picture), to: path)
    }

    private static func write(_ bytes: Data, to path: String) throws {
        do {
            let folder = OutputPattern.folder(of: path)
            if !folder.isEmpty { try makeFolder(folder) }
            try AtomicFile.write(to: path) { file in
                try bytes.withUnsafeBytes { try file.append($0) }
            }
        } catch let error as FileError {
            throw OutputError("\(error)")
        }
    }

    func writeGrid(_ painting: Painting) throws {
        let pictures = painting.pictures.map(\.picture)
        let columns = Int(Double(pictures.count).squareRoot().rounded(.up))
        let path = pattern.path(
            seed: request.seed!, index: 1, prompt: request.prompt, date: date, suffix: "-grid",
            taken: paths)
        try Self.write(
            ContactSheet.make(pictures, columns: columns), to: path,
            texts: try texts(request))
        paths.append(path)
    }

    /// Writes the pictures as the frames of one animated PNG, there and back.
    func writeAnimation(_ painting: Painting, prompts: [String]) throws {
        if !quiet { bar.clear() }
        let path = pattern.path(
            seed: request.seed!, index: 1, prompt: prompts.joined(separator: " "), date: date,
            taken: paths)
        guard path.lowercased().hasSuffix(".png") else {
            throw OutputError("\(path): an animation is a .png file")
        }
        let frames = painting.pictures.map(\.picture)
        let bytes = try AnimatedPNG.encode(
            frames + frames.dropFirst().dropLast().reversed(), milliseconds: 80,
            texts: try texts(request) + [
                PNGText(key: "pinxit-interpolate", text: try Self.encoded(prompts))
            ])
        try Self.write(bytes, to: path)
        paths.append(path)
    }

    /// The settings as other programs read them; what the model's family does not use is left out.
    private func infotext(_ request: PaintRequest) -> Infotext {
        let fields: [(String, String?)] = [
            ("Steps", request.steps.map { "\($0)" }),
            ("Sampler", request.sampler?.title),
            ("CFG scale", request.guidanceScale.map { "\($0)" }),
            ("Seed", "\(request.seed!)"),
            ("Size", "\(request.width!)x\(request.height!)"),
            ("Model", model),
            ("RNG", "CPU"),
            ("Version", "Pinxit \(pinxitVersion)"),
        ]
        return Infotext(
            prompt: request.prompt, negativePrompt: request.negativePrompt,
            fields: fields.compactMap { name, value in value.map { .init(name, $0) } })
    }

    private static func encoded(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Everything about the run as one JSON object.
    func json(_ painting: Painting) throws -> String {
        struct Report: Encodable {
            let request: PaintRequest
            let model: String
            let paths: [String]
            let seeds: [UInt32]
            let warnings: [String]
            let seconds: [String: Double]
        }
        let times = painting.times
        return try Self.encoded(
            Report(
                request: painting.request, model: model, paths: paths,
                seeds: painting.pictures.map(\.seed), warnings: painting.warnings,
                seconds: [
                    "text": times.text, "sampling": times.sampling, "decoding": times.decoding,
                ]))
    }

    /// Times and memory on standard error.
    func explain(_ painting: Painting, loaded: Double) {
        let times = painting.times
        note("loading   \(decimal(loaded, 3)) s")
        note("text      \(decimal(times.text, 3)) s")
        let pace = request.steps.map { steps in
            " (\(decimal(Double(steps * request.count) / times.sampling, 1)) steps/s)"
        }
        note("sampling  \(decimal(times.sampling, 3)) s\(pace ?? "")")
        note("decoding  \(decimal(times.decoding, 3)) s")
        note("peak memory \(peakMemory() >> 20) MiB, of it tensors \(tensorPeak() >> 20) MiB")
    }

    private func tensorPeak() -> Int { StoragePool.shared.statistics.peak }
}

/// Writes the stages of a picture for comparison with other programs.
func dump(_ tensors: PaintTensors, to path: String) throws {
    do {
        try Checkpoint.save(
            ["noise": tensors.noise, "latents": tensors.latents, "image": tensors.image], to: path)
    } catch let error as FileError {
        throw OutputError("\(error)")
    }
}
