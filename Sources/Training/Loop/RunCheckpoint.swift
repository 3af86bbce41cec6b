import FoundationEssentials
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

/// Everything a run needs to go on as if it had never stopped: weights, averages, both moments, the
/// step, and the configuration it belongs to.
///
/// Random streams and the position in the data follow from seed and step, so they need no state of
/// their own.
struct RunCheckpoint {
    var step: Int
    var seconds: Double
    var configuration: String

    static let fileName = "checkpoint.safetensors"

    /// Writes the file, complete or not at all.
    func save(_ optimiser: AdamW, _ average: Average, _ task: any PhasedTask, to folder: String)
        throws
    {
        var tensors: [String: Tensor] = [:]
        for (index, parameter) in task.parameters.enumerated() {
            tensors["weights/\(parameter.name)"] = parameter.tensor.detached
            tensors["average/\(parameter.name)"] = average.tensors[index]
            tensors["first/\(parameter.name)"] = optimiser.first[index]
            tensors["second/\(parameter.name)"] = optimiser.second[index]
        }
        try Checkpoint.save(
            tensors, to: "\(folder)/\(Self.fileName)",
            metadata: [
                "step": "\(step)", "seconds": "\(seconds)", "configuration": configuration,
            ])
    }

    /// Reads the file into the given state, or returns nil if there is none.
    ///
    /// - Parameter acceptingOther: Whether the configuration may be another one.
    /// - Throws: ``ChangedConfiguration`` if it is, `FileError` if the file belongs to another
    ///   model.
    static func restore(
        _ optimiser: AdamW, _ average: Average, _ task: any PhasedTask, from folder: String,
        configuration: String, acceptingOther: Bool
    ) throws -> RunCheckpoint? {
        let path = "\(folder)/\(fileName)"
        guard fileExists(path) else { return nil }
        let file = try SafetensorsFile(path: path)
        let metadata = file.metadata
        guard let step = metadata["step"].flatMap({ Int($0) }),
            let seconds = metadata["seconds"].flatMap({ Double($0) }),
            let earlier = metadata["configuration"]
        else {
            throw FileError(
                path: path, field: "__metadata__", problem: "is no checkpoint of a training run")
        }
        guard earlier == configuration || acceptingOther else {
            throw ChangedConfiguration(checkpoint: path)
        }
        let tensors = try file.tensors()
        func copy(_ name: String, into target: Tensor) throws {
            guard let source = tensors[name], source.shape == target.shape,
                source.type == target.type
            else {
                throw FileError(
                    path: path, field: name,
                    problem: "is missing or not \(target.type) of shape \(target.shape)")
            }
            target.overwrite(with: source)
        }
        for (index, parameter) in task.parameters.enumerated() {
            // What another configuration adds starts as it would have at the beginning.
            if acceptingOther && tensors["weights/\(parameter.name)"] == nil { continue }
            try copy("weights/\(parameter.name)", into: parameter.tensor)
            try copy("average/\(parameter.name)", into: average.tensors[index])
            try copy("first/\(parameter.name)", into: optimiser.first[index])
            try copy("second/\(parameter.name)", into: optimiser.second[index])
        }
        return RunCheckpoint(step: step, seconds: seconds, configuration: earlier)
    }
}

/// A run that was to go on from a checkpoint of another configuration.
public struct ChangedConfiguration: Error, Equatable, CustomStringConvertible {
    /// The checkpoint's path.
    public let checkpoint: String

    /// What is wrong and what would be accepted, in one line.
    public var description: String {
        "\(checkpoint): configuration: was saved under another configuration; accepted: that one, "
            + "another run folder, or acceptingChanges to go on under the new one"
    }
}

extension ChangedConfiguration: LocalizedError {
    public var errorDescription: String? { description }
}
