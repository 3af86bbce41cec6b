import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

// Legend: B batch, T tokens, E features of embeddings, W features of the transformer.

/// The prior of DALL·E 2 (Ramesh et al. 2022, "unCLIP"): from a text to the CLIP embedding of a
/// picture of it, by diffusion.
///
/// A causal transformer over the text's states, its embedding, the time, the noisy picture
/// embedding and a query, whose state becomes the prediction. Source: diffusers
/// `models/transformers/prior_transformer.py`, `PriorTransformer`.
public struct PriorTransformer: Sendable {
    /// The sizes it was made with.
    public let configuration: PriorConfiguration
    let statesProjection: Linear
    let embeddingProjection: Linear
    let timeEmbedding: TimestepEmbedding
    let pictureProjection: Linear
    let query: Tensor
    let positions: Tensor
    let blocks: [PriorBlock]
    let normOut: LayerNorm
    let output: Linear
    /// What the picture embeddings it speaks of are normalised with.
    public let normaliser: EmbeddingNormaliser

    /// Parameters by diffusers' names, `clip_mean` and `clip_std` among them.
    public init(_ w: Weights, _ c: PriorConfiguration) {
        configuration = c
        let (embedding, width) = (c.embeddingWidth, c.width)
        statesProjection = Linear(w("encoder_hidden_states_proj"), c.statesWidth, width)
        embeddingProjection = Linear(w("embedding_proj"), embedding, width)
        timeEmbedding = TimestepEmbedding(w("time_embedding"), width, width)
        pictureProjection = Linear(w("proj_in"), embedding, width)
        query = w.parameter("prd_embedding", [1, 1, width], .normal(0.02))
        positions = w.parameter("positional_embedding", [1, c.tokens + 4, width], .normal(0.02))
        blocks = (0..<c.layers).map {
            PriorBlock(w("transformer_blocks")($0), width, heads: c.heads)
        }
        normOut = LayerNorm(w("norm_out"), width)
        output = Linear(w("proj_to_clip_embeddings"), width, embedding)
        normaliser = EmbeddingNormaliser(
            mean: w.parameter("clip_mean", [1, embedding], .zeros),
            deviation: w.parameter("clip_std", [1, embedding], .ones))
    }

    /// - Parameters:
    ///   - pictures: Noisy picture embeddings, normalised, `[B, E]` in f32.
    ///   - timesteps: One a sample, 0 to 1000.
    ///   - texts: What the pictures are to show.
    /// - Returns: The prediction, `[B, E]` in f32: the embeddings without noise, or the noise, as
    ///   its scheduler says.
    public func callAsFunction(_ pictures: Tensor, timesteps: [Float], texts: EmbeddedTexts)
        -> Tensor
    {
        check(pictures, timesteps, texts)
        let type = texts.states.type
        let (batch, width) = (pictures.shape[0], configuration.width)
        func token(_ x: Tensor) -> Tensor { x.cast(to: type).reshaped([batch, 1, width]) }
        let time = timeEmbedding(timestepSinusoid(timesteps, width: width))
        let whole = concatenate(
            [
                statesProjection(texts.states), token(embeddingProjection(texts.embeddings)),
                token(time), token(pictureProjection(pictures)),
                Tensor.zeros([batch, 1, width], type: type) + query.cast(to: type),
            ], axis: 1)
        let known = texts.states.shape[1]
        let places = concatenate(
            [
                positions.sliced(axis: 1, 0..<known),
                positions.sliced(axis: 1, configuration.tokens..<configuration.tokens + 4),
            ], axis: 1)
        var (x, ends) = packed(whole + places.cast(to: type), lengths: texts.lengths)
        for block in blocks { x = block(x) }
        let last = embedding(x.reshaped([-1, width]), ends, type: type)
        return output(normOut(last)).cast(to: .f32)
    }

    /// Moves the padding of each text behind everything else, where a causal transformer never
    /// looks: as if it were masked.
    ///
    /// - Returns: The tokens, cut to the longest, and the places of the queries among all of them.
    private func packed(_ x: Tensor, lengths: [Int]) -> (tokens: Tensor, ends: Tensor) {
        let (batch, all, width) = (x.shape[0], x.shape[1], x.shape[2])
        let (tokens, longest) = (all - 4, lengths.max()! + 4)
        var (rows, ends): ([Int32], [Int32]) = ([], [])
        for (index, length) in lengths.enumerated() {
            let order = Array(0..<length) + Array(tokens..<all) + Array(length..<tokens)
            rows += order.prefix(longest).map { Int32(index * all + $0) }
            ends.append(Int32(index * longest + length + 3))
        }
        let moved = embedding(
            x.reshaped([batch * all, width]), Tensor(rows, shape: [batch, longest]), type: x.type)
        return (moved, Tensor(ends, shape: [batch]))
    }

    private func check(_ pictures: Tensor, _ timesteps: [Float], _ texts: EmbeddedTexts) {
        let c = configuration
        let (batch, states) = (pictures.shape[0], texts.states.shape)
        precondition(
            pictures.shape == [batch, c.embeddingWidth] && timesteps.count == batch
                && texts.embeddings.shape == pictures.shape && texts.lengths.count == batch
                && states.rank == 3 && states[0] == batch && states[1] <= c.tokens
                && states[2] == c.statesWidth && texts.lengths.allSatisfy { $0 <= states[1] },
            "the prior takes up to \(c.tokens) states of \(c.statesWidth) features and embeddings of \(c.embeddingWidth), not \(texts.states), \(texts.embeddings) and \(pictures) at \(timesteps.count) times"
        )
    }

    /// Loads the `prior/` folder of a diffusers model.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    public static func load(
        folder: String, _ options: LoadOptions = LoadOptions()
    ) throws(FileError) -> PriorTransformer {
        let folder = try Component(path: folder)
        let configuration = try PriorConfiguration(folder.config)
        return try folder.model(options) { PriorTransformer($0, configuration) }
    }
}

/// A transformer layer with biases everywhere: x + attention(norm x), then x + mlp(norm x).
///
/// Source: diffusers `models/attention.py`, `BasicTransformerBlock` without cross-attention.
struct PriorBlock: Sendable {
    let norm1: LayerNorm
    let q: Linear
    let k: Linear
    let v: Linear
    let out: Linear
    let norm3: LayerNorm
    let projection: Linear
    let back: Linear
    let heads: Int

    init(_ w: Weights, _ width: Int, heads: Int) {
        norm1 = LayerNorm(w("norm1"), width)
        q = Linear(w("attn1")("to_q"), width, width)
        k = Linear(w("attn1")("to_k"), width, width)
        v = Linear(w("attn1")("to_v"), width, width)
        out = Linear(w("attn1")("to_out")(0), width, width)
        norm3 = LayerNorm(w("norm3"), width)
        projection = Linear(w("ff")("net")(0)("proj"), width, 4 * width)
        back = Linear(w("ff")("net")(2), 4 * width, width)
        self.heads = heads
    }

    /// `[batch, tokens, width]`, same shape out.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let h = norm1(x)
        let x = x + out(attention(q(h), k(h), v(h), heads: heads, causal: true))
        return x + back(projection(norm3(x)).gelu)
    }
}
