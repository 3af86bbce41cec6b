import PinxitSamplers
import PinxitTensors

/// Painting with latent diffusion: Stable Diffusion, and the models trained here in its layout.
struct LatentDiffusionPainting: PaintingFamily {
    let model: LatentDiffusion
    let scheduler: SchedulerConfiguration
    let folder: ModelFolder

    /// - Parameter isStreamed: Whether weights stay in their files and are brought in for every use.
    /// - Parameter decoder: The folder of another autoencoder to decode with.
    init(_ folder: ModelFolder, isStreamed: Bool, decoder: String? = nil) throws {
        self.folder = folder
        scheduler = try SchedulerConfiguration(
            file: folder.path + "scheduler/scheduler_config.json"
        ).forStableDiffusion
        model = try LatentDiffusion(
            folder: folder.path, isStreamed: isStreamed, decoder: decoder)
    }

    func resolved(_ request: PaintRequest) throws(PaintError) -> PaintRequest {
        try request.refuse(PaintRequest.Field.tokens + [.truncation], for: "latent diffusion")
        var result = request
        result.width = try side(request.width, "width")
        result.height = try side(request.height, "height")
        result.steps = request.steps ?? folder.usualSteps
        result.guidanceScale = request.guidanceScale ?? folder.usualGuidance
        result.sampler = request.sampler ?? scheduler.sampler
        let most = scheduler.trainTimesteps
        guard (1...most).contains(result.steps!) else {
            throw .request(field: "steps", problem: "\(result.steps!) is not from 1 to \(most)")
        }
        guard result.guidanceScale!.isFinite, (0...100).contains(result.guidanceScale!) else {
            throw .request(
                field: "guidance scale", problem: "\(result.guidanceScale!) is not from 0 to 100")
        }
        if let interval = result.guidanceInterval,
            interval.lowerBound < 0 || interval.upperBound > 1
        {
            throw .request(
                field: "guidance interval", problem: "\(interval) is not within 0 to 1")
        }
        if let every = result.deepCacheInterval, !(1...1000).contains(every) {
            throw .request(
                field: "deep cache interval", problem: "\(every) is not from 1 to 1000")
        }
        if let ratio = result.tokenMerging, !(ratio > 0 && ratio <= 0.75) {
            throw .request(
                field: "token merging", problem: "\(ratio) is not above 0 and up to 0.75")
        }
        return result
    }

    private func side(_ size: Int?, _ field: String) throws(PaintError) -> Int {
        let step = model.scale
        guard let size else { return model.usualSide * model.scale }
        guard size >= step, size <= 4096, size % step == 0 else {
            let most = 4096 / step * step
            throw .request(
                field: field,
                problem: "\(size) is not accepted; multiples of \(step) from \(step) to \(most) are"
            )
        }
        return size
    }

    func paint(
        _ request: PaintRequest, _ options: PaintOptions,
        _ onProgress: (PaintProgress) throws -> Void
    ) throws -> Painting {
        let session = PaintSession(
            model: model, scheduler: scheduler, request: request, options: options)
        return try session.run(onProgress)
    }
}
