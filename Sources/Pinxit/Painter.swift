import PinxitImages
import PinxitTensors

/// Paints pictures with one model.
///
///     let painter = try await Painter(folder: "Models/pinxit-small")
///     let painting = try await painter.paint(PaintRequest(prompt: "a red apple"))
///     try painting.pictures[0].picture.write(to: "apple.png")
public final class Painter: Sendable {
    public let folder: ModelFolder
    let family: any PaintingFamily

    /// Loads a model: a folder with `model_index.json`, which says of which family it is.
    ///
    /// - Parameter lowMemory: Whether weights stay in their files and are brought in for every use. The pictures are the
    ///   same; a step takes longer.
    /// - Parameter decoder: The folder of an autoencoder in diffusers' layout, such as a tiny one (TAESD), to decode with in place
    ///   of the model's own: faster, and not quite the same picture. Only for latent diffusion.
    /// - Throws: `PaintError`, `FileError` or `MismatchedCheckpoint`, each naming the file and what
    ///   would be accepted.
    public init(folder path: String, lowMemory: Bool = false, decoder: String? = nil) async throws {
        let folder = try ModelFolder(path)
        self.folder = folder
        family = try await Engine.run {
            switch folder.pipeline {
            case .stableDiffusion:
                try LatentDiffusionPainting(folder, isStreamed: lowMemory, decoder: decoder)
            case _ where decoder != nil:
                throw PaintError.request(
                    field: "decoder", problem: "only a latent diffusion model can take another")
            case .unCLIP, .unCLIPVariations: try UnCLIPPainting(folder, isStreamed: lowMemory)
            case .dalle: try DALLEPainting(folder, isStreamed: lowMemory)
            case .clipGAN: try CLIPGANPainting(folder, isStreamed: lowMemory)
            }
        }
    }

    /// Paints the pictures of a request, one after the other.
    ///
    /// Cancelling the task, or throwing from `onProgress`, ends it after the step at hand.
    /// - Parameters:
    ///   - keepingTensors: Whether pictures come with their noise, latents and decoded numbers.
    ///   - checkingNumerics: Whether every operation's result is searched for numbers that are not finite.
    ///   - isLast: Whether nothing else will be asked of this painter soon: the U-Net then gives its memory back before the
    ///     last picture is decoded, and another request has to prepare it again.
    ///   - previewInterval: Every how many steps `onProgress` is told the picture so far; nil is never.
    ///   - onProgress: Called on the engine's thread after each step and each picture.
    /// - Throws: `PaintError.request` for what the model cannot do; `PaintError.numerics` if that is checked;
    ///   `CancellationError`.
    public func paint(
        _ request: PaintRequest, keepingTensors: Bool = false, checkingNumerics: Bool = false,
        isLast: Bool = false, previewInterval: Int? = nil,
        onProgress: @escaping @Sendable (PaintProgress) throws -> Void = { _ in }
    ) async throws -> Painting {
        let request = try resolved(request)
        if let previewInterval {
            guard previewInterval > 0 else {
                throw PaintError.request(
                    field: "previews", problem: "\(previewInterval) is not 1 or more steps")
            }
            guard request.steps != nil else {
                throw PaintError.request(
                    field: "previews", problem: "only a model that denoises step by step has them")
            }
        }
        let family = family
        let options = PaintOptions(
            keepingTensors: keepingTensors, checkingNumerics: checkingNumerics, isLast: isLast,
            previewInterval: previewInterval)
        return try await Engine.run { try family.paint(request, options, onProgress) }
    }

    /// Paints the way from prompt to prompt, a picture for each frame: what an animation is made of.
    ///
    /// - Parameters:
    ///   - request: Its prompt is where the way begins; its count has no meaning here.
    ///   - prompts: Where it leads, one after the other; not empty.
    ///   - frames: From one prompt to the next, 1 to 1000.
    /// - Throws: `PaintError` as ``paint(_:keepingTensors:checkingNumerics:isLast:previewInterval:onProgress:)`` does, and for models other than a
    ///   GAN.
    public func interpolate(
        _ request: PaintRequest, to prompts: [String], frames: Int,
        checkingNumerics: Bool = false,
        onProgress: @escaping @Sendable (PaintProgress) throws -> Void = { _ in }
    ) async throws -> Painting {
        let request = try resolved(request)
        guard let family = family as? CLIPGANPainting else {
            throw PaintError.request(
                field: "interpolate", problem: "only a GAN has a way from prompt to prompt")
        }
        guard !prompts.isEmpty, (1...1000).contains(frames) else {
            throw PaintError.request(
                field: "interpolate",
                problem: "two prompts or more and 1 to 1000 frames are accepted")
        }
        let options = PaintOptions(checkingNumerics: checkingNumerics)
        return try await Engine.run {
            try family.interpolate(
                request, through: [request.prompt] + prompts, frames: frames, options, onProgress)
        }
    }

    /// The request with everything filled in, checked against the model.
    public func resolved(_ request: PaintRequest) throws(PaintError) -> PaintRequest {
        var result = request
        result.seed = request.seed ?? UInt32.random(in: 0...UInt32.max)
        result.precision = request.precision ?? .usual
        guard (1...10_000).contains(result.count) else {
            throw .request(field: "count", problem: "\(result.count) is not from 1 to 10000")
        }
        return try family.resolved(result)
    }

    /// The networks of latent diffusion.
    ///
    /// - Throws: `PaintError.model` if the model is of another family.
    func latentDiffusion() throws(PaintError) -> LatentDiffusionPainting {
        guard let family = family as? LatentDiffusionPainting else {
            throw .model(path: folder.path, problem: "is no latent diffusion model")
        }
        return family
    }
}
