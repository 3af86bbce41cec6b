import PinxitImages
import PinxitSamplers
import PinxitStableDiffusion

extension LatentDiffusionFamily {
    /// The second pass that a request asks for; nil for none.
    ///
    /// - Parameters:
    ///   - first: What the first pass is painted with.
    ///   - size: What it paints.
    /// - Throws: `PaintError.request` for a pass that this painter cannot take.
    func hires(
        _ request: PaintRequest, _ first: ResolvedRequest.Diffusion, _ size: PictureSize
    ) throws(PaintError) -> ResolvedRequest.Diffusion.Hires? {
        let asked = request.diffusion.hires
        guard let scale = asked.scale else {
            guard let option = RequestOptions.hires.first(where: { $0.isGiven(in: request) })
            else { return nil }
            throw .request(
                field: option.name, problem: "goes with \(RequestOptions.hiresScale.name)")
        }
        try refuseHires(beside: request.source)
        let upscaler = asked.upscaler ?? (self.upscaler == nil ? .lanczos : .model)
        guard upscaler != .model || self.upscaler != nil else {
            throw .request(
                field: RequestOptions.hiresUpscaler.name, problem: "the painter has no upscaler")
        }
        guard upscaler.enlargement != nil || model.autoencoder.inChannels == 3 else {
            throw .request(
                field: RequestOptions.hiresUpscaler.name,
                problem: "\(upscaler.rawValue) needs an autoencoder of pictures; latent has none")
        }
        let strength = asked.strength ?? (upscaler.enlargement == nil ? 0.4 : 0.7)
        var second = first
        // As it is read again, where the first one's is kept.
        let eta = first.eta ?? first.sampler.unusualEta
        second.sampler =
            asked.sampler.map { own in eta.flatMap(own.adding) ?? own } ?? first.sampler
        second.steps = try steps(
            asked.steps, strength, usual: first.steps,
            field: RequestOptions.hiresStrength.name)
        try check(model.scheduler, asked: second.sampler, second)
        return ResolvedRequest.Diffusion.Hires(
            scale: scale, size: try enlarged(size, scale), strength: strength,
            steps: second.steps, sampler: second.sampler, upscaler: upscaler)
    }

    private func refuseHires(beside source: PaintSource) throws(PaintError) {
        let field = RequestOptions.hiresScale.name
        switch source {
        case .image, .inpaint:
            throw .request(
                field: field, problem: "is for pictures from words; edit at a larger size instead")
        case .text, .variation, .blend, .interpolation: break
        }
        guard refiner == nil else {
            throw .request(field: field, problem: "a painter with a refiner has no use for it")
        }
    }

    private func enlarged(
        _ size: PictureSize, _ scale: Double
    ) throws(PaintError) -> PictureSize {
        func side(_ length: Int) throws(PaintError) -> Int {
            let side = Int((Double(length) * scale / Double(model.scale)).rounded()) * model.scale
            guard RequestOptions.sides.contains(side) else {
                throw .request(
                    field: RequestOptions.hiresScale.name,
                    problem: "\(scale) times \(length) is \(side) pixels; at most "
                        + "\(RequestOptions.sides.upperBound) are accepted")
            }
            return side
        }
        return PictureSize(width: try side(size.width), height: try side(size.height))
    }
}

extension ResolvedRequest.Diffusion {
    /// What the second pass is painted with.
    func second(_ hires: Hires) -> ResolvedRequest.Diffusion {
        var second = self
        (second.steps, second.sampler) = (hires.steps, hires.sampler)
        second.strength = hires.strength
        second.conditions?.size = hires.size
        return second
    }
}
