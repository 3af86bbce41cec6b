import PinxitCheckpoints
import PinxitDALLE
import PinxitImages
import PinxitStableDiffusion
import PinxitTensors

/// Painting with unCLIP (Ramesh et al. 2022): a prior makes the embedding of a picture from a text,
/// a latent diffusion decoder the picture from its embedding. Given a picture's own embedding, the
/// decoder paints variations of it.
struct UnCLIPFamily: PaintingFamily {
    private let folder: ModelFolder
    private let decoder: LatentDiffusionFamily
    private let parts: UnCLIPParts

    init(_ folder: ModelFolder, _ options: LoadOptions) throws {
        self.folder = folder
        parts = try UnCLIPParts(folder, options)
        decoder = try LatentDiffusionFamily(folder, options, addedWidth: parts.noise.width)
    }

    var learntSide: Int? { decoder.learntSide }

    func plan(_ request: PaintRequest, _ common: CommonSettings) throws(PaintError) -> PaintPlan {
        try check(request.source)
        // The picture drawn beside would need what CLIP would see of it.
        guard request.diffusion.layout.sentence == nil else {
            throw .request(
                field: "layout of",
                problem: "of another sentence is held by latent diffusion models, not by an unCLIP")
        }
        var request = request
        request.source = completed(request.source)
        // Guidance leads away from the noise that was sought without it.
        if request.guidanceScale == nil, let amount = request.source.amount {
            request.guidanceScale = 1 + amount * (decoder.settings.guidanceScale - 1)
        }
        let (resolved, settings) = try decoder.resolved(request, common)
        return PaintPlan(request: resolved) { [decoder, parts] watch in
            let type = resolved.precision.type
            let (seen, condition) = try watch.measure(\.text) {
                let seen = try parts.seen(resolved.source, type: type)
                let condition = try parts.condition(
                    resolved.source, seen, prompt: resolved.prompt, type: type)
                return (seen, condition)
            }
            return try LatentDiffusionPainter(
                decoder, resolved, settings, watch, seen: seen, condition: condition)
        }
    }

    /// With the model's amount where it is left open.
    private func completed(_ source: PaintSource) -> PaintSource {
        switch source {
        case .variation(let picture, let level, nil):
            .variation(picture, noiseLevel: level, amount: decoder.settings.variationAmount)
        case .blend(let first, let second, let places, let level, nil):
            .blend(
                first, second, at: places, noiseLevel: level, amount: decoder.settings.blendAmount)
        default: source
        }
    }

    /// Whether the model has the parts for what a request starts from.
    private func check(_ source: PaintSource) throws(PaintError) {
        let path = folder.path
        switch source {
        case .text:
            guard parts.prior != nil, parts.texts != nil else {
                throw .model(
                    path: path,
                    problem: "has no prior to paint from text with; it varies and blends pictures")
            }
        case .variation(_, let level, _), .blend(_, _, _, let level, _):
            guard parts.pictures != nil else {
                throw .model(path: path, problem: "has no image_encoder; it paints from text")
            }
            guard (0..<parts.noise.count).contains(level) else {
                throw .request(
                    field: "noise level",
                    problem: "\(level) is not from 0 to \(parts.noise.count - 1)")
            }
        case .image, .inpaint: try source.refuseEditing()
        case .interpolation: try source.refuseInterpolation()
        }
    }
}
