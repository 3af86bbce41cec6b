import PinxitCLIP
import PinxitDALLE
import PinxitDatasets
import PinxitImages
import PinxitStableDiffusion
import PinxitTensors

/// Held-out pictures, to tell how well a decoder follows their embeddings.
struct UnCLIPValidation {
    private static let count = 128

    private let parts: DiffusionParts
    private let latents: Tensor
    private let vectors: Tensor
    private let shown: [Picture]

    init(
        _ parts: DiffusionParts, _ clip: ScaledCLIP, _ noise: EmbeddingNoise,
        _ heldOut: any CaptionedPictures
    ) throws {
        self.parts = parts
        let pictures = try heldOut.batch(0..<Self.count).map(\.picture)
        latents = try parts.latents(pictures)
        let embeddings = clip.embed(pictures: pictures, type: .compute)
        vectors = noise.condition(
            embeddings, levels: [Int](repeating: 0, count: Self.count),
            noise: .zeros(embeddings.shape))
        shown = Array(pictures.prefix(parts.columns))
    }

    /// The flow's loss without a caption: with each picture's embedding, and with none.
    func losses(_ unet: UNet, precision: ElementType) throws -> [String: Float] {
        var random = SplitMix64(seed: 7)
        let noise = random.normal(latents.shape)
        let context = parts.text(
            [String](repeating: "", count: Self.count), type: precision
        ).states
        var scalars: [String: Float] = [:]
        for t in [Float(0.3), 0.7] {
            for (name, vectors) in [("pictures", vectors), ("nothing", .zeros(vectors.shape))] {
                scalars["heldout/loss_at_\(t)_given_\(name)"] =
                    try flowLoss(
                        unet, x0: latents, noise: noise,
                        times: [Float](repeating: t, count: Self.count), context: context,
                        added: vectors, precision: precision
                    ).item
            }
        }
        return scalars
    }

    /// A row of held-out pictures, and three of variations of them.
    func variations(_ unet: UNet, precision: ElementType) throws -> [Picture] {
        let count = shown.count
        let given = vectors.sliced(axis: 0, 0..<count)
        let painted = try parts.paint(
            unet, parts.text, [String](repeating: "", count: 3 * count),
            added: concatenate([given, given, given], axis: 0), precision: precision)
        return shown + painted
    }
}
