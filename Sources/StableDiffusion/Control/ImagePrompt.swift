import PinxitLayers
import PinxitTensors

// Legend: B batch, T tokens made of a picture, D features of text states, Q queries, F features.

/// A picture that pictures are prompted with, as an ``IPAdapter`` makes tokens of it.
///
/// Used on the engine's thread only.
package struct ImagePrompt {
    private let adapter: IPAdapter
    private let layers: [ObjectIdentifier: Int]
    /// `[1, T, D]`, of the picture and of none.
    private let tokens: (own: Tensor, none: Tensor)
    private let scale: Float

    /// - Parameters:
    ///   - model: What the adapter was loaded for.
    ///   - own, none: What the adapter sees of the picture, and where there is none; see
    ///     ``IPAdapter/tokens(_:)``.
    ///   - scale: What pictures give is multiplied by.
    package init(
        _ adapter: IPAdapter, for model: LatentDiffusion, own: Tensor, none: Tensor, scale: Double
    ) {
        self.adapter = adapter
        self.scale = Float(scale)
        tokens = (adapter.tokens(own), adapter.tokens(none))
        let attentions = (model.denoiser as? UNet)?.crossAttentions ?? []
        layers = Dictionary(
            attentions.enumerated().map { (ObjectIdentifier($1.k.weight.storage), $0) }
        ) { $1 }
    }

    /// The picture beside a batch of texts.
    ///
    /// - Parameters:
    ///   - count: Texts in the batch.
    ///   - negatives: How many of them guidance leads away from; they come first, and go without.
    func context(_ count: Int, negatives: Int) -> ImageContext {
        let rows = (0..<count).map { $0 < negatives ? tokens.none : tokens.own }
        return ImageContext(
            adapter: adapter, layers: layers, tokens: concatenate(rows, axis: 0), scale: scale)
    }
}

/// Pictures as the U-Net attends to them beside its texts. What its attention layers make of them
/// is kept, so that all steps of a picture share it.
final class ImageContext {
    private let adapter: IPAdapter
    private let layers: [ObjectIdentifier: Int]
    /// `[B, T, D]`.
    private let tokens: Tensor
    private let scale: Float
    private var kept: [Int: (keys: Tensor, values: Tensor)] = [:]

    init(
        adapter: IPAdapter, layers: [ObjectIdentifier: Int], tokens: Tensor, scale: Float
    ) {
        (self.adapter, self.layers) = (adapter, layers)
        (self.tokens, self.scale) = (tokens, scale)
    }

    /// What a layer's pixels take of the words, and of the pictures beside, `[B, Q, F]`.
    ///
    /// - Parameters:
    ///   - text: What they take of the words.
    ///   - q: `[B, Q, F]`.
    ///   - layer: The layer's weight for text keys, by which it is known; one of another network
    ///     sees no pictures.
    func added(to text: Tensor, _ q: Tensor, layer: Storage, heads: Int) -> Tensor {
        guard scale != 0, let index = layers[ObjectIdentifier(layer)] else { return text }
        let (keys, values) = keysAndValues(index)
        return blend(1, text, scale, attention(q, keys, values, heads: heads))
    }

    private func keysAndValues(_ index: Int) -> (keys: Tensor, values: Tensor) {
        if let found = kept[index] { return found }
        let (keys, values) = adapter.layers[index]
        let made = (keys(tokens), values(tokens))
        kept[index] = made
        return made
    }
}
