import PinxitCheckpoints
import PinxitFiles
import PinxitStableDiffusion
import PinxitTensors

/// The folder of a model that has learnt, in the diffusers layout: what stays is copied once from
/// the model it was, what has learnt is written anew.
struct FineTunedFolder {
    /// The model it was.
    let source: any LatentDiffusionSource
    let path: String

    private static let index = "model_index.json"
    private static let usual = "pinxit.json"

    /// - Parameter components: Those that have learnt, each with its weights.
    func write(_ components: [String: [String: Tensor]]) throws {
        // The index is written last: until then the folder is no model.
        if !fileExists(path.path(Self.index)), fileSize(source.path) != nil {
            try ModelConversion(source, type: .f16).writeFolder(path) {
                try writeLearnt(components, to: $0)
            }
            return
        }
        try makeFolder(path)
        try writeLearnt(components, to: path)
        if !fileExists(path.path(Self.index)) { try copyRest(but: Set(components.keys)) }
    }

    private func writeLearnt(
        _ components: [String: [String: Tensor]], to folder: String
    ) throws {
        for (name, weights) in components.sorted(by: { $0.key < $1.key }) {
            let component = try source.component(name)
            guard let configuration = component.config.value else { continue }
            try writeComponent(
                folder.path(name), weights, configuration,
                file: name == "unet" ? .diffusers : .transformers)
        }
    }

    /// Copies the parts that the model's index names, and then the index.
    private func copyRest(but learnt: Set<String>) throws {
        let index = source.path.path(Self.index)
        for part in try JSONFile.read(index).members().map(\.name) {
            // An index from elsewhere may name any place.
            let isName = part.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
            guard isName, !learnt.contains(part), !fileExists(path.path(part)),
                fileExists(source.path.path(part))
            else { continue }
            try copyWholeFolder(source.path.path(part), to: path.path(part))
        }
        for file in [Self.usual, Self.index] where fileExists(source.path.path(file)) {
            try copyFile(source.path.path(file), to: path.path(file))
        }
    }
}
