import PinxitCheckpoints
import PinxitFiles
import PinxitTensors

/// An autoencoder in the layout of Stable Diffusion's first release: `encoder.down.N.block.M`,
/// `decoder.up.N.block.M`, with the levels of both counted from the largest map.
///
/// Facts: diffusers `loaders/single_file_utils.py`, `convert_ldm_vae_checkpoint`.
struct LDMAutoencoder {
    let file: String
    private let tensors: [String: Tensor]
    private let parts: BlockParts
    private let levels: Int

    /// - Parameter tensors: Under the keys of the layout, without a prefix.
    init(_ tensors: [String: Tensor], file: String) throws(FileError) {
        self.file = file
        self.tensors = tensors
        parts = BlockParts(tensors.keys)
        levels = parts.count("decoder.up")
        guard levels > 0 else {
            throw FileError(path: file, problem: "holds no decoder of an autoencoder")
        }
    }

    /// The sizes, from the shapes.
    func configuration(
        scalingFactor: Float, sampleSize: Int
    ) throws(FileError) -> AutoencoderKLConfiguration {
        var c = AutoencoderKLConfiguration()
        var widths: [Int] = []
        for level in 0..<levels {
            widths.append(try dimension("decoder.up.\(level).block.0.conv1.weight", 0))
        }
        c.blockOutChannels = widths
        c.layersPerBlock = max(1, parts.count("decoder.up.0.block") - 1)
        c.latentChannels = try dimension("decoder.conv_in.weight", 1)
        c.inChannels = try dimension("encoder.conv_in.weight", 1)
        c.outChannels = try dimension("decoder.conv_out.weight", 0)
        c.scalingFactor = scalingFactor
        c.sampleSize = sampleSize
        return c
    }

    private func dimension(_ key: String, _ axis: Int) throws(FileError) -> Int {
        try tensors.dimension(key, axis, file: file)
    }

    /// The tensors under diffusers' names; other keys stay as they are.
    var named: [String: Tensor] { tensors.named(by: name) }

    private static let attention = [
        "norm": "group_norm", "q": "to_q", "k": "to_k", "v": "to_v", "proj_out": "to_out.0",
    ]

    func name(of key: String) -> String {
        let parts = key.split(separator: ".").map(String.init)
        guard parts.count > 2, ["encoder", "decoder"].contains(parts[0]) else { return key }
        let (side, kind) = (parts[0], parts[parts.count - 1])
        switch parts[1] {
        case "norm_out": return "\(side).conv_norm_out.\(kind)"
        case "mid" where parts.count > 4:
            if parts[2] == "attn_1", let name = Self.attention[parts[3]] {
                return "\(side).mid_block.attentions.0.\(name).\(kind)"
            }
            guard let number = parts[2].last?.wholeNumberValue, parts[2].hasPrefix("block_") else {
                return key
            }
            return "\(side).mid_block.resnets.\(number - 1).\(Self.residual(parts[3])).\(kind)"
        case "down", "up":
            guard parts.count > 4, let level = Int(parts[2]), (0..<levels).contains(level) else {
                return key
            }
            let place =
                parts[1] == "down" ? "down_blocks.\(level)" : "up_blocks.\(levels - 1 - level)"
            switch parts[3] {
            case "downsample": return "\(side).\(place).downsamplers.0.conv.\(kind)"
            case "upsample": return "\(side).\(place).upsamplers.0.conv.\(kind)"
            case "block" where parts.count > 6:
                return "\(side).\(place).resnets.\(parts[4]).\(Self.residual(parts[5])).\(kind)"
            default: return key
            }
        default: return key
        }
    }

    private static func residual(_ name: String) -> String {
        name == "nin_shortcut" ? "conv_shortcut" : name
    }
}
