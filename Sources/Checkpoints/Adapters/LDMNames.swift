/// What the original Stable Diffusion code calls a U-Net's modules, worked out from the names
/// diffusers gives them: `down_blocks.1.attentions.0` is `input_blocks.4.1`.
///
/// The arithmetic follows the blocks that are there, not a family's usual ones.
public struct LDMNames: Sendable {
    /// Of each down block, the number of its first input block.
    private let inputStarts: [Int]
    /// Of each up block, the number of its first output block.
    private let outputStarts: [Int]
    /// Residual blocks of each down and each up block.
    private let downCounts: [Int]
    private let upCounts: [Int]
    private let attendingUps: Set<Int>

    /// - Parameter names: All parameters of the U-Net, as diffusers names them.
    public init(_ names: some Sequence<String>) {
        var (downs, ups): ([Int: Int], [Int: Int]) = ([:], [:])
        var (samplers, attending): (Set<Int>, Set<Int>) = ([], [])
        for name in names {
            let parts = name.split(separator: ".")
            guard parts.count > 4, let block = Int(parts[1]), let layer = Int(parts[3]) else {
                continue
            }
            switch (parts[0], parts[2]) {
            case ("down_blocks", "resnets"): downs[block] = max(downs[block] ?? 0, layer + 1)
            case ("down_blocks", "downsamplers"): samplers.insert(block)
            case ("up_blocks", "resnets"): ups[block] = max(ups[block] ?? 0, layer + 1)
            case ("up_blocks", "attentions"): attending.insert(block)
            default: break
            }
        }
        func counts(_ found: [Int: Int]) -> [Int] {
            (0..<((found.keys.max() ?? -1) + 1)).map { found[$0] ?? 0 }
        }
        (downCounts, upCounts, attendingUps) = (counts(downs), counts(ups), attending)
        var next = 1
        inputStarts = downCounts.enumerated().map { block, count in
            defer { next += count + (samplers.contains(block) ? 1 : 0) }
            return next
        }
        next = 0
        outputStarts = upCounts.map { count in
            defer { next += count }
            return next
        }
    }

    /// The original name of a parameter, `input_blocks.0.0.weight`; nil for one that has none.
    public func parameter(_ name: String) -> String? {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        return self.name(of: String(name[..<dot])).map { $0 + name[dot...] }
    }

    /// The original name of a module; nil for one that has none.
    public func name(of path: String) -> String? {
        let parts = path.split(separator: ".").map(String.init)
        switch parts.first {
        case "down_blocks", "up_blocks": return block(parts)
        case "mid_block":
            guard parts.count > 3, let layer = Int(parts[2]) else { return nil }
            let isAttention = parts[1] == "attentions"
            return joined("middle_block.\(isAttention ? 2 * layer + 1 : 2 * layer)", parts[3...])
        default: return Self.outer[path]
        }
    }

    private func block(_ parts: [String]) -> String? {
        guard parts.count > 4, let block = Int(parts[1]), let layer = Int(parts[3]) else {
            return nil
        }
        let isDown = parts[0] == "down_blocks"
        guard (isDown ? downCounts : upCounts).indices.contains(block) else { return nil }
        let (prefix, start, count) =
            isDown
            ? ("input_blocks", inputStarts[block], downCounts[block])
            : ("output_blocks", outputStarts[block], upCounts[block])
        switch parts[2] {
        case "resnets": return joined("\(prefix).\(start + layer).0", parts[4...])
        case "attentions": return joined("\(prefix).\(start + layer).1", parts[4...])
        case "downsamplers": return "\(prefix).\(start + count).0.op"
        case "upsamplers":
            let place = attendingUps.contains(block) ? 2 : 1
            return "\(prefix).\(start + count - 1).\(place).conv"
        default: return nil
        }
    }

    private func joined(_ prefix: String, _ rest: ArraySlice<String>) -> String {
        let inner = rest.joined(separator: ".")
        return "\(prefix).\(Self.ofResnets[inner] ?? inner)"
    }

    private static let ofResnets = [
        "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
        "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
    ]

    private static let outer = [
        "conv_in": "input_blocks.0.0", "time_embedding.linear_1": "time_embed.0",
        "time_embedding.linear_2": "time_embed.2",
        "time_embedding.cond_proj": "time_embed.cond_proj",
        "add_embedding.linear_1": "label_emb.0.0",
        "add_embedding.linear_2": "label_emb.0.2", "class_embedding.linear_1": "label_emb.0.0",
        "class_embedding.linear_2": "label_emb.0.2", "conv_norm_out": "out.0", "conv_out": "out.2",
    ]
}
