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
    /// The smoothed loss that the run shows; nil before its first step.
    var smoothedLoss: Float?
    /// See ``PhasedTask/remembered``.
    var remembered: [String: Float]

    init(
        step: Int, seconds: Double, configuration: String, smoothedLoss: Float? = nil,
        remembered: [String: Float] = [:]
    ) {
        (self.step, self.seconds, self.configuration) = (step, seconds, configuration)
        (self.smoothedLoss, self.remembered) = (smoothedLoss, remembered)
    }

    static let fileName = "checkpoint.safetensors"

    private var metadata: [String: String] {
        var strings = [
            "step": "\(step)", "seconds": "\(seconds)", "configuration": configuration,
        ]
        if let smoothedLoss { strings["smoothed_loss"] = "\(smoothedLoss)" }
        if !remembered.isEmpty {
            strings["remembered"] = remembered.sorted { $0.key < $1.key }
                .map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        }
        return strings
    }

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
        var metadata = metadata
        metadata[CheckpointHash.key] = CheckpointHash.of(tensors, metadata)
        try Checkpoint.save(tensors, to: "\(folder)/\(Self.fileName)", metadata: metadata)
    }

    /// Reads the file into the given state, or returns nil if there is none.
    ///
    /// - Parameters:
    ///   - standards: The values of settings that a configuration does not have.
    ///   - acceptingOther: Whether the configuration may be another one.
    /// - Throws: ``ChangedConfiguration`` if it is and that matters, `FileError` if the file is
    ///   damaged or belongs to another model.
    static func restore(
        _ optimiser: AdamW, _ average: Average, _ task: any PhasedTask, from folder: String,
        configuration: String, standards: [String: JSONValue] = [:], acceptingOther: Bool
    ) throws -> RunCheckpoint? {
        let path = "\(folder)/\(fileName)"
        guard fileExists(path) else { return nil }
        let file = try SafetensorsFile(path: path)
        let found = try RunCheckpoint(file)
        try CheckpointHash.check(file)
        if !acceptingOther {
            let changes = RecipeChanges.between(
                found.configuration, configuration, standards: standards)
            guard changes == [] else {
                throw ChangedConfiguration(checkpoint: path, differences: changes ?? [])
            }
        }
        let tensors = try file.tensors()
        guard
            !acceptingOther
                || task.parameters.contains(where: { tensors["weights/\($0.name)"] != nil })
        else {
            throw FileError(
                path: path,
                problem:
                    "has none of the weights that learn here: it is of another stage or model; "
                    + "accepted: another run folder (option: --run)")
        }
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
        return found
    }

    private init(_ file: SafetensorsFile) throws(FileError) {
        let metadata = file.metadata
        guard let step = metadata["step"].flatMap({ Int($0) }),
            let seconds = metadata["seconds"].flatMap({ Double($0) }),
            let configuration = metadata["configuration"]
        else {
            throw FileError(
                path: file.path, field: "__metadata__",
                problem: "is no checkpoint of a training run")
        }
        guard (0...1_000_000_000).contains(step), seconds >= 0, seconds.isFinite else {
            throw FileError(
                path: file.path, field: "__metadata__",
                problem: "step \(step) after \(seconds) seconds is out of range; accepted: steps "
                    + "from 0 to 1000000000")
        }
        (self.step, self.seconds, self.configuration) = (step, seconds, configuration)
        smoothedLoss = metadata["smoothed_loss"].flatMap { Float($0) }
        let pairs = (metadata["remembered"] ?? "").split(separator: " ").compactMap { pair in
            let parts = pair.split(separator: "=")
            return parts.count == 2 ? Float(parts[1]).map { (String(parts[0]), $0) } : nil
        }
        remembered = Dictionary(pairs) { $1 }
    }
}
