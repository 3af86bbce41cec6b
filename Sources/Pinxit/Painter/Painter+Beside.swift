import PinxitCheckpoints
import PinxitStableDiffusion
import PinxitTensors

extension Painter {
    /// The same model with other networks beside it, of which those that are there already are not
    /// read again. Nothing of the model is: both have its weights together.
    ///
    /// - Parameters:
    ///   - controlNets: As loading has them.
    ///   - imagePrompts: As loading has them.
    /// - Throws: As loading does.
    public func with(
        controlNets: [String], imagePrompts: ImagePromptParts? = nil
    ) async throws -> Painter {
        guard let family = family as? LatentDiffusionFamily else {
            throw PaintError.request(
                field: controlNets.isEmpty
                    ? RequestOptions.imagePrompt.name : RequestOptions.controls.name,
                problem: "only a latent diffusion model can take one")
        }
        let options = LoadOptions(isStreamed: setup.isStreamed)
        var setup = setup
        let known = setup.replacements
        let other = try await Engine.run {
            try family.with(controlNets, imagePrompts, known: known, options)
        }
        setup.replacements.controlNets = controlNets
        setup.replacements.imagePrompts = imagePrompts
        return Painter(self, other, setup, notes: options.notes.all)
    }
}

extension LatentDiffusionFamily {
    /// - Parameter known: Where the networks that stand beside the model were read.
    fileprivate func with(
        _ controlNets: [String], _ imagePrompts: ImagePromptParts?,
        known: Replacements, _ options: LoadOptions
    ) throws -> LatentDiffusionFamily {
        var family = self
        let nets = Dictionary(zip(known.controlNets, self.controlNets)) { $1 }
        family.controlNets = try Self.controlNets(controlNets, for: model, options, known: nets)
        if imagePrompts != known.imagePrompts {
            family.prompter = try imagePrompts.map {
                try PicturePrompter($0, for: model, options)
            }
        }
        return family
    }
}
