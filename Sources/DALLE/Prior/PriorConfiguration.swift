import PinxitFiles

/// The sizes of a ``PriorTransformer``, with the keys of diffusers' `config.json`.
public struct PriorConfiguration: Sendable, Equatable {
    /// Attention heads.
    public var heads: Int
    /// Features of a head.
    public var headSize: Int
    /// Transformer layers.
    public var layers: Int
    /// Features of text embeddings and picture embeddings.
    public var embeddingWidth: Int
    /// Features of text states; in diffusers always those of embeddings.
    public var statesWidth: Int
    /// Tokens of a text at most.
    public var tokens: Int

    /// Features of the transformer's states.
    public var width: Int { heads * headSize }

    /// - Parameter statesWidth: As many as `embeddingWidth` if nil.
    /// - Precondition: `heads * headSize` is even, for the sinusoid of the time.
    public init(
        heads: Int, headSize: Int, layers: Int, embeddingWidth: Int, statesWidth: Int? = nil,
        tokens: Int
    ) {
        self.heads = heads
        self.headSize = headSize
        self.layers = layers
        self.embeddingWidth = embeddingWidth
        self.statesWidth = statesWidth ?? embeddingWidth
        self.tokens = tokens
    }

    /// Reads `prior/config.json`. Absent fields have the values diffusers gives them.
    ///
    /// - Throws: `FileError` naming a field that is of another type or asks for what is not
    ///   supported.
    public init(_ json: JSONField) throws(FileError) {
        let embedding = try json["embedding_dim"].size(or: 768)
        try self.init(
            heads: json["num_attention_heads"].size(or: 32, in: 1...256),
            headSize: json["attention_head_dim"].size(or: 64, in: 1...512),
            layers: json["num_layers"].size(or: 20, in: 1...256),
            embeddingWidth: embedding, statesWidth: json["encoder_hid_dim"].size(or: embedding),
            tokens: json["num_embeddings"].size(or: 77))
        for name in ["norm_in_type", "embedding_proj_norm_type"] { try json[name].requireNull() }
        try json["time_embed_dim"].require(Double(width))
        for name in ["embedding_proj_dim", "clip_embed_dim"] {
            try json[name].require(Double(embeddingWidth))
        }
        try json["additional_embeddings"].require(4)
        try json["time_embed_act_fn"].require("silu", "swish")
        try json["encoder_hid_proj_type"].require("linear")
        try json["added_emb_type"].require("prd")
        guard width % 2 == 0 else {
            throw json["attention_head_dim"].unsupported(
                "\(headSize)", ["an even product with num_attention_heads"])
        }
    }

    /// The configuration as diffusers writes it.
    public var json: JSONValue {
        [
            "_class_name": "PriorTransformer", "num_attention_heads": .integer(heads),
            "attention_head_dim": .integer(headSize), "num_layers": .integer(layers),
            "embedding_dim": .integer(embeddingWidth), "num_embeddings": .integer(tokens),
            "additional_embeddings": 4, "dropout": 0.0,
            "encoder_hid_dim": statesWidth == embeddingWidth ? nil : .integer(statesWidth),
        ]
    }
}
