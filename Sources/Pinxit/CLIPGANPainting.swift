import PinxitCLIP
import PinxitCLIPGAN
import PinxitImages
import PinxitTensors

/// Painting with a CLIP-conditioned GAN: one pass of the generator a picture.
struct CLIPGANPainting: PaintingFamily {
    let model: CLIPGANPipeline

    /// What z is multiplied by where a request does not say: most of the variety, few of the failures.
    static let usualTruncation = 0.8
    private static let name = "a GAN, which paints in one pass,"

    /// - Parameter isStreamed: Whether weights stay in their files and are brought in for every use.
    init(_ folder: ModelFolder, isStreamed: Bool) throws {
        model = try CLIPGANPipeline(folder: folder.path, isStreamed: isStreamed)
    }

    func resolved(_ request: PaintRequest) throws(PaintError) -> PaintRequest {
        try request.refuse(
            PaintRequest.Field.denoising + PaintRequest.Field.tokens + [.guidanceScale],
            for: Self.name)
        var result = request
        let side = model.generator.configuration.pictureSize
        for (field, size) in [("width", request.width), ("height", request.height)] {
            guard size ?? side == side else {
                throw .request(
                    field: field, problem: "\(size!) is not accepted; this generator paints \(side)"
                )
            }
        }
        (result.width, result.height) = (side, side)
        result.truncation = request.truncation ?? Self.usualTruncation
        guard (0...2).contains(result.truncation!) else {
            throw .request(
                field: "truncation", problem: "\(result.truncation!) is not from 0 to 2")
        }
        guard request.precision != .int8 else {
            throw .request(field: "precision", problem: "int8 is not for a GAN; f32 and bf16 are")
        }
        return result
    }

    func paint(
        _ request: PaintRequest, _ options: PaintOptions,
        _ onProgress: (PaintProgress) throws -> Void
    ) throws -> Painting {
        let noises = (0..<request.count).map { noise(request.seed(ofPicture: $0)) }
        return try paint(request, options, onProgress) { embed in
            let text = embed([request.prompt])
            return noises.map { ($0, text) }
        }
    }

    /// Frames on the way through prompts, from each to the next on the shortest arc of CLIP's sphere; the noise goes from
    /// the first picture's to the second's, and so on.
    ///
    /// - Parameter frames: From one prompt to the next; the last frame shows the last prompt.
    func interpolate(
        _ request: PaintRequest, through prompts: [String], frames: Int, _ options: PaintOptions,
        _ onProgress: (PaintProgress) throws -> Void
    ) throws -> Painting {
        let noises = prompts.indices.map { noise(request.seed(ofPicture: $0)) }
        return try paint(request, options, onProgress) { embed in
            let texts = embed(prompts)
            let rows = prompts.indices.map { texts.sliced(axis: 0, $0..<$0 + 1) }
            return (0...(prompts.count - 1) * frames).map { frame in
                let start = min(frame / frames, max(prompts.count - 2, 0))
                let place = Double(frame - start * frames) / Double(frames)
                let end = min(start + 1, prompts.count - 1)
                return (
                    sphericallyInterpolated(noises[start], noises[end], at: place),
                    sphericallyInterpolated(rows[start], rows[end], at: place)
                )
            }
        }
    }

    /// z, `[1, noise]`, in PyTorch's order of drawing.
    private func noise(_ seed: UInt32) -> Tensor {
        var generator = TorchGenerator(seed: UInt64(seed))
        return generator.normal([1, model.generator.configuration.noiseSize])
    }

    /// Paints a picture for each noise and text.
    private func paint(
        _ request: PaintRequest, _ options: PaintOptions,
        _ onProgress: (PaintProgress) throws -> Void,
        _ inputs: ((_ prompts: [String]) -> Tensor) -> [(noise: Tensor, text: Tensor)]
    ) throws -> Painting {
        guard !options.keepingTensors else {
            throw PaintError.request(field: "latents", problem: "\(Self.name) has none to keep")
        }
        guard options.checkingNumerics else {
            return try paint(request, onProgress, check: nil, inputs)
        }
        let check = NumericsCheck()
        return try Engine.observed(by: check) {
            try paint(request, onProgress, check: check, inputs)
        }
    }

    private func paint(
        _ request: PaintRequest, _ onProgress: (PaintProgress) throws -> Void,
        check: NumericsCheck?,
        _ inputs: ((_ prompts: [String]) -> Tensor) -> [(noise: Tensor, text: Tensor)]
    ) throws -> Painting {
        func verify(_ stage: String) throws(PaintError) {
            if let found = check?.found { throw .numerics(stage: stage, operation: found) }
        }
        var times = PaintTimes()
        var warnings: [String] = []
        let inputs = times.measure(\.text) {
            inputs { prompts in
                warnings = prompts.compactMap(model.clip.tokenizer.warningOfCut)
                return model.clip.embed(texts: prompts)
            }
        }
        try verify("text")
        var pictures: [PaintedPicture] = []
        for (index, input) in inputs.enumerated() {
            try Task.checkCancellation()
            let image = times.measure(\.sampling) {
                model.paint(
                    noise: input.noise, text: input.text, truncation: Float(request.truncation!),
                    type: request.precision!.type)
            }
            try verify("picture \(index + 1)")
            let picture = PaintedPicture(
                picture: Picture.pictures(from: image)[0], seed: request.seed(ofPicture: index),
                tensors: nil)
            pictures.append(picture)
            try onProgress(.step(1, of: 1, picture: index + 1, count: inputs.count))
            try onProgress(.painted(picture, index: index))
        }
        return Painting(request: request, pictures: pictures, times: times, warnings: warnings)
    }
}
