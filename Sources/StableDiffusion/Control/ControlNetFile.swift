import PinxitCheckpoints
import PinxitFiles
import PinxitTensors

/// A ControlNet in one file, under diffusers' names or those of its first release
/// (`control_model.…`), whose sizes its shapes tell.
package struct ControlNetFile {
    /// The path it was opened at.
    let path: String
    private let file: CheckpointFile
    private let prefix: String
    /// Whether its names are diffusers'.
    package let hasDiffusersNames: Bool

    /// Told by names: no weights are read.
    ///
    /// - Throws: `FileError` for a file that is broken or of another kind, saying which.
    package init(_ path: String) throws(FileError) {
        try self.init(try CheckpointFile(path: path))
    }

    /// The same for a file that is open.
    package init(_ file: CheckpointFile) throws(FileError) {
        (self.file, path) = (file, file.path)
        let keys = Set(file.entries.keys)
        if let other = Self.kin(keys) {
            throw FileError(path: path, problem: "is \(other); a ControlNet is accepted")
        }
        let prefixes = ["", "control_model.", "controlnet."]
        if let found = prefixes.first(where: { keys.contains($0 + Self.mark) }) {
            (prefix, hasDiffusersNames) = (found, true)
        } else if let found = prefixes.first(where: { keys.contains($0 + Self.oldMark) }) {
            (prefix, hasDiffusersNames) = (found, false)
        } else {
            throw FileError(
                path: path, problem: "is \(Self.other(keys, path)); a ControlNet is accepted")
        }
    }

    /// Channels of the levels, each change of them once.
    var levels: [Int] {
        (0..<64).reduce(into: []) { levels, place in
            let key =
                hasDiffusersNames
                ? "down_blocks.\(place).resnets.0.conv1.weight"
                : "input_blocks.\(place).0.in_layers.2.weight"
            guard let width = file.entries[prefix + key]?.shape.first, width != levels.last else {
                return
            }
            levels.append(width)
        }
    }

    private static let mark = "controlnet_cond_embedding.conv_in.weight"
    private static let oldMark = "input_hint_block.0.weight"

    /// Whether a file of such keys is one.
    package static func isNamed(_ keys: some Collection<String>) -> Bool {
        keys.contains { $0.hasSuffix(mark) || $0.hasSuffix(oldMark) }
    }

    /// What is like a ControlNet and none.
    private static func kin(_ keys: Set<String>) -> String? {
        func has(_ part: String) -> Bool { keys.contains { $0.contains(part) } }
        let kinds = [
            ("lora_controlnet", "a Control-LoRA"), ("lllite_", "a ControlNet-LLLite"),
            ("task_embedding", "a ControlNet for several kinds of pictures (Union)"),
            ("control_type_embed", "a ControlNet for several kinds of pictures (Union)"),
            ("controlnet_blocks.", "a ControlNet for FLUX or Stable Diffusion 3"),
        ]
        if let kind = kinds.first(where: { has($0.0) }) { return kind.1 }
        return keys.contains("difference")
            ? "a ControlNet of differences, which needs the model it was taken from" : nil
    }

    private static func other(_ keys: Set<String>, _ path: String) -> String {
        let kind = try? SingleFileKind(keys: keys, file: path)
        return kind?.rawValue ?? SingleFileKind.other(keys) ?? SingleFileKind.unknown(keys)
    }

    /// The configuration, and the weights under diffusers' names.
    ///
    /// - Parameter unet: The U-Net it is for, which has what shapes do not tell.
    func component(
        for unet: UNetConfiguration
    ) throws(FileError) -> (ControlNetConfiguration, Component) {
        var tensors: [String: Tensor] = [:]
        for (key, tensor) in try file.tensors(where: { $0.hasPrefix(prefix) }) {
            tensors[String(key.dropFirst(prefix.count))] = tensor
        }
        if !hasDiffusersNames {
            let network = try LDMUNet(tensors, file: path, isEncoder: true)
            let last = BlockParts(tensors.keys).count("input_hint_block") - 1
            tensors = tensors.named { Self.newName($0, last: last) ?? network.name(of: $0) }
        }
        let shapes = ControlNetShapes(tensors, file: path)
        let configuration = try shapes.configuration(for: unet, isPooled: isPooled)
        return (
            configuration,
            Component(
                name: "controlnet", config: JSONField(file: path, path: "", value: [:]),
                tensors: tensors, file: path)
        )
    }

    /// Only its name tells, as in ComfyUI.
    private var isPooled: Bool { path.lastPathPart.lowercased().contains("shuffle") }

    /// Diffusers' name for what only ControlNets have; nil for the rest.
    ///
    /// - Parameter last: The number of the last layer that sees the picture, 14 in published ones.
    private static func newName(_ key: String, last: Int) -> String? {
        let parts = key.split(separator: ".").map(String.init)
        guard let kind = parts.last else { return nil }
        switch parts[0] {
        case "zero_convs" where parts.count == 4:
            return "controlnet_down_blocks.\(parts[1]).\(kind)"
        case "middle_block_out": return "controlnet_mid_block.\(kind)"
        case "input_hint_block":
            guard parts.count == 3, let number = Int(parts[1]), number >= 0 else { return nil }
            let place = number == 0 ? "conv_in" : number == last ? "conv_out" : nil
            return "controlnet_cond_embedding.\(place ?? "blocks.\(number / 2 - 1)").\(kind)"
        default: return nil
        }
    }
}

