import PinxitCheckpoints
import PinxitLayers
import PinxitTensors

// Legend: B batch, P patches of a picture and one, E features of what the image encoder says, T
// tokens made of a picture, D features of text states, F features of a map, Q queries (its pixels).

/// Pictures as prompts: what cross-attention sees beside the words (Ye et al. 2023, arXiv
/// 2308.06721), IP-Adapter and IP-Adapter Plus.
///
/// Source: diffusers `IPAdapterAttnProcessor`; the parameters have the names of its authors' files.
package struct IPAdapter: Sendable {
    /// What its shapes tell.
    struct Sizes {
        var kind: Kind
        /// E
        var pictureWidth: Int
        /// D
        var textWidth: Int
        /// F of each cross-attention, in the order of ``UNet/crossAttentions``.
        var maps: [Int]
    }

    /// How tokens are made of a picture.
    enum Kind: Equatable {
        /// Four of its embedding.
        case embedding
        /// As many as there are queries, of the states of its patches.
        case patches(PictureResampler.Sizes)
    }

    private enum Projection: Sendable {
        case embedding(Linear, LayerNorm)
        case patches(PictureResampler)
    }

    private let projection: Projection
    private let textWidth: Int
    /// What makes keys and values for each cross-attention.
    let layers: [(keys: Linear, values: Linear)]
    private let parameters: [Tensor]

    init(_ w: Weights, _ sizes: Sizes) {
        let image = w("image_proj")
        textWidth = sizes.textWidth
        switch sizes.kind {
        case .embedding:
            projection = .embedding(
                Linear(image("proj"), sizes.pictureWidth, Self.tokens * sizes.textWidth),
                LayerNorm(image("norm"), sizes.textWidth))
        case .patches(let own): projection = .patches(PictureResampler(image, own))
        }
        layers = sizes.maps.enumerated().map { index, width in
            let place = w("ip_adapter")(2 * index + 1)
            return (
                Linear(place("to_k_ip"), sizes.textWidth, width, bias: false),
                Linear(place("to_v_ip"), sizes.textWidth, width, bias: false)
            )
        }
        parameters = w.tensors
    }

    /// Tokens of a picture's embedding.
    static let tokens = 4

    /// Whether it looks at patches rather than at an embedding.
    package var seesPatches: Bool {
        if case .patches = projection { true } else { false }
    }

    /// The tokens of pictures, `[B, T, D]`.
    ///
    /// - Parameter seen: Embeddings `[B, E]`, or states of patches `[B, P, E]` if it
    ///   ``seesPatches``; the computation runs in their type.
    package func tokens(_ seen: Tensor) -> Tensor {
        switch projection {
        case .embedding(let linear, let norm):
            norm(linear(seen).reshaped([seen.shape[0], Self.tokens, textWidth]))
        case .patches(let resampler): resampler(seen)
        }
    }

    /// Gives back the memory of the packed weights; they are packed again when it is next used.
    package func forgetPackedWeights() {
        for tensor in parameters { tensor.storage.forgetPacked() }
    }
}

/// A few learnt queries that gather what patches say: IP-Adapter Plus' resampler, after Flamingo's.
///
/// Source: diffusers `IPAdapterPlusImageProjection`.
struct PictureResampler: Sendable {
    /// What its shapes tell.
    struct Sizes: Equatable {
        var input: Int
        var width: Int
        var output: Int
        var queries: Int
        var layers: Int
        /// Of all heads together; each has 64 features.
        var attention: Int
        /// Inside the feed-forward nets.
        var inner: Int
    }

    private struct Layer: Sendable {
        let norms: (states: LayerNorm, queries: LayerNorm, inner: LayerNorm)
        let q: Linear
        let kv: Linear
        let out: Linear
        let rise: Linear
        let fall: Linear
        let heads: Int

        init(_ w: Weights, _ s: Sizes) {
            let (attention, feed) = (w(0), w(1))
            norms = (
                LayerNorm(attention("norm1"), s.width), LayerNorm(attention("norm2"), s.width),
                LayerNorm(feed(0), s.width)
            )
            q = Linear(attention("to_q"), s.width, s.attention, bias: false)
            kv = Linear(attention("to_kv"), s.width, 2 * s.attention, bias: false)
            out = Linear(attention("to_out"), s.attention, s.width, bias: false)
            rise = Linear(feed(1), s.width, s.inner, bias: false)
            fall = Linear(feed(3), s.inner, s.width, bias: false)
            heads = s.attention / Self.headSize
        }

        static let headSize = 64

        func callAsFunction(_ queries: Tensor, _ states: Tensor) -> Tensor {
            let own = norms.queries(queries)
            let both = kv(concatenate([norms.states(states), own], axis: 1)).chunked(2, axis: 2)
            let seen = queries + out(attention(q(own), both[0], both[1], heads: heads))
            return seen + fall(rise(norms.inner(seen)).gelu)
        }
    }

    private let queries: Tensor
    private let projectionIn: Linear
    private let layers: [Layer]
    private let projectionOut: Linear
    private let norm: LayerNorm

    init(_ w: Weights, _ s: Sizes) {
        queries = w.parameter("latents", [1, s.queries, s.width], .normal(0.02))
        projectionIn = Linear(w("proj_in"), s.input, s.width)
        layers = (0..<s.layers).map { Layer(w("layers")($0), s) }
        projectionOut = Linear(w("proj_out"), s.width, s.output)
        norm = LayerNorm(w("norm_out"), s.output)
    }

    /// `[B, P, input]` to `[B, queries, output]`.
    func callAsFunction(_ states: Tensor) -> Tensor {
        let states = projectionIn(states)
        let one = queries.cast(to: states.type)
        var x = concatenate([Tensor](repeating: one, count: states.shape[0]), axis: 0)
        for layer in layers { x = layer(x, states) }
        return norm(projectionOut(x))
    }
}
