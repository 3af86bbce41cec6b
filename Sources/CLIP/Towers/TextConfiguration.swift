import PinxitFiles
import PinxitLayers

/// The sizes of a CLIP text tower, with the keys of transformers' `config.json`.
public struct CLIPTextConfiguration: Sendable, Equatable {
    /// Rows of the table of token embeddings; ids are below it.
    public var vocabularySize: Int
    /// Features of a token's state.
    public var hiddenSize: Int
    /// Features inside the feed-forward nets.
    public var intermediateSize: Int
    /// Transformer layers.
    public var layers: Int
    /// Attention heads; they divide the hidden size.
    public var heads: Int
    /// The most tokens of a text, start and end among them.
    public var maxPositions: Int
    /// Of the feed-forward nets.
    public var activation: Activation
    /// Of all norms, added to the variance.
    public var epsilon: Float
    /// Features of the space shared with pictures; the tower alone does not have the projection.
    public var projectionSize: Int
    /// The id a text begins with.
    public var bosID: Int
    /// The id a text ends with, where ``CLIPTextModel/pooled(_:ids:)`` looks; 2 in early files that
    /// mean the largest id.
    public var eosID: Int
    /// The id behind a text's end. transformers' default is 1, whatever the tokenizer pads with.
    public var padID: Int

    /// - Precondition: the heads divide the hidden size.
    public init(
        vocabularySize: Int, hiddenSize: Int, intermediateSize: Int, layers: Int, heads: Int,
        maxPositions: Int, activation: Activation = .quickGELU, epsilon: Float = 1e-5,
        projectionSize: Int = 512, bosID: Int = 49406, eosID: Int = 49407, padID: Int = 1
    ) {
        self.vocabularySize = vocabularySize
        self.hiddenSize = hiddenSize
        self.intermediateSize = intermediateSize
        self.layers = layers
        self.heads = heads
        self.maxPositions = maxPositions
        self.activation = activation
        self.epsilon = epsilon
        self.projectionSize = projectionSize
        self.bosID = bosID
        self.eosID = eosID
        self.padID = padID
    }

    /// Reads `text_encoder/config.json`, or the `text_config` of a whole CLIP. Defaults are
    /// transformers'.
    ///
    /// - Throws: `FileError` naming a field that is missing, of another type, or not supported.
    public init(_ json: JSONField) throws(FileError) {
        if json["text_config"].exists {
            self = try CLIPTextConfiguration(json["text_config"])
            return
        }
        try self.init(
            vocabularySize: json["vocab_size"].size(or: 49408, in: 1...1_000_000),
            hiddenSize: json["hidden_size"].size(or: 512),
            intermediateSize: json["intermediate_size"].size(or: 2048, in: 1...65536),
            layers: json["num_hidden_layers"].size(or: 12, in: 1...256),
            heads: json["num_attention_heads"].size(or: 8),
            maxPositions: json["max_position_embeddings"].size(or: 77),
            activation: Activation(json["hidden_act"], or: .quickGELU),
            epsilon: Float(json["layer_norm_eps"].positive(or: 1e-5)),
            projectionSize: json["projection_dim"].size(or: 512),
            bosID: json["bos_token_id"].size(or: 49406, in: 0...1_000_000),
            eosID: json["eos_token_id"].size(or: 49407, in: 0...1_000_000),
            padID: json["pad_token_id"].size(or: 1, in: 0...1_000_000))
        try json["num_attention_heads"].requireHeads(heads, of: hiddenSize)
    }
}

extension CLIPTextConfiguration {
    /// The file of a text tower alone as transformers writes it; ``init(_:)`` reads it back.
    public var json: JSONValue {
        let head = [
            JSONMember("architectures", ["CLIPTextModel"]),
            JSONMember("model_type", "clip_text_model"),
        ]
        return .object(head + members + [JSONMember("torch_dtype", "float32")])
    }

    /// The fields as transformers writes them.
    public var members: [JSONMember] {
        [
            JSONMember("vocab_size", .integer(vocabularySize)),
            JSONMember("hidden_size", .integer(hiddenSize)),
            JSONMember("intermediate_size", .integer(intermediateSize)),
            JSONMember("num_hidden_layers", .integer(layers)),
            JSONMember("num_attention_heads", .integer(heads)),
            JSONMember("max_position_embeddings", .integer(maxPositions)),
            JSONMember("hidden_act", .string(activation.rawValue)),
            JSONMember("layer_norm_eps", .number(Double(epsilon))),
            JSONMember("projection_dim", .integer(projectionSize)),
            JSONMember("bos_token_id", .integer(bosID)),
            JSONMember("eos_token_id", .integer(eosID)),
            JSONMember("pad_token_id", .integer(padID)),
        ]
    }
}

extension Activation {
    /// Reads an activation by name.
    init(_ json: JSONField, or standard: Activation) throws(FileError) {
        guard json.exists else {
            self = standard
            return
        }
        let name = try json.string()
        guard let known = Activation(rawValue: name) else {
            throw json.unsupported("\"\(name)\"", Activation.allCases.map(\.rawValue))
        }
        self = known
    }
}
