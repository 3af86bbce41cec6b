import PinxitTokenizers

extension PaintRequest {
    /// All that is painted from, each text once, as it is written and as any model may read it on
    /// the way: without brackets and weights, and with what schedules put together.
    ///
    /// A negative prompt is what pictures go away from, unless guidance is so small that they go
    /// towards it.
    ///
    /// - Parameters:
    ///   - usualSteps: Where the request does not say.
    ///   - most: Bytes that are gone through on the way, what is said again counted again.
    /// - Returns: Nil where it takes more.
    package func readTexts(usualSteps: Int, most: Int) -> [String]? {
        var texts = [prompt, diffusion.layout.sentence ?? ""]
        if case .interpolation(let prompts, _) = source { texts += prompts }
        if let guidanceScale, guidanceScale < 1 { texts.append(negativePrompt) }
        var (left, seen, read) = (most, Set<String>(), [String]())
        func add(_ found: [String]) {
            for text in found where seen.insert(text).inserted { read.append(text) }
        }
        add(texts)
        for text in Set(texts).sorted() {
            for emphasis in [Emphasis.a1111Wide, .comfy] {
                let prompt = Prompt(text, emphasis)
                for pass in prompt.isConstant ? [Pass(steps: 1)] : passes(usualSteps) {
                    guard
                        let found = prompt.plainTexts(
                            of: pass.steps, after: pass.first, within: &left)
                    else { return nil }
                    add(found)
                }
            }
        }
        return read
    }

    private struct Pass {
        let steps: Int
        var first: Int?
    }

    /// How many steps there may be, by which schedules change: all, or what a strength leaves.
    private func passes(_ usualSteps: Int) -> [Pass] {
        func counts(_ steps: Int, _ strength: Double?) -> [Int] {
            guard let strength, (0..<1).contains(strength) else { return [steps] }
            return [steps, max(1, Int(Double(steps) * strength))]
        }
        let steps = diffusion.steps ?? usualSteps
        let strength: Double? =
            switch source {
            case .image(_, let strength): strength ?? 0.75
            case .inpaint(_, _, let strength): strength
            default: nil
            }
        let first = counts(steps, strength)
        guard diffusion.hires.scale != nil else { return first.map { Pass(steps: $0) } }
        // By what enlarges, where it is not said.
        let strengths = diffusion.hires.strength.map { [$0] } ?? [0.4, 0.7]
        let second = strengths.flatMap { counts(diffusion.hires.steps ?? steps, $0) }
        return first.map { Pass(steps: $0) }
            + Set(second + [steps]).sorted().map { Pass(steps: $0, first: steps) }
    }

    /// Texts that `AND` may put together in the prompt: each takes an evaluation of its own.
    package var composedTexts: Int {
        Prompt(prompt, diffusion.text.emphasis ?? .a1111Wide).parts.count
    }
}
