import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitTensors
import PinxitTestSupport

/// The three tiny pipelines of the fixtures: Stable Diffusion 1's and 2's choices, and our own.
let pipelines = ["tiny-sd1", "tiny-sd2", "tiny-pinxit"]

/// The folder of a component of a fixture.
func folder(_ pipeline: String, _ component: String) -> String {
    Fixture.path("\(pipeline)/\(component)")
}

extension Tensor {
    /// PyTorch's `[batch, channels, height, width]` as `[batch, height, width, channels]`.
    var channelsLast: Tensor { permuted([0, 2, 3, 1]) }
    /// The other way round.
    var channelsFirst: Tensor { permuted([0, 3, 1, 2]) }
}

/// How far a network in bf16 may be from the same in f32, in units of the largest element: each of
/// about thirty layers rounds to 8 bits, errors add up as in a random walk, 2⁻⁹ √30 ≈ 1 %, and the
/// largest of some hundred errors is about four times the usual one.
let bf16Bound: Float = 0.04

extension JSONField {
    /// The same object with another value for one member.
    func replacing(_ name: String, with value: JSONValue) -> JSONField {
        guard case .object(var members) = self.value else { return self }
        members.removeAll { $0.name == name }
        members.append(JSONMember(name, value))
        return JSONField(file: file, path: path, value: .object(members))
    }
}

/// A component's folder that disappears with the value.
final class TemporaryComponent {
    let path =
        "\(FileManager.default.temporaryDirectory.path)/component-\(UInt64.random(in: 0 ... .max))/"

    init(config: JSONValue) throws {
        try makeFolder(path)
        try JSONFile.write(config, to: path + "config.json")
    }

    /// A copy with other names or tensors.
    convenience init(
        copying folder: String, _ change: (String, Tensor) -> (String, Tensor)
    ) throws {
        let original = try Component(path: folder)
        try self.init(config: original.config.value ?? .null)
        let changed = try original.tensors().map { change($0.key, $0.value) }
        try save(Dictionary(uniqueKeysWithValues: changed))
    }

    func save(_ tensors: [String: Tensor]) throws {
        try Checkpoint.save(tensors, to: path + "diffusion_pytorch_model.safetensors")
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
