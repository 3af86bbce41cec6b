import PinxitCheckpoints
import PinxitFiles
import PinxitStableDiffusion
import PinxitTensors

/// A file that is no whole model: a U-Net or an autoencoder alone, a ControlNet or a
/// T2I-Adapter, a LoRA or its kin, a learnt word.
struct PartFile {
    let kind: String
    let details: [ModelInspection.Detail]
    /// By the name of the part they belong to.
    let tensors: [(String, [String: Tensor])]
    /// The file they are in.
    let weights: String

    /// Whether a folder is that of a ControlNet or a T2I-Adapter.
    static func isControl(folder: String) -> Bool {
        guard let config = try? JSONFile.read(folder.path("config.json")) else { return false }
        let name = (try? config["_class_name"].string(or: "")) ?? ""
        return ["ControlNetModel", "T2IAdapter"].contains(name)
    }

    /// A file, or the folder of a ControlNet or a T2I-Adapter. Nil for a whole model. On the
    /// engine's thread.
    ///
    /// - Throws: `FileError` for a file of another kind, saying which.
    init?(_ path: String) throws {
        weights = fileSize(path) == nil ? try Component(path: path).weightsPath() : path
        let file = try CheckpointFile(path: weights)
        if let net = try? ControlNetFile(file) {
            kind = "ControlNet"
            details = Self.controlNet(file, net)
            tensors = [("controlnet", try file.tensors())]
            return
        }
        if let adapter = try? T2IAdapterFile(file) {
            kind = "T2I-Adapter"
            details = [
                .init("names", adapter.hasDiffusersNames ? "diffusers" : "the first release"),
                .init("use", "--controlnet, with a picture"),
            ]
            tensors = [("adapter", try file.tensors())]
            return
        }
        let found: SingleFileKind
        do {
            found = try SingleFileKind(keys: Set(file.entries.keys), file: weights)
        } catch {
            guard let (kind, details) = Self.addition(file) else { throw error }
            (self.kind, self.details) = (kind, details)
            tensors = [("weights", try file.tensors())]
            return
        }
        guard !found.isWhole else { return nil }
        kind = found.rawValue
        details = found == .unet ? Self.unet(file) : Self.autoencoder(file)
        tensors = [(found == .unet ? "unet" : "vae", try file.tensors())]
    }

    /// What a model can be given beside its own weights.
    private static func addition(
        _ file: CheckpointFile
    ) -> (kind: String, [ModelInspection.Detail])? {
        if let adapter = try? WeightAdapter(file: file.path) {
            return (adapter.kind, Self.adapter(adapter, file))
        }
        return (try? WordEmbedding(file: file.path)).map { ("textual inversion", word($0)) }
    }

    private static func controlNet(
        _ file: CheckpointFile, _ net: ControlNetFile
    ) -> [ModelInspection.Detail] {
        var details: [ModelInspection.Detail] = []
        let context = file.entries.first { $0.key.hasSuffix("attn2.to_k.weight") }?.value.shape
        if let width = context?.last {
            details.append(.init("family", familyTitle(context: width)))
        }
        details.append(.init("names", net.hasDiffusersNames ? "diffusers" : "the first release"))
        return details + [.init("use", "--controlnet, with a picture")]
    }

    private static func unet(_ file: CheckpointFile) -> [ModelInspection.Detail] {
        var details: [ModelInspection.Detail] = []
        let context = file.entries.first { $0.key.hasSuffix("attn2.to_k.weight") }?.value.shape
        if let width = context?.last {
            details.append(.init("family", familyTitle(context: width)))
        }
        let isNative = file.entries["down_blocks.0.resnets.0.conv1.weight"] != nil
        details.append(.init("names", isNative ? "diffusers" : "the first release"))
        let starts = ["conv_in.weight", "input_blocks.0.0.weight"]
        let first = file.entries.first { entry in starts.contains(where: entry.key.hasSuffix) }
        if let shape = first?.value.shape, shape.count > 1 {
            let uses = [4: "", 8: " (of a picture too)", 9: " (inpainting)"]
            details.append(.init("channels in", "\(shape[1])\(uses[shape[1]] ?? "")"))
            details.append(.init("width", "\(shape[0])"))
        }
        return details
    }

    private static func autoencoder(_ file: CheckpointFile) -> [ModelInspection.Detail] {
        let isTiny = file.entries["decoder.layers.0.weight"] != nil
        let isNative = file.entries["decoder.mid_block.resnets.0.conv1.weight"] != nil
        var details: [ModelInspection.Detail] = [
            .init("family", isTiny ? "tiny (TAESD)" : "Kullback-Leibler (KL)"),
            .init("names", isTiny || isNative ? "diffusers" : "the first release"),
        ]
        let starts = ["decoder.conv_in.weight", "decoder.layers.0.weight"]
        let first = file.entries.first { entry in starts.contains(where: entry.key.hasSuffix) }
        if let shape = first?.value.shape, shape.count > 1 {
            details.append(.init("latent channels", "\(shape[1])"))
            details.append(.init("width", "\(shape[0])"))
        }
        return details
    }

    private static func adapter(
        _ adapter: WeightAdapter, _ file: CheckpointFile
    ) -> [ModelInspection.Detail] {
        var details: [ModelInspection.Detail] = []
        if let family = adapter.familyTitle { details.append(.init("family", family)) }
        details.append(.init("names", WeightAdapter.dialect(ofKeys: file.entries.keys)))
        if let ranks = adapter.ranks { details.append(.init("rank", ranks)) }
        let changes = adapter.moduleCounts.sorted { $0.key < $1.key }.map { name, count in
            "\(count) modules" + (name.isEmpty ? "" : " of \(name)")
        }
        details.append(.init("changes", changes.joined(separator: ", ")))
        let words = adapter.words.map(\.word).joined(separator: ", ")
        if !words.isEmpty { details.append(.init("words", words)) }
        return details
    }

    private static func word(_ word: WordEmbedding) -> [ModelInspection.Detail] {
        let vectors = word.shapes.map { shape in
            let features = shape[-1]
            return "\(shape.count / features) of \(features) features"
        }
        return [
            .init("word", word.word), .init("vectors", vectors.joined(separator: " and ")),
        ]
    }
}
