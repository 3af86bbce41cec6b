import PinxitTokenizers

extension Painter {
    /// What cannot come right in a request, in words: a size far from what the model learnt, words
    /// that it has never been shown, weights that it reads as words, a schedule that it has no use
    /// for. Known before anything is painted; ``PaintSummary/warnings`` has them too.
    public func warnings(about request: ResolvedRequest) -> [String] {
        [
            sizeWarning(request), secondSizeWarning(request), wordWarning(request),
            weightWarning(request), tagWarning(request), scheduleWarning(request),
        ].compactMap(\.self)
    }

    private func sizeWarning(_ request: ResolvedRequest) -> String? {
        guard let side = family.learntSide else { return nil }
        // 512x768 is asked of models of 512 pixels every day, and mostly comes right.
        let near = Double(side) / 1.5...Double(side) * 1.5
        guard !near.contains(Double(request.width)) || !near.contains(Double(request.height))
        else { return nil }
        return "the model was trained at \(side)x\(side); at \(request.width)x\(request.height) "
            + "things come twice or fall apart"
    }

    /// A second pass keeps the first one's layout, and goes wrong later than the first.
    private func secondSizeWarning(_ request: ResolvedRequest) -> String? {
        guard let side = family.learntSide, case .diffusion(let settings) = request.settings,
            let size = settings.hires?.size, max(size.width, size.height) > 3 * side
        else { return nil }
        return "the model was trained at \(side)x\(side); the second pass at "
            + "\(size.width)x\(size.height) puts small things where none belong; a lower hires "
            + "strength puts fewer"
    }

    private func scheduleWarning(_ request: ResolvedRequest) -> String? {
        guard case .diffusion(let settings) = request.settings, let schedule = settings.passedOver
        else { return nil }
        return "schedule \(schedule.rawValue) is passed over: the model or the sampler has noise "
            + "levels of its own"
    }

    private func tagWarning(_ request: ResolvedRequest) -> String? {
        guard ["<lora:", "<lyco:"].contains(where: request.prompt.contains) else { return nil }
        return
            "<lora:…> in a request's prompt are words; a painter is given LoRAs when it is loaded"
    }

    /// Models trained here read a prompt as text, and others' prompts are pasted into them.
    private func weightWarning(_ request: ResolvedRequest) -> String? {
        guard case .diffusion(let settings) = request.settings,
            settings.text.emphasis == .off, folder.usualEmphasis != nil,
            let weight = request.prompt.firstMatch(of: /\([^():]+:\s*\d*\.?\d+\s*\)/)
        else { return nil }
        return "\(weight.output) is read as words; emphasis a1111 reads it as a weight"
    }

    private func wordWarning(_ request: ResolvedRequest) -> String? {
        guard let words else { return nil }
        var prompts = [request.prompt]
        if case .diffusion(let settings) = request.settings {
            prompts = Prompt(request.prompt, settings.text.emphasis).plainTexts(of: settings.steps)
        }
        if case .interpolation(let others, _) = request.source { prompts += others }
        let unlearnt = words.unlearnt(in: prompts)
        guard !unlearnt.isEmpty else { return nil }
        let named = unlearnt.prefix(8).map(\.told).joined(separator: ", ")
        let more = unlearnt.count > 8 ? " and \(unlearnt.count - 8) words more" : ""
        return "the model has not learnt \(named)\(more); it paints something else in their place"
    }
}

extension UnlearntWord {
    /// In quotes, with what it may have been.
    fileprivate var told: String {
        nearest.isEmpty
            ? "\"\(word)\"" : "\"\(word)\" (nearest: \(nearest.joined(separator: ", ")))"
    }
}
