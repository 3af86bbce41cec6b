import PinxitCLIP
import PinxitDatasets
import PinxitLayers
import PinxitTensors

/// The text tower of a diffusion run.
enum DiffusionText {
    /// It stays as CLIP left it.
    case still(CaptionStates)
    /// It learns with the U-Net, as in Rombach et al. 2022.
    case learning(CLIPTextConditioner, ParameterStore)

    /// - Parameters:
    ///   - captions: Those of the training pictures.
    ///   - count: Of the training pictures.
    init(
        _ parts: DiffusionParts, _ settings: DiffusionSettings,
        _ optimisation: OptimisationSettings, captions: any CaptionedPictures, count: Int
    ) throws {
        guard settings.trainsText else {
            self = .still(
                CaptionStates(
                    parts, of: captions, count: count,
                    precision: optimisation.precision))
            return
        }
        let store = ParameterStore(seed: optimisation.seed)
        let text = parts.conditioner(
            CLIPTextModel(store.root("text_model"), parts.text.tower.configuration))
        try StartingWeights(folder: parts.folder).copy("text_encoder", into: store.parameters)
        self = .learning(text, store)
    }

    /// What learns; nil if nothing does.
    var store: ParameterStore? {
        switch self {
        case .still: nil
        case .learning(_, let store): store
        }
    }
}
