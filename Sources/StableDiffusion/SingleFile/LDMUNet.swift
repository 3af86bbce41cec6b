import PinxitCheckpoints
import PinxitFiles
import PinxitTensors

/// The U-Net of a checkpoint in the layout of Stable Diffusion's first release ("LDM"): numbered
/// `input_blocks`, `middle_block` and `output_blocks`. Which block is what is read from the keys
/// and shapes, so that distilled and pruned networks are understood too.
///
/// Facts: diffusers `loaders/single_file_utils.py`, `convert_ldm_unet_checkpoint`.
struct LDMUNet {
    /// What a block on the way down or up holds.
    struct Block {
        /// Channels of its residual block's result; nil where it only halves or doubles.
        var width: Int?
        /// Transformer blocks of its attention; nil without one.
        var depth: Int?
        /// Where the convolution lies that halves or doubles.
        var resampling: String?
        /// The level and the place in it.
        var level = 0
        var index = 0
    }

    let file: String
    private let tensors: [String: Tensor]
    let inputs: [Block]
    let outputs: [Block]
    private let levels: Int

    /// - Parameters:
    ///   - tensors: Under the keys of the layout, without a prefix.
    ///   - isEncoder: Whether there is no way up, as in a ControlNet.
    /// - Throws: `FileError` where the blocks are no U-Net's.
    init(
        _ tensors: [String: Tensor], file: String, isEncoder: Bool = false
    ) throws(FileError) {
        self.file = file
        self.tensors = tensors
        let blocks = BlockParts(tensors.keys)
        var inputs = Self.blocks("input_blocks", blocks, tensors)
        var outputs = Self.blocks("output_blocks", blocks, tensors)
        var (level, index) = (0, 0)
        for i in inputs.indices.dropFirst() {
            (inputs[i].level, inputs[i].index) = (level, index)
            if inputs[i].width == nil { (level, index) = (level + 1, 0) } else { index += 1 }
        }
        levels = level + 1
        (level, index) = (level, 0)
        for i in outputs.indices {
            (outputs[i].level, outputs[i].index) = (max(level, 0), index)
            index += 1
            if outputs[i].resampling != nil { (level, index) = (level - 1, 0) }
        }
        guard isEncoder ? outputs.isEmpty : level == 0, inputs.count > 1,
            outputs.allSatisfy({ $0.width != nil })
        else {
            throw FileError(
                path: file,
                problem: "holds blocks that are no U-Net: \(inputs.count) on the way down with "
                    + "\(levels) levels, \(outputs.count) on the way up")
        }
        (self.inputs, self.outputs) = (inputs, outputs)
    }

    private static func blocks(
        _ name: String, _ parts: BlockParts, _ tensors: [String: Tensor]
    ) -> [Block] {
        (0..<parts.count(name)).map { i in
            var block = Block()
            if let conv = tensors["\(name).\(i).0.in_layers.2.weight"], conv.rank > 0 {
                block.width = conv.shape[0]
            }
            let depth = parts.count("\(name).\(i).1.transformer_blocks")
            if depth > 0 { block.depth = depth }
            block.resampling = ["0.op", "1.conv", "2.conv"].first {
                tensors["\(name).\(i).\($0).weight"] != nil
            }
            return block
        }
    }

    /// The sizes, from the shapes.
    ///
    /// - Parameter sampleSize: Of the family; shapes do not tell.
    func configuration(sampleSize: Int) throws(FileError) -> UNetConfiguration {
        let down = (0..<levels).map { level in
            inputs.dropFirst().filter { $0.level == level && $0.width != nil }
        }
        let up = (0..<levels).map { level in outputs.filter { $0.level == level } }
        for level in 0..<levels
        where down[level].isEmpty || up[level].count != down[level].count + 1 {
            throw FileError(
                path: file,
                problem:
                    "level \(level) of the U-Net has \(down[level].count) blocks going down and "
                    + "\(up[level].count) going up; one more going up is accepted")
        }
        let widths = down.map { $0[0].width ?? 0 }
        let first = (down + up).joined().first { $0.depth != nil }
        let context = try first.map { _ throws(FileError) in try contextWidth() } ?? 1
        var c = UNetConfiguration(
            sampleSize: sampleSize, inChannels: try dimension("input_blocks.0.0.weight", 1),
            outChannels: try dimension("out.2.weight", 0), blockOutChannels: widths,
            attentionLevels: down.map { $0.contains { $0.depth != nil } },
            layersPerBlock: down.map(\.count),
            // Stable Diffusion 1 has 8 heads everywhere, later ones heads of 64 features.
            heads: widths.map { context == 768 ? 8 : max(1, $0 / 64) },
            crossAttentionWidth: context, useLinearProjection: usesLinearProjection)
        c.upAttentionLevels = up.map { $0.contains { $0.depth != nil } }
        let middle = BlockParts(tensors.keys)
        let depth = middle.count("middle_block.1.transformer_blocks")
        // Configurations give the middle the depth of the last level, which need not attend.
        c.transformerLayers = down.map { $0.map { $0.depth ?? max(depth, 1) } }
        c.upTransformerLayers = up.map { $0.map { $0.depth ?? max(depth, 1) } }
        c.midTransformerLayers = max(depth, 1)
        guard middle.count("middle_block") > 0 else {
            throw FileError(path: file, field: "middle_block", problem: "is missing")
        }
        c.midBlock = depth > 0 ? .crossAttention : .plain
        c.timeEmbeddingWidth = try dimension("time_embed.0.weight", 0)
        if let added = tensors["label_emb.0.0.weight"], added.rank == 2 {
            // SDXL and its refiner; otherwise unCLIP's picture.
            if context == 2048 || context == 1280 {
                c.textTime = .init(inputWidth: added.shape[1], timeWidth: 256)
            } else {
                c.classEmbeddingWidth = added.shape[1]
            }
        }
        if let guidance = tensors["time_embed.cond_proj.weight"], guidance.rank == 2 {
            c.guidanceWidth = guidance.shape[1]
        }
        return c
    }