/// The sizes of a ControlNet, from the shapes of weights under diffusers' names.
struct ControlNetShapes {
    private let tensors: [String: Tensor]
    private let file: String
    private let parts: BlockParts

    init(_ tensors: [String: Tensor], file: String) {
        (self.tensors, self.file) = (tensors, file)
        parts = BlockParts(tensors.keys)
    }

    /// - Parameter unet: Has what shapes do not tell: heads, groups, how the time is told.
    func configuration(
        for unet: UNetConfiguration, isPooled: Bool
    ) throws(FileError) -> ControlNetConfiguration {
        var own = ControlNetConfiguration(encoder: try encoder(unet))
        let embedding = "controlnet_cond_embedding"
        own.pictureChannels = try dimension("\(embedding).conv_in.weight", 1)
        own.embeddingWidths = [try dimension("\(embedding).conv_in.weight", 0)]
        for i in 0..<parts.count("\(embedding).blocks") / 2 {
            own.embeddingWidths.append(try dimension("\(embedding).blocks.\(2 * i + 1).weight", 0))
        }
        own.isPooled = isPooled
        return own
    }

    private func encoder(_ unet: UNetConfiguration) throws(FileError) -> UNetConfiguration {
        var widths: [Int] = []
        for level in 0..<parts.count("down_blocks") {
            widths.append(try dimension("down_blocks.\(level).resnets.0.conv1.weight", 0))
        }
        guard !widths.isEmpty else {
            throw FileError(path: file, field: "down_blocks", problem: "is missing")
        }
        let levels = widths.map { _ in 0 }.indices
        let key = tensors.keys.filter { $0.hasSuffix(".attn2.to_k.weight") }.min()
        let context = try key.map { key throws(FileError) in try dimension(key, 1) }
        let isAlike = widths == unet.blockOutChannels && context == unet.crossAttentionWidth
        var c = UNetConfiguration(
            // Nobody asks a ControlNet for its own; folders say nothing either.
            sampleSize: 64, inChannels: try dimension("conv_in.weight", 1),
            outChannels: unet.outChannels, blockOutChannels: widths,
            attentionLevels: levels.map { parts.count("down_blocks.\($0).attentions") > 0 },
            layersPerBlock: levels.map { parts.count("down_blocks.\($0).resnets") },
            heads: isAlike ? unet.heads : widths.map { context == 768 ? 8 : max(1, $0 / 64) },
            crossAttentionWidth: context ?? unet.crossAttentionWidth,
            useLinearProjection: tensors.contains {
                $0.key.hasSuffix(".proj_in.weight") && $0.value.rank == 2
            }, normGroups: unet.normGroups, normEpsilon: unet.normEpsilon,
            flipSinToCos: unet.flipSinToCos, frequencyShift: unet.frequencyShift)
        c.transformerLayers = levels.map { level in
            (0..<c.layersPerBlock[level]).map {
                // Configurations say 1 where there is no attention.
                c.attentionLevels[level]
                    ? parts.count("down_blocks.\(level).attentions.\($0).transformer_blocks") : 1
            }
        }
        c.midTransformerLayers = parts.count("mid_block.attentions.0.transformer_blocks")
        c.midBlock =
            parts.count("mid_block.resnets") == 0
            ? .none : parts.count("mid_block.attentions") > 0 ? .crossAttention : .plain
        c.timeEmbeddingWidth = try dimension("time_embedding.linear_1.weight", 0)
        if tensors["add_embedding.linear_1.weight"] != nil {
            c.textTime = .init(
                inputWidth: try dimension("add_embedding.linear_1.weight", 1),
                timeWidth: unet.textTime?.timeWidth ?? 256)
        }
        return c
    }

    private func dimension(_ key: String, _ axis: Int) throws(FileError) -> Int {
        try tensors.dimension(key, axis, file: file)
    }
}
