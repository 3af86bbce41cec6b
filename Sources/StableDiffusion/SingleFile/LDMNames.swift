/// The names of Stable Diffusion's first release, from diffusers': the other way of ``LDMUNet`` and
/// ``LDMAutoencoder``.
enum LDMNames {
    private static let residual = [
        "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
        "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
    ]
    private static let single = [
        "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
        "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
        "time_embedding.cond_proj": "time_embed.cond_proj",
        "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2",
        "class_embedding.linear_1": "label_emb.0.0", "class_embedding.linear_2": "label_emb.0.2",
    ]

    /// - Returns: Nil for a name that is no U-Net's of these sizes.
    static func unet(_ name: String, _ c: UNetConfiguration) -> String? {
        let parts = name.split(separator: ".").map(String.init)
        guard let kind = parts.last else { return nil }
        if let old = single[parts.dropLast().joined(separator: ".")] { return "\(old).\(kind)" }
        let isMiddle = parts[0] == "mid_block"
        let start = isMiddle ? 1 : 2
        guard parts.count > start + 2, let index = Int(parts[start + 1]) else { return nil }
        let what = parts[start]
        var rest = Array(parts[(start + 2)...])
        if what == "resnets" {
            guard let old = residual[rest[0]] else { return nil }
            rest[0] = old
        }
        let inner = rest.joined(separator: ".")
        if isMiddle { return "middle_block.\(what == "resnets" ? 2 * index : 1).\(inner)" }
        guard let block = Int(parts[1]), c.blockOutChannels.indices.contains(block) else {
            return nil
        }
        let place = what == "attentions" ? 1 : 0
        switch parts[0] {
        case "down_blocks":
            let counts = c.layersPerBlock
            let first = 1 + counts[..<block].reduce(0) { $0 + $1 + 1 }
            return what == "downsamplers"
                ? "input_blocks.\(first + counts[block]).0.op.\(kind)"
                : "input_blocks.\(first + index).\(place).\(inner)"
        case "up_blocks":
            let counts = c.layersPerBlock.reversed().map { $0 + 1 }
            let first = counts[..<block].reduce(0, +)
            let attends = c.upAttentionLevels[c.blockOutChannels.count - 1 - block]
            return what == "upsamplers"
                ? "output_blocks.\(first + counts[block] - 1).\(attends ? 2 : 1).conv.\(kind)"
                : "output_blocks.\(first + index).\(place).\(inner)"
        default: return nil
        }
    }

    private static let autoencoderNames = [
        ("mid_block.attentions.0.group_norm.", "mid.attn_1.norm."),
        ("mid_block.attentions.0.to_q.", "mid.attn_1.q."),
        ("mid_block.attentions.0.to_k.", "mid.attn_1.k."),
        ("mid_block.attentions.0.to_v.", "mid.attn_1.v."),
        ("mid_block.attentions.0.to_out.0.", "mid.attn_1.proj_out."),
        ("mid_block.resnets.0.", "mid.block_1."), ("mid_block.resnets.1.", "mid.block_2."),
        ("conv_norm_out.", "norm_out."), ("conv_shortcut.", "nin_shortcut."),
    ]

    static func autoencoder(_ name: String, levels: Int) -> String {
        var old = name
        for (new, former) in autoencoderNames { old = old.replacing(new, with: former) }
        var parts = old.split(separator: ".").map(String.init)
        guard parts.count > 4, parts[1].hasSuffix("_blocks"), let level = Int(parts[2]) else {
            return old
        }
        let isUp = parts[1] == "up_blocks"
        parts[1] = isUp ? "up" : "down"
        if isUp { parts[2] = "\(levels - 1 - level)" }
        if parts[3] == "resnets" {
            parts[3] = "block"
        } else {
            parts[3] = isUp ? "upsample" : "downsample"
            parts.remove(at: 4)
        }
        return parts.joined(separator: ".")
    }
}