    private func contextWidth() throws(FileError) -> Int {
        guard let key = tensors.keys.filter({ $0.hasSuffix(".attn2.to_k.weight") }).min() else {
            throw FileError(path: file, problem: "holds no cross-attention")
        }
        return try dimension(key, 1)
    }

    private var usesLinearProjection: Bool {
        tensors.first { $0.key.hasSuffix(".proj_in.weight") }?.value.rank == 2
    }

    private func dimension(_ key: String, _ axis: Int) throws(FileError) -> Int {
        try tensors.dimension(key, axis, file: file)
    }

    /// The tensors under diffusers' names; keys that are no block's stay as they are.
    var named: [String: Tensor] { tensors.named(by: name) }

    private static let single = [
        "time_embed.0": "time_embedding.linear_1", "time_embed.2": "time_embedding.linear_2",
        "time_embed.cond_proj": "time_embedding.cond_proj", "input_blocks.0.0": "conv_in",
        "out.0": "conv_norm_out", "out.2": "conv_out",
    ]

    private static let residual = [
        "in_layers.0": "norm1", "in_layers.2": "conv1", "emb_layers.1": "time_emb_proj",
        "out_layers.0": "norm2", "out_layers.3": "conv2", "skip_connection": "conv_shortcut",
    ]

    func name(of key: String) -> String {
        let parts = key.split(separator: ".").map(String.init)
        let kind = parts.last ?? ""
        if let name = Self.single[parts.dropLast().joined(separator: ".")] {
            return "\(name).\(kind)"
        }
        if parts.count == 4, parts[0] == "label_emb", parts[1] == "0" {
            let name = isToldSizes ? "add_embedding" : "class_embedding"
            return "\(name).linear_\(parts[2] == "0" ? 1 : 2).\(kind)"
        }
        guard parts.count > 3, let number = Int(parts[1]), number >= 0 else { return key }
        let rest = Array(parts[2...])
        switch parts[0] {
        case "middle_block": return middleName(number, rest) ?? key
        case "input_blocks" where number > 0 && inputs.indices.contains(number):
            let block = inputs[number]
            return name(in: "down_blocks.\(block.level)", block, rest, "downsamplers") ?? key
        case "output_blocks" where outputs.indices.contains(number):
            let block = outputs[number]
            return name(in: "up_blocks.\(levels - 1 - block.level)", block, rest, "upsamplers")
                ?? key
        default: return key
        }
    }

    private func middleName(_ number: Int, _ rest: [String]) -> String? {
        guard number < 3 else { return nil }
        if tensors["middle_block.\(number).in_layers.2.weight"] != nil {
            return Self.joined("mid_block.resnets.\(residuals(before: number))", rest)
        }
        return number == 1 ? Self.joined("mid_block.attentions.0", rest) : nil
    }

    /// Nil for what is no part of a block.
    private func name(
        in level: String, _ block: Block, _ rest: [String], _ resamplers: String
    ) -> String? {
        if let place = block.resampling, "\(rest[0]).\(rest[1])" == place {
            return "\(level).\(resamplers).0.conv.\(rest[rest.count - 1])"
        }
        switch rest[0] {
        case "0" where block.width != nil:
            return Self.joined("\(level).resnets.\(block.index)", Array(rest.dropFirst()))
        case "1" where block.depth != nil:
            return Self.joined("\(level).attentions.\(block.index)", Array(rest.dropFirst()))
        default: return nil
        }
    }

    private func residuals(before number: Int) -> Int {
        (0..<number).filter { tensors["middle_block.\($0).in_layers.2.weight"] != nil }.count
    }

    private var isToldSizes: Bool {
        let widths = tensors.first { $0.key.hasSuffix(".attn2.to_k.weight") }?.value.shape
        return widths.map { $0.dimensions.last == 2048 || $0.dimensions.last == 1280 } ?? false
    }

    /// Residual blocks have other names inside, attention has the same.
    private static func joined(_ place: String, _ inner: [String]) -> String {
        let stem = inner.dropLast().joined(separator: ".")
        guard let name = residual[stem], let kind = inner.last else {
            return ([place] + inner).joined(separator: ".")
        }
        return "\(place).\(name).\(kind)"
    }
}
