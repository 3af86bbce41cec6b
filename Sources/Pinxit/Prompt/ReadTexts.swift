import PinxitTokenizers

extension PaintRequest {
    /// All that is painted from, as it is written and as any model may read it on the way: without
    /// brackets and weights, and with what schedules put together.
    ///
    /// A negative prompt is what pictures go away from, unless guidance is so small that they go
    /// towards it.
    ///
    /// - Parameters:
    ///   - steps: Where the request does not say.
    ///   - most: Bytes of one text's forms that are read.
    /// - Returns: Nil where a text takes more.
    package func readTexts(usualSteps: Int, most: Int) -> [String]? {
        var texts = [prompt, diffusion.layout.sentence ?? ""]
        if case .interpolation(let prompts, _) = source { texts += prompts }
        if let guidanceScale, guidanceScale < 1 { texts.append(negativePrompt) }
        let steps = diffusion.steps ?? usualSteps
        var read: [String] = []
        for text in texts {
            read.append(text)
            for emphasis in [Emphasis.a1111Wide, .comfy] {
                let prompt = Prompt(text, emphasis)
                guard let first = prompt.plainTexts(of: steps, most: most) else { return nil }
                read += first
                guard diffusion.hires.scale != nil, !prompt.isConstant else { continue }
                guard
                    let second = prompt.plainTexts(
                        of: diffusion.hires.steps ?? steps, after: steps, most: most)
                else { return nil }
                read += second
            }
        }
        return read
    }

    /// Texts that `AND` may put together in the prompt: each takes an evaluation of its own.
    package var composedTexts: Int {
        Prompt(prompt, diffusion.text.emphasis ?? .a1111Wide).parts.count
    }
}
