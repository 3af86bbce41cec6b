import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

// Legend: B batch, T tokens of a caption, N tokens of a picture, D width, V vocabulary.

/// The second half of DALL·E (Ramesh et al. 2021): one transformer that foretells the tokens of a
/// caption and then those of its picture, each from all before it.
public struct TokenTransformer: Sendable {
    /// The sizes it was made with.
    public let configuration: TokenTransformerConfiguration
    let text: Embedding
    let textPositions: Embedding
    let picture: Embedding
    let rows: Embedding
    let columns: Embedding
    let layers: [CausalLayer]
    let finalNorm: LayerNorm
    let textHead: Linear
    let pictureHead: Linear

    /// - Precondition: the heads divide the width.
    public init(_ w: Weights, _ c: TokenTransformerConfiguration) {
        configuration = c
        text = Embedding(w("text_embedding"), c.textVocabulary, c.width)
        textPositions = Embedding(w("text_positions"), c.textLength, c.width)
        picture = Embedding(w("picture_embedding"), c.pictureVocabulary, c.width)
        rows = Embedding(w("row_positions"), c.side, c.width)
        columns = Embedding(w("column_positions"), c.side, c.width)
        layers = (0..<c.layers).map { CausalLayer(w("layers")($0), c) }
        finalNorm = LayerNorm(w("final_norm"), c.width)
        textHead = Linear(
            w("text_head"), c.width, c.textVocabulary, initialiser: .normal(0.02))
        pictureHead = Linear(
            w("picture_head"), c.width, c.pictureVocabulary, initialiser: .normal(0.02))
    }

    /// Logits of every token but the first, which is always the same.
    ///
    /// - Parameters:
    ///   - caption: `[batch, textLength]` in `i32`.
    ///   - tokens: `[batch, pictureLength]` in `i32`.
    /// - Returns: `[batch, textLength - 1, V]` and `[batch, pictureLength, V]`, of the vocabularies
    ///   of text and pictures; and the caption's states half-way up the layers,
    ///   `[batch, textLength, width]`, where pictures can still ask them.
    public func callAsFunction(caption: Tensor, tokens: Tensor, type: ElementType = .f32) -> (
        text: Tensor, picture: Tensor, states: Tensor
    ) {
        let (t, n) = (caption.shape[1], tokens.shape[1])
        var x = embedded(caption: caption, type: type)
        if n > 1 {
            let known = tokens.sliced(axis: 1, 0..<n - 1)
            x = concatenate([x, embedded(tokens: known, from: 0, type: type)], axis: 1)
        }
        let half = layers.count / 2
        for layer in layers[..<half] { x = layer(x) }
        let halfway = x.sliced(axis: 1, 0..<t)
        for layer in layers[half...] { x = layer(x) }
        let states = finalNorm(x)
        return (
            textHead(states.sliced(axis: 1, 0..<t - 1)),
            pictureHead(states.sliced(axis: 1, t - 1..<t + n - 1)), halfway
        )
    }

    func embedded(caption: Tensor, type: ElementType) -> Tensor {
        precondition(
            caption.shape[1] == configuration.textLength,
            "captions of \(configuration.textLength) tokens expected, found \(caption)")
        let places = Tensor((0..<caption.shape[1]).map(Int32.init), shape: [caption.shape[1]])
        return text(caption, type: type) + textPositions(places, type: type)
    }

    /// Picture tokens `[batch, count]` of which the first is number `first` of the picture.
    func embedded(tokens: Tensor, from first: Int, type: ElementType) -> Tensor {
        let places = (first..<first + tokens.shape[1]).map { Int32($0) }
        let side = Int32(configuration.side)
        func at(_ table: Embedding, _ place: (Int32) -> Int32) -> Tensor {
            table(Tensor(places.map(place), shape: [places.count]), type: type)
        }
        return picture(tokens, type: type) + (at(rows) { $0 / side } + at(columns) { $0 % side })
    }

    // MARK: One after the other

    /// What a picture's tokens are drawn from, one after the other.
    public final class Sequence {
        fileprivate let caches: [KeyValueCache]
        /// Picture tokens known so far.
        public fileprivate(set) var count: Int
        /// Logits of the next token, `[batch, V]`.
        public fileprivate(set) var logits: Tensor
        fileprivate let type: ElementType

        fileprivate init(caches: [KeyValueCache], count: Int, logits: Tensor, type: ElementType) {
            (self.caches, self.count, self.logits, self.type) = (caches, count, logits, type)
        }

        /// Each sample that many times in a row.
        public func repeated(_ times: Int) -> Sequence {
            guard times > 1 else { return self }
            let rows = (0..<logits.shape[0] * times).map { Int32($0 / times) }
            return Sequence(
                caches: caches.map { $0.repeated(times) }, count: count,
                logits: embedding(logits, Tensor(rows, shape: [rows.count]), type: logits.type),
                type: type)
        }
    }

    /// Reads captions `[batch, textLength]` and the tokens that pictures begin with,
    /// `[batch, count]`, if any.
    public func begin(caption: Tensor, tokens: Tensor? = nil, type: ElementType = .f32) -> Sequence
    {
        let batch = caption.shape[0]
        var x = embedded(caption: caption, type: type)
        if let tokens {
            x = concatenate([x, embedded(tokens: tokens, from: 0, type: type)], axis: 1)
        }
        let capacity = configuration.textLength + configuration.pictureLength - 1
        let caches = layers.map { _ in
            KeyValueCache(
                batch: batch, capacity: capacity, width: configuration.width, type: type)
        }
        for (layer, cache) in zip(layers, caches) { x = layer(x, cache) }
        let last = x.sliced(axis: 1, x.shape[1] - 1..<x.shape[1]).reshaped([batch, -1])
        return Sequence(
            caches: caches, count: tokens?.shape[1] ?? 0, logits: pictureHead(finalNorm(last)),
            type: type)
    }

    /// Takes in the next token of each picture.
    public func advance(_ sequence: Sequence, _ tokens: [Int32]) {
        if tokens.count <= Self.fewRows {
            Engine.alone { advanceAll(sequence, tokens) }
        } else {
            advanceAll(sequence, tokens)
        }
    }

    /// Rows up to which the products of a step are too small to be shared among threads.
    private static let fewRows = 16

    private func advanceAll(_ sequence: Sequence, _ tokens: [Int32]) {
        let ids = Tensor(tokens, shape: [tokens.count, 1])
        var x = embedded(tokens: ids, from: sequence.count, type: sequence.type)
        for (layer, cache) in zip(layers, sequence.caches) { x = layer(x, cache) }
        sequence.count += 1
        sequence.logits = pictureHead(finalNorm(x.reshaped([tokens.count, -1])))
    }

    /// Loads the `transformer/` folder of a model.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    public static func load(
        folder: String, _ options: LoadOptions = LoadOptions()
    ) throws(FileError) -> TokenTransformer {
        let folder = try Component(path: folder)
        let configuration = try TokenTransformerConfiguration(folder.config)
        return try folder.model(options) { TokenTransformer($0, configuration) }
    }
}
