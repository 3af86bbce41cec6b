import FoundationEssentials
import PinxitCheckpoints
import PinxitFiles
import PinxitTensors

/// What can be told of a model without painting.
public struct ModelFacts: Sendable {
    /// `_class_name` of `model_index.json`.
    public let family: String
    /// All weights of all components, counted.
    public let parameters: Int
    /// How long it was trained, in hours of the clock on the wall.
    public let trainingHours: Double?
    /// The files of the weights.
    public let weights: [String]

    /// - Throws: `FileError` for the file and field that is wrong.
    public init(_ folder: ModelFolder) throws {
        family = folder.pipeline.rawValue
        trainingHours = folder.settings.trainingHours
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let components = names.sorted().map { folder.path.path($0) }
            .filter { fileExists($0.path("config.json")) }
        weights = try components.map { try ComponentFolder(path: $0).weightsPath() }
        parameters = try weights.reduce(0) { sum, file in
            try Checkpoint.load(file).values.reduce(sum) { $0 + $1.shape.count }
        }
    }
}
