import Files
import Layers

/// The sizes of a CLIP text tower, with the keys of transformers' `config.json`.
public struct CLIPTextConfiguration: Sendable, Equatable {
    public var vocabularySize: Int
    public var hiddenSize: Int
    public var intermediateSize: Int
    public var layers: Int
    public var heads: Int
    public var maxPositions: Int
    public var activation: Activation
    public var epsilon: Float
    public var projectionSize: Int
    public var bosID: Int
    public var eosID: Int
    public var padID: Int

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

    /// Reads `text_encoder/config.json`, or the `text_config` of a whole CLIP. Defaults are transformers'.
    ///
    /// - Throws: `FileError` naming a field that is missing, of another type, or not supported.
    public init(_ json: JSONField) throws(FileError) {
        try self.init(
            vocabularySize: json["vocab_size"].int(or: 49408),
            hiddenSize: json["hidden_size"].int(or: 512),
            intermediateSize: json["intermediate_size"].int(or: 2048),
            layers: json["num_hidden_layers"].int(or: 12),
            heads: json["num_attention_heads"].int(or: 8),
            maxPositions: json["max_position_embeddings"].int(or: 77),
            activation: Activation(json["hidden_act"], or: .quickGELU),
            epsilon: Float(json["layer_norm_eps"].double(or: 1e-5)),
            projectionSize: json["projection_dim"].int(or: 512),
            bosID: json["bos_token_id"].int(or: 49406), eosID: json["eos_token_id"].int(or: 49407),
            padID: json["pad_token_id"].int(or: 1))
        for (field, value) in [
            ("vocab_size", vocabularySize), ("hidden_size", hiddenSize),
            ("intermediate_size", intermediateSize), ("num_hidden_layers", layers),
            ("num_attention_heads", heads), ("max_position_embeddings", maxPositions),
        ] where value < 1 { throw json[field].error("a positive number") }
        guard hiddenSize % heads == 0 else {
            throw json["num_attention_heads"].error("a divisor of hidden_size (\(hiddenSize))")
        }
    }
}

extension Activation {
    /// Reads an activation by name.
    init(_ json: JSONField, or standard: Activation) throws(FileError) {
        guard json.exists else {
            self = standard
            return
        }
        guard let known = Activation(rawValue: try json.string()) else {
            throw json.error(Activation.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self = known
    }
}
