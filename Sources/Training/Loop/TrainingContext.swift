import PinxitDatasets

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

    /// The texts that sample sheets are painted for.
    func prompts() throws -> [String] { try settings.strings("prompts", or: []) }
}
