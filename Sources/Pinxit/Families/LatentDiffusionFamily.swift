import PinxitCheckpoints
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors

/// Painting with latent diffusion: Stable Diffusion, and the models trained here in its layout.
struct LatentDiffusionFamily: PaintingFamily {
    let model: LatentDiffusion
    let folder: ModelFolder

    /// - Parameters:
    ///   - decoder: The folder of another autoencoder to decode with.
    ///   - addedWidth: Features the U-Net is given beside the text; nil for none.
    init(
        _ folder: ModelFolder, _ options: LoadOptions, decoder: String? = nil,
        addedWidth: Int? = nil
    ) throws {
        self.folder = folder
        model = try LatentDiffusion(
            folder: folder.path, options, decoder: decoder, addedWidth: addedWidth)
    }

    var learntSide: Int? { model.usualSide }

    func plan(_ request: PaintRequest, _ common: CommonSettings) throws(PaintError) -> PaintPlan {
        switch request.source {
        case .text: break
        case .interpolation: try request.source.refuseInterpolation()
        case .variation, .blend: try request.source.refusePictures()
        }
        let (resolved, settings) = try resolved(request, common)
        return PaintPlan(request: resolved) { [model] watch in
            LatentDiffusionPainter(model, resolved, settings, watch)
        }
    }

    /// The request with everything filled in, whatever it starts from.
    func resolved(
        _ request: PaintRequest, _ common: CommonSettings
    ) throws(PaintError) -> (ResolvedRequest, ResolvedRequest.Diffusion) {
        do {
            try model.scheduler.check(request.diffusion.sampler)
        } catch {
            throw .model(error)
        }
        let settings = ResolvedRequest.Diffusion(
            request, steps: folder.settings.steps, guidanceScale: folder.settings.guidanceScale,
            sampler: model.scheduler.sampler)
        let most = model.scheduler.trainTimesteps
        guard (1...most).contains(settings.steps) else {
            throw .request(
                field: RequestOptions.steps.name,
                problem: "\(settings.steps) is not from 1 to \(most)")
        }
        let resolved = ResolvedRequest(
            request, common, width: try side(request.width, RequestOptions.width.name),
            height: try side(request.height, RequestOptions.height.name), .diffusion(settings))
        return (resolved, settings)
    }

    private func side(_ size: Int?, _ field: String) throws(PaintError) -> Int {
        let step = model.scale
        let size = size ?? model.usualSide
        guard size >= step, RequestOptions.sides.contains(size), size % step == 0 else {
            let most = RequestOptions.sides.upperBound / step * step
            throw .request(
                field: field,
                problem: "\(size) is not accepted; multiples of \(step) from \(step) to \(most) are"
            )
        }
        return size
    }
}
