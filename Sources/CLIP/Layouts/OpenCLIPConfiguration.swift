import PinxitFiles
import PinxitImages
import PinxitLayers

/// The sizes of a CLIP as OpenCLIP publishes them, `open_clip_config.json`.
struct OpenCLIPConfiguration {
    let text: CLIPTextConfiguration
    let vision: CLIPVisionConfiguration
    let projectionSize: Int
    let preprocessing: PicturePreprocessing

    /// - Throws: `FileError` naming a field that is missing, of another type, or not supported.
    init(_ json: JSONField) throws(FileError) {
        let model = json["model_cfg"]
        _ = try model.members()
        projectionSize = try model["embed_dim"].size(or: 512)
        let activation: Activation =
            try model["quick_gelu"].bool(or: false) ? .quickGELU : .gelu
        text = try Self.text(model["text_cfg"], activation, projectionSize)
        vision = try Self.vision(model["vision_cfg"], activation)
        preprocessing = try PicturePreprocessing(
            openCLIP: json["preprocess_cfg"], side: vision.imageSize)
    }

    private static func text(_ json: JSONField, _ activation: Activation, _ projection: Int)
        throws(FileError) -> CLIPTextConfiguration
    {
        _ = try json.members()
        for name in ["hf_model_name", "hf_tokenizer_name", "norm_kwargs", "act_kwargs"] {
            try json[name].requireNull()
        }
        try json["pool_type"].require("argmax")
        for name in ["embed_cls", "no_causal_mask", "proj_bias"] { try json[name].require(false) }
        let width = try json["width"].size(or: 512)
        let heads = try json["heads"].size(or: 8)
        try json["heads"].requireHeads(heads, of: width)
        let vocabulary = try json["vocab_size"].size(or: 49408, in: 2...1_000_000)
        return CLIPTextConfiguration(
            vocabularySize: vocabulary, hiddenSize: width,
            intermediateSize: try inner(json, width),
            layers: try json["layers"].size(or: 12, in: 1...256), heads: heads,
            maxPositions: try json["context_length"].size(or: 77), activation: activation,
            projectionSize: projection, bosID: vocabulary - 2, eosID: vocabulary - 1, padID: 0)
    }

    private static func vision(_ json: JSONField, _ activation: Activation) throws(FileError)
        -> CLIPVisionConfiguration
    {
        _ = try json.members()
        for name in ["timm_model_name", "ls_init_value", "norm_kwargs", "act_kwargs"] {
            try json[name].requireNull()
        }
        try json["pool_type"].require("tok")
        try json["pos_embed_type"].require("learnable")
        for name in ["attentional_pool", "no_ln_pre", "final_ln_after_pool", "global_average_pool"]
        {
            try json[name].require(false)
        }
        var c = CLIPVisionConfiguration()
        c.hiddenSize = try json["width"].size(or: 768)
        let head = try json["head_width"].size(or: 64, in: 1...512)
        guard c.hiddenSize % head == 0 else {
            throw json["head_width"].unsupported("\(head)", ["a divisor of \(c.hiddenSize)"])
        }
        c.heads = c.hiddenSize / head
        c.intermediateSize = try inner(json, c.hiddenSize)
        if case .array = json["layers"].value {
            throw json["layers"].unsupported(
                "a list (a residual network)", ["a number (a vision transformer)"])
        }
        c.layers = try json["layers"].size(or: 12, in: 1...256)
        c.imageSize = try json["image_size"].size(or: 224, in: 1...4096)
        c.patchSize = try json["patch_size"].size(or: 16, in: 1...4096)
        guard c.patchSize <= c.imageSize else {
            throw json["patch_size"].unsupported(
                "\(c.patchSize)", ["at most image_size (\(c.imageSize))"])
        }
        c.activation = activation
        return c
    }

    private static func inner(_ json: JSONField, _ width: Int) throws(FileError) -> Int {
        let ratio = try json["mlp_ratio"].positive(or: 4)
        guard ratio <= 64, Int(Double(width) * ratio) > 0 else {
            throw json["mlp_ratio"].unsupported("\(ratio)", ["at most 64"])
        }
        return Int(Double(width) * ratio)
    }
}
