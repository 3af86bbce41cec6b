import PinxitCLIP
import PinxitCLIPGAN
import PinxitFiles
import PinxitLayers
import PinxitTensors

/// What the GAN stage takes from earlier stages, and the folder it completes.
struct GANParts {
    let configuration: GeneratorConfiguration
    let discriminator: DiscriminatorConfiguration
    let clip: CLIP
    /// Tells whether cached embeddings belong to this CLIP.
    let clipIdentity: String
    private let clipFolder: String
    private let folder: String

    /// - Parameters:
    ///   - s: The `model` group of the configuration.
    ///   - folder: The model folder that is written.
    init(_ s: SettingsReader, _ settings: GANSettings, folder: String) throws {
        self.folder = folder
        clipFolder = settings.clip.isEmpty ? "\(folder)/clip" : settings.clip
        clip = try CLIP(folder: clipFolder)
        clipIdentity = try weightsIdentity(clipFolder)
        (configuration, discriminator) = try Self.read(s, textSize: clip.model.projectionSize)
        let sides = (configuration.pictureSize, clip.model.pictureSize)
        guard settings.similarityWeight == 0 || sides.0 == sides.1 else {
            throw FileError(
                path: s.field.file, field: "task.similarity_weight",
                problem: "needs pictures of CLIP's side \(sides.1), not \(sides.0); 0 is accepted")
        }
    }

    /// Reads the `model` group of the configuration, for a CLIP of that many features.
    static func read(_ s: SettingsReader, textSize: Int) throws -> (
        GeneratorConfiguration, DiscriminatorConfiguration
    ) {
        let generator = try GeneratorConfiguration(training: s, textSize: textSize)
        let discriminator = try DiscriminatorConfiguration(training: s, generator)
        try s.finish()
        return (generator, discriminator)
    }

    /// Refuses players that are too large to be trained.
    ///
    /// - Parameter s: The `model` group of the configuration.
    func check(_ s: SettingsReader, _ optimisation: OptimisationSettings) throws {
        let side = configuration.pictureSize
        let held =
            side * side
            * (configuration.widths[configuration.widths.count - 1]
                + discriminator.widths[0])
        try s.checkMemory(
            of: "a GAN", samples: (optimisation.rowCount, held), among: optimisation.ranks
        ) {
            _ = Generator($0("generator"), configuration)
            _ = Discriminator($0("discriminator"), discriminator)
        }
    }

    /// Writes `generator/`, `clip/` and `model_index.json`, so that the folder paints.
    func write(generator weights: [String: Tensor]) throws {
        try writeComponent("\(folder)/generator", weights, configuration.json)
        try copyCLIP()
        try JSONFile.write(CLIPGANPipeline.modelIndex, to: "\(folder)/model_index.json")
    }

    /// The CLIP the generator was trained with belongs to the model: another one has other places
    /// for the same words.
    private func copyCLIP() throws {
        let target = "\(folder)/clip"
        guard clipFolder != target else { return }
        try copyFolder(clipFolder, to: target)
    }
}
