import PinxitImages
import PinxitSamplers
import PinxitStableDiffusion

extension LatentDiffusionFamily {
    /// A request that changes a picture, with the strength and size it leaves open, and the picture
    /// laid out for the painter; nil for one that starts from words.
    ///
    /// - Throws: `PaintError.request` for what this model does not start from.
    func edit(
        _ request: PaintRequest
    ) throws(PaintError) -> (request: PaintRequest, edit: PictureEdit)? {
        var request = request
        try check(request.diffusion.resize, of: request.source)
        let asked = AskedSize(
            width: request.width, height: request.height, mode: request.diffusion.resize)
        let canvas: PaintCanvas
        let strength: Double
        switch request.source {
        case .text:
            guard model.task == .text else { throw needsPicture }
            return nil
        case .image(let picture, let given):
            guard model.task == .instruction else {
                strength = given ?? 0.75
                canvas = try PaintCanvas(picture, asked: asked, sizes)
                request.source = .image(picture, strength: strength)
                break
            }
            guard given ?? 1 == 1 else {
                throw .request(
                    field: "strength",
                    problem: "a model that changes pictures by instruction has no use for it")
            }
            strength = 1
            canvas = try PaintCanvas(picture, asked: asked, sizes)
        case .inpaint(let picture, let mask, let given):
            guard model.task != .instruction else {
                throw .request(
                    field: request.source.kind.rawValue,
                    problem: "a model that changes pictures by instruction takes no mask")
            }
            strength = given ?? 1
            canvas = try PaintCanvas(picture, mask, asked: asked, sizes)
            request.source = .inpaint(picture, mask, strength: strength)
        case .interpolation:
            guard model.task == .text else { throw needsPicture }
            return nil
        case .variation, .blend:
            try request.source.refusePictures()
            return nil
        }
        guard model.autoencoder.inChannels == 3 else {
            throw .model(
                path: folder.path,
                problem: "its autoencoder takes pictures of \(model.autoencoder.inChannels) "
                    + "channels; one of 3 is accepted for changing pictures")
        }
        (request.width, request.height) = (canvas.size.width, canvas.size.height)
        let sampler = request.diffusion.sampler ?? model.scheduler.sampler
        if let entered = model.scheduler.entering(strength, sampler) {
            request.diffusion.steps = try steps(
                request.diffusion.steps ?? settings.steps, within: entered)
        } else {
            request.diffusion.steps = try steps(
                request.diffusion.steps, strength, usual: settings.steps, field: "strength")
        }
        return (request, PictureEdit(canvas: canvas, strength: strength))
    }

    private func check(
        _ mode: ResizeMode?, of source: PaintSource
    ) throws(PaintError) {
        guard let mode else { return }
        let field = RequestOptions.resize.name
        switch source {
        case .image(let picture, _):
            guard mode == .latent else { return }
            guard model.task == .text else {
                throw .request(
                    field: field,
                    problem: "latent is for models that paint from words; "
                        + "stretch, crop and fill are accepted")
            }
            let sides = RequestOptions.sides
            guard sides.contains(picture.width), sides.contains(picture.height) else {
                throw .request(
                    field: field,
                    problem: "latent takes pictures of up to \(sides.upperBound) pixels a side, "
                        + "not \(picture.width)x\(picture.height)")
            }
        case .inpaint: return
        case .text, .variation, .blend, .interpolation:
            throw .request(field: field, problem: "goes with a picture that is changed")
        }
    }

    /// All steps that are asked for, where LCM takes them within the strength.
    private func steps(
        _ asked: Int, within entered: SchedulerConfiguration
    ) throws(PaintError) -> Int {
        guard asked <= entered.distilledCount else {
            let least = Double(asked) / Double(entered.originalSteps)
            throw .request(
                field: "strength",
                problem: "\(entered.distilledShare) leaves \(entered.distilledCount) of the steps "
                    + "that the model was distilled at, of which \(asked) are asked for; from "
                    + "\((100 * least).rounded(.up) / 100) on is accepted")
        }
        return asked
    }

    /// The steps to ask for, of which strength takes a part. A model of few takes as many as it is
    /// used to of that part.
    func steps(
        _ asked: Int?, _ strength: Double, usual: Int, field: String
    ) throws(PaintError) -> Int {
        let isOfFew = usual <= 8
        // More steps than anybody takes are refused below.
        let most = 100_000.0
        let steps =
            asked ?? (isOfFew ? Int(min(most, (Double(usual) / strength).rounded(.up))) : usual)
        guard Int(Double(steps) * strength) >= 1 else {
            throw .request(
                field: field,
                problem: "\(strength) of \(steps) steps is not one; "
                    + "from \((100 / Double(steps)).rounded(.up) / 100) on is accepted")
        }
        return steps
    }

    private var needsPicture: PaintError {
        let what = model.task == .inpainting ? "repaints parts of pictures" : "changes pictures"
        return .request(
            field: "source", problem: "this model \(what); a picture to start from is needed")
    }
}

/// A picture that is to be changed, laid out for the painter.
struct PictureEdit: Sendable {
    let canvas: PaintCanvas
    /// How much of the way from noise is taken again.
    let strength: Double
}

extension PaintCanvas {
    /// As the model's autoencoder sees it.
    func edit(
        _ model: LatentDiffusion, strength: Double, _ precision: Precision
    ) throws(CancellationError) -> LatentEdit {
        try LatentEdit(
            Tensor(pictures: [start]), mask: mask, filling: filling, strength: strength, model,
            stretchedTo: seen.map { _ in
                model.latentShape(width: size.width, height: size.height)
            }, type: precision.type)
    }

    private var filling: LatentEdit.Filling {
        switch fill {
        case .original, .surroundings: .picture
        case .noise: .noise
        case .nothing: .nothing
        }
    }
}
