import PinxitCLIP
import PinxitStableDiffusion
import PinxitTokenizers

extension LatentDiffusionFamily {
    /// Texts that `AND` may put together: all are evaluated at once, each in memory of its own.
    private static let mostTexts = 16

    /// How the words are read, checked against the text encoders.
    func text(_ request: PaintRequest) throws(PaintError) -> TextReading {
        let reading = try folder.reading(request)
        let most = [model, refiner].compactMap { $0?.text.mostClipSkip }.min() ?? 0
        guard reading.clipSkip <= most else {
            throw .request(
                field: RequestOptions.clipSkip.name,
                problem: "\(reading.clipSkip) is not from 0 to \(most)")
        }
        let parts = Prompt(request.prompt, reading.emphasis).parts.count
        guard parts <= Self.mostTexts else {
            throw .request(
                field: "prompt",
                problem: "\(parts) texts with AND between them; \(Self.mostTexts) are accepted")
        }
        if model.task == .instruction, parts > 1 {
            throw .request(
                field: "prompt",
                problem: "AND is not for a model that changes pictures by instruction")
        }
        return reading
    }
}

extension LatentDiffusionFamily {
    /// Words whose attention is weighed are in the prompt.
    private func checkWeights(
        _ request: PaintRequest, _ reading: TextReading
    ) throws(PaintError) {
        guard let weights = request.diffusion.layout.weights,
            let units = model.text.firstTokenizer?.units(of: request.prompt, reading)
        else { return }
        let words = Set(units.map { $0.text.lowercased() })
        guard let other = weights.all.first(where: { !words.contains($0.word.lowercased()) })
        else { return }
        throw .request(
            field: RequestOptions.wordWeights.name,
            problem: "\"\(other.word)\" is no word of the prompt; "
                + units.map(\.text).joined(separator: ", ") + " are")
    }

    /// Refuses what a layout that is held, or a way between prompts, does not go with.
    ///
    /// - Parameter isTwofold: Whether there is a second pass at a larger size.
    func checkSentences(
        _ request: PaintRequest, _ reading: TextReading, isTwofold: Bool
    ) throws(PaintError) {
        let layout = request.diffusion.layout
        let beside = RequestOptions.layout.dropFirst().first { $0.isGiven(in: request) }
        if layout.sentence == nil, let beside {
            throw .request(
                field: beside.name,
                problem: "goes with \(RequestOptions.layoutOf.name), another sentence")
        }
        try checkWeights(request, reading)
        var (field, others) = ("", [String]())
        if let sentence = layout.sentence {
            (field, others) = (RequestOptions.layoutOf.name, [sentence])
        }
        if case .interpolation(let prompts, _) = request.source {
            guard others.isEmpty else {
                throw .request(field: field, problem: "it goes without a way between prompts")
            }
            (field, others) = (request.source.kind.rawValue, prompts)
        }
        guard !others.isEmpty else { return }
        guard refiner == nil, !isTwofold, request.diffusion.controls.isEmpty,
            model.text.firstTokenizer != nil
        else {
            throw .request(
                field: field, problem: "it goes without a refiner, a second pass and ControlNets")
        }
        for text in [request.prompt] + others {
            let parts = Prompt(text, reading.emphasis).parts
            guard parts.count == 1, parts[0].text.isConstant else {
                throw .request(
                    field: field, problem: "\"\(text)\" has AND or words that change on the way")
            }
        }
    }
}

extension LatentDiffusion {
    /// What the user should know of a request's words, such as those that have no place.
    ///
    /// - Parameter canChunk: Whether the model takes prompts in chunks.
    func warnings(
        about request: ResolvedRequest, _ settings: ResolvedRequest.Diffusion, canChunk: Bool
    ) -> [String] {
        let reading = settings.text
        var prompts = [Prompt(request.prompt, reading.emphasis)]
        if settings.guidanceScale > 1 {
            prompts.append(Prompt(request.negativePrompt, reading.emphasis, isComposed: false))
        }
        let hint =
            canChunk && reading.longPrompts == .cut ? "; long prompts \"chunk\" has room" : ""
        var warnings: [String] = []
        for stage in prompts.flatMap(\.parts).flatMap({ $0.text.stages(of: settings.steps) }) {
            guard let warning = text.warning(about: stage.text, reading),
                !warnings.contains(warning + hint)
            else { continue }
            warnings.append(warning + hint)
        }
        return warnings
    }

    /// That tokens are asked to be merged where none are.
    func mergingWarning(
        _ request: ResolvedRequest, _ settings: ResolvedRequest.Diffusion
    ) -> String? {
        guard settings.tokenMerging > 0 else { return nil }
        let option = RequestOptions.tokenMerging.name
        guard denoiser.attendsAtLargest else {
            return "\(option) does nothing: the model has no attention at its largest maps, as SDXL"
        }
        guard settings.hires == nil else { return nil }
        let isOdd =
            !(request.width / scale).isMultiple(of: 2)
            || !(request.height / scale).isMultiple(of: 2)
        return isOdd ? "\(option) does nothing: it takes sides that \(2 * scale) divides" : nil
    }
}
