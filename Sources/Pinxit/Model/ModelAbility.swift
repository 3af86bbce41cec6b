import PinxitFiles

/// What only some kinds of models can paint.
public enum ModelAbility: Sendable, CaseIterable {
    /// From a text, which most can.
    case text
    /// From what is seen in pictures: variations and blends.
    case pictures
    /// The way from prompt to prompt.
    case interpolation
}

extension ModelFolder {
    /// Whether the model can do that, as far as its index and its parts tell without loading it.
    public func can(_ ability: ModelAbility) -> Bool {
        func has(_ component: String) -> Bool { fileExists(path.path("\(component)/config.json")) }
        let isUnCLIP = pipeline == .unCLIP || pipeline == .unCLIPVariations
        switch ability {
        case .text: return !isUnCLIP || has("prior")
        case .pictures: return isUnCLIP && (has("clip") || has("image_encoder"))
        case .interpolation: return pipeline == .clipGAN || pipeline.isStableDiffusion
        }
    }
}
