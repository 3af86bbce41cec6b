import PinxitFiles

extension ComfyGraph {
    /// What the fields of nodes are called, in the order in which the text `workflow` has their
    /// values; "" is one that is only the page's.
    private static let fields: [String: [String]] = [
        "KSampler": ["seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"],
        "KSamplerAdvanced": [
            "add_noise", "noise_seed", "", "steps", "cfg", "sampler_name", "scheduler",
            "start_at_step", "end_at_step", "return_with_leftover_noise",
        ],
        "CLIPTextEncode": ["text"], "CLIPSetLastLayer": ["stop_at_clip_layer"],
        "CheckpointLoaderSimple": ["ckpt_name"], "UNETLoader": ["unet_name"],
        "EmptyLatentImage": ["width", "height", "batch_size"],
        "EmptySD3LatentImage": ["width", "height", "batch_size"],
        "LoraLoader": ["lora_name", "strength_model", "strength_clip"],
        "LoraLoaderModelOnly": ["lora_name", "strength_model"], "VAELoader": ["vae_name"],
        "LatentUpscaleBy": ["upscale_method", "scale_by"],
        "KSamplerSelect": ["sampler_name"], "BasicScheduler": ["scheduler", "steps", "denoise"],
        "RandomNoise": ["noise_seed"],
    ]

    /// Reads the text `workflow`, the graph as the page has it, as far as the nodes are known; nil
    /// for any other JSON.
    init?(workflow json: JSONValue) {
        guard case .array(let nodes)? = json["nodes"], case .array(let list)? = json["links"],
            nodes.count <= 5000, list.count <= 50_000
        else { return nil }
        // A link is [number, node, output, node, input, type].
        var links: [String: JSONValue] = [:]
        for case .array(let link) in list where link.count >= 3 {
            guard let id = link[0].text, let node = link[1].text else { continue }
            links[id] = [.string(node), link[2]]
        }
        self.init(nodes.compactMap { Self.node($0, links) })
    }

    private static func node(_ json: JSONValue, _ links: [String: JSONValue]) -> Node? {
        // Nodes that are muted (2) or passed by (4) do nothing.
        guard let id = json["id"]?.text, let type = json["type"]?.text,
            !["2", "4"].contains(json["mode"]?.text ?? "0")
        else { return nil }
        var inputs: [JSONMember] = []
        if case .array(let list)? = json["inputs"] {
            for input in list {
                guard let name = input["name"]?.text, let link = input["link"]?.text,
                    let source = links[link]
                else { continue }
                inputs.append(JSONMember(name, source))
            }
        }
        if case .array(let values)? = json["widgets_values"] {
            for (name, value) in zip(fields[type] ?? [], values)
            where !name.isEmpty && !inputs.contains(where: { $0.name == name }) {
                inputs.append(JSONMember(name, value))
            }
        }
        return Node(id: id, type: type, inputs: .object(inputs))
    }
}
