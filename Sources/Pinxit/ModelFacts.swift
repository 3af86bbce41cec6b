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
    /// How long it was trained, in hours of the clock on the wall: `training_hours` of `pinxit.json`.
    public let trainingHours: Double?
    /// The files of the weights.
    public let weights: [String]

    /// - Throws: `FileError` for the file and field that is wrong.
    public init(_ folder: ModelFolder) throws {
        let path = folder.path
        family = try JSONFile.read(path + "model_index.json")["_class_name"].string()
        let own = path + "pinxit.json"
        let hours = fileExists(own) ? try JSONFile.read(own)["training_hours"] : nil
        trainingHours = hours?.exists == true ? try hours?.double() : nil
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let components = names.sorted().filter { fileExists("\(path)\($0)/config.json") }
        weights = try components.map { try ComponentFolder(path: path + $0).weightsPath() }
        parameters = try weights.reduce(0) { sum, file in
            try Checkpoint.load(file).values.reduce(sum) { $0 + $1.shape.count }
        }
    }
}
