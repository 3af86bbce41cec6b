import PinxitCheckpoints
import PinxitDatasets
import PinxitFiles
import PinxitTensors

/// Writes a component of a model folder: its weights, in f16 as they ship, and `config.json`.
///
/// - Parameter file: The weights' name, by default that of transformers and of our own networks.
func writeComponent(
    _ folder: String, _ weights: [String: Tensor], _ configuration: JSONValue,
    file: String = "model.safetensors"
) throws {
    try makeFolder(folder)
    try Checkpoint.save(weights.mapValues { $0.cast(to: .f16) }, to: "\(folder)/\(file)")
    try JSONFile.write(configuration, to: "\(folder)/config.json")
}

/// What tells the weights of a component from others, so that what was made with them is known to be stale.
func weightsIdentity(_ folder: String) throws -> String {
    let weights = try ComponentFolder(path: folder).weightsPath()
    return "\(fnv1a64(String(decoding: try readFile(weights), as: UTF8.self)))"
}
