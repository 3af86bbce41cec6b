import PinxitCLIP
import PinxitDALLE
import PinxitDatasets
import PinxitEvaluation
import PinxitSamplers
import PinxitTensors

/// Held-out pictures and captions, to tell how good a prior is.
struct HeldOutEmbeddings {
    private let captions: [String]
    private let pictures: Tensor
    private let texts: EmbeddedTexts
    private let empty: EmbeddedTexts

    /// - Parameter heldOut: The first `count` of them are taken.
    init(_ heldOut: any CaptionedPictures, _ clip: ScaledCLIP, count: Int) throws {
        let samples = try heldOut.batch(0..<count)
        captions = samples.map(\.caption)
        pictures = clip.embed(pictures: samples.map(\.picture), type: .compute)
        texts = clip.embed(texts: captions, type: .compute)
        empty = clip.embed(texts: [""], type: .compute).repeated(0, count: count)
    }

    /// Losses at fixed times; and for embeddings drawn by the prior, beside the captions' own
    /// embeddings: the cosine to the true picture's, and how often that is the nearest of all.
    func measure(_ prior: Prior, _ levels: [NoiseLevel], precision: ElementType) throws
        -> [String: Float]
    {
        var random = SplitMix64(seed: 7)
        let noise = random.normal(pictures.shape)
        var scalars: [String: Float] = [:]
        for place in [0.1, 0.5, 0.9] {
            let time = Int(place * Double(levels.count))
            scalars["heldout/loss_at_\(place)"] =
                priorLoss(
                    prior.transformer, x0: pictures, noise: noise,
                    times: [Int](repeating: time, count: captions.count), levels: levels,
                    texts: texts
                ).item
        }
        let drawn = try prior.embeddings(
            texts, empty: empty, guidance: 1, steps: 25,
            drawing: { random.normal(pictures.shape) })
        for (name, embeddings) in [("prior", drawn), ("text", texts.embeddings)] {
            let cosines = matmul(
                normalised(embeddings), normalised(pictures), transposeB: true)
            scalars["heldout/\(name)_cosine"] = diagonalMean(cosines)
            scalars["heldout/\(name)_r1"] = Float(
                Similarities(cosines).recall(keys: captions, at: [1])[0])
        }
        return scalars
    }

    private func diagonalMean(_ square: Tensor) -> Float {
        let (side, values) = (square.shape[0], square.floats)
        return (0..<side).reduce(0) { $0 + values[$1 * side + $1] } / Float(side)
    }
}
