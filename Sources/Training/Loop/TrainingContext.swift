import PinxitDatasets
import PinxitFiles

/// What a stage of training is given, whatever it trains.
struct TrainingContext {
    /// The stage's configuration; each stage reads its own part.
    let settings: SettingsReader
    /// What the training pictures are composed of.
    let library: SpriteLibrary
    let log: RunLog
    /// The model folder: earlier stages are read from it, this one is written to it.
    let model: String
    /// Where the run keeps checkpoints, caches and logs.
    let folder: String
    /// A finished model folder whose weights the run starts from, if any.
    let startFrom: String?

    /// Keeps the recipe in the run's folder, as it is after all changes.
    func keepRecipe() throws {
        guard let recipe = settings.field.value else { return }
        try JSONFile.write(recipe, to: folder.path("recipe.json"))
    }
}
