import PinxitLayers
import PinxitTensors

// Legend: B batch, P patches, D hidden size.

/// CLIP's image tower, a vision transformer (Dosovitskiy et al. 2020), transformers'
/// `CLIPVisionModel`.
public struct CLIPVisionModel: Sendable {
    /// The sizes it was made with.
    public let configuration: CLIPVisionConfiguration
    let classEmbedding: Tensor
    let patches: Conv2d
    let positions: Embedding
    let preNorm: LayerNorm
    let layers: [CLIPLayer]
    let postNorm: LayerNorm

    /// - Parameter w: The place that holds `embeddings`, `encoder` and the norms: `vision_model` in
    ///   checkpoints.
    public init(_ w: Weights, _ c: CLIPVisionConfiguration) {
        configuration = c
        let embeddings = w("embeddings")
        classEmbedding = embeddings.parameter("class_embedding", [c.hiddenSize], .normal(0.02))
        patches = Conv2d(
            embeddings("patch_embedding"), 3, c.hiddenSize, kernel: c.patchSize,
            stride: c.patchSize, bias: false)
        positions = Embedding(embeddings("position_embedding"), c.patches + 1, c.hiddenSize)
        preNorm = LayerNorm(w("pre_layrnorm"), c.hiddenSize, epsilon: c.epsilon)  // so misspelt
        layers = (0..<c.layers).map {
            CLIPLayer(
                w("encoder")("layers")($0), width: c.hiddenSize, inner: c.intermediateSize,
                heads: c.heads, activation: c.activation, epsilon: c.epsilon, causal: false)
        }
        postNorm = LayerNorm(w("post_layernorm"), c.hiddenSize, epsilon: c.epsilon)
    }

    /// What the tower says of pictures.
    public struct Output: Sendable {
        /// The states of the class token and of every patch, before the last norm,
        /// `[batch, patches + 1, hidden]`.
        public let last: Tensor
        /// The state of the class token after the last norm, `[batch, hidden]`.
        public let pooled: Tensor
    }

    /// - Parameter pictures: `[batch, imageSize, imageSize, channels]`, with CLIP's mean and
    ///   deviation removed; the computation runs in its type.
    public func callAsFunction(_ pictures: Tensor) -> Output {
        let (batch, hidden) = (pictures.shape[0], configuration.hiddenSize)
        let x = states(pictures, layers: layers[...])
        let first = x.sliced(axis: 1, 0..<1).reshaped([batch, hidden])
        return Output(last: x, pooled: postNorm(first))
    }

    /// The states of the class token and of every patch before the last layer,
    /// `[batch, patches + 1, hidden]`: transformers' `hidden_states[-2]`.
    func statesBeforeLast(_ pictures: Tensor) -> Tensor {
        states(pictures, layers: layers.dropLast())
    }

    private func states(_ pictures: Tensor, layers: ArraySlice<CLIPLayer>) -> Tensor {
        let (batch, height, width, _) = pictures.picture
        let side = configuration.imageSize
        precondition(
            height == side && width == side,
            "the image tower takes \(side)x\(side), not \(pictures)")
        let (count, hidden) = (configuration.patches, configuration.hiddenSize)
        let start =
            Tensor.zeros([batch, 1, hidden], type: pictures.type)
            + classEmbedding.cast(to: pictures.type)
        let tokens = concatenate(
            [start, patches(pictures).reshaped([batch, count, hidden])], axis: 1)
        let places = Tensor((0...count).map(Int32.init), shape: [count + 1])
        var x = preNorm(tokens + positions(places, type: pictures.type))
        for layer in layers { x = layer(x) }
        return x
    }
}
