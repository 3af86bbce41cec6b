import PinxitCLIP
import PinxitTensors

// Legend: B batch.

/// What both players are given in a step: a rank's part.
struct GANBatch {
    /// `[B, side, side, 3]` in [-1, 1].
    let pictures: Tensor
    /// `[B, features]`, rows of length one.
    let texts: Tensor
    /// Those of other pictures, or wrong in one word.
    let wrongTexts: Tensor
    /// z, `[B, noise]`.
    let noise: Tensor
    /// Of the first pictures so many are to be painted again, from noise that is found in them.
    let found: Int
    /// What their mean is multiplied by to give, as a mean over ranks, that of all ranks'; nil if
    /// no rank has any.
    let foundWeight: Float?

    var count: Int { pictures.shape[0] }
}

/// Draws the batches of a GAN run.
struct GANBatches {
    private let data: GANData
    private let settings: GANSettings
    private let optimisation: OptimisationSettings
    private let noiseSize: Int
    private var order: EpochOrder

    init(
        _ data: GANData, _ settings: GANSettings, _ optimisation: OptimisationSettings,
        noiseSize: Int
    ) {
        self.data = data
        self.settings = settings
        self.optimisation = optimisation
        self.noiseSize = noiseSize
        order = EpochOrder(count: data.count, seed: optimisation.seed)
    }

    mutating func batch(_ step: Int) -> GANBatch {
        let (rows, size) = (optimisation.rows, optimisation.batch)
        let indices = order.batch(step: step, size: size)
        var random = SplitMix64(seed: optimisation.seed &+ 1, index: step)
        let noise = random.normal([size, noiseSize])
        let texts = conditions(indices, &random)
        let neighbours = texts.gathered((0..<size).map { ($0 + 1) % size }, type: .f32)
        let nearly = data.wrongTexts.gathered(indices, type: .f32)
        let isNearly = Tensor(
            indices.map { _ in random.uniform() < settings.nearMismatches ? Float(1) : 0 },
            shape: [size, 1])
        let wrong = neighbours + (nearly - neighbours) * isNearly
        let found = Int(Float(size) * settings.reconstructionShare)
        let own = rows.clamped(to: 0..<found).count
        // Vectors are drawn for all ranks, since texts are paired with their neighbours.
        return GANBatch(
            pictures: data.pictures(Array(indices[rows])), texts: texts.sliced(axis: 0, rows),
            wrongTexts: wrong.sliced(axis: 0, rows), noise: noise.sliced(axis: 0, rows),
            found: own,
            foundWeight: found > 0
                ? Float(own * optimisation.ranks.size) / Float(found) : nil)
    }

    /// The embeddings of captions, or of the pictures themselves with noise, `[indices, features]`.
    private func conditions(_ indices: [Int], _ random: inout SplitMix64) -> Tensor {
        let texts = data.texts.gathered(indices, type: .f32)
        guard settings.pictureConditions > 0 else { return texts }
        let noise = normalised(random.normal(texts.shape)) * settings.conditionNoise
        let images = normalised(data.images.gathered(indices, type: .f32) + noise)
        let isPicture = indices.map { _ in
            random.uniform() < settings.pictureConditions ? Float(1) : 0
        }
        let chosen = Tensor(isPicture, shape: [indices.count, 1])
        return texts + (images - texts) * chosen
    }
}
