extension LDMAutoencoder {
    private static let oldNames = [
        ("mid_block.attentions.0.group_norm.", "mid.attn_1.norm."),
        ("mid_block.attentions.0.to_q.", "mid.attn_1.q."),
        ("mid_block.attentions.0.to_k.", "mid.attn_1.k."),
        ("mid_block.attentions.0.to_v.", "mid.attn_1.v."),
        ("mid_block.attentions.0.to_out.0.", "mid.attn_1.proj_out."),
        ("mid_block.resnets.0.", "mid.block_1."), ("mid_block.resnets.1.", "mid.block_2."),
        ("conv_norm_out.", "norm_out."), ("conv_shortcut.", "nin_shortcut."),
    ]

    /// The name of the layout, from diffusers': the other way of ``name(of:)``.
    static func oldName(_ name: String, levels: Int) -> String {
        var old = name
        for (new, former) in oldNames { old = old.replacing(new, with: former) }
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
