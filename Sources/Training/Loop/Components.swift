import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

/// What the weights of a component of a model folder are called.
enum WeightsFile: String {
    /// In components of transformers, and in those that are only ours.
    case transformers = "model.safetensors"
    /// In components of diffusers.
    case diffusers = "diffusion_pytorch_model.safetensors"
}

/// Writes a component of a model folder: its weights, in f16 as they ship, and `config.json`.
func writeComponent(
    _ folder: String, _ weights: [String: Tensor], _ configuration: JSONValue,
    file: WeightsFile = .transformers
) throws {
    try makeFolder(folder)
    try Checkpoint.save(
        weights.mapValues { $0.cast(to: .f16) }, to: "\(folder)/\(file.rawValue)")
    try JSONFile.write(configuration, to: "\(folder)/config.json")
}

/// Writes `pinxit.json`, what is usual for a model; what one that is there says besides stays.
///
/// - Parameter more: What only models of this kind have.
func writeUsualSettings(
    _ folder: String, guidanceScale: Float, steps: Int? = nil, _ more: [JSONMember] = []
) throws {
    let file = folder.path("pinxit.json")
    // By its decimal digits: 3.3 is to stay 3.3.
    var members = [JSONMember("guidance_scale", .number(Double("\(guidanceScale)") ?? 0))]
    if let steps { members.append(JSONMember("steps", .integer(steps))) }
    var settings: JSONValue = .object([])
    if fileExists(file) {
        let json = try JSONFile.read(file)
        _ = try json.members()
        settings = json.value ?? settings
    }
    for member in members + more { settings = settings.setting(member.name, member.value) }
    try JSONFile.write(settings, to: file)
}

extension ParameterStore {
    /// The parameters by name, without their tape but on the same storage: an update of the one is
    /// seen in the other.
    var weights: [String: Tensor] {
        Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.tensor.detached) })
    }

    /// Those of a task's weights that are this store's.
    func own(among weights: [String: Tensor]) -> [String: Tensor] {
        let names = Set(parameters.map(\.name))
        return weights.filter { names.contains($0.key) }
    }
}
