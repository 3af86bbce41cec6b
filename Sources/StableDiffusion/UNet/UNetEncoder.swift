import PinxitLayers
import PinxitTensors

/// The half of a ``UNet`` that goes down and along the bottom, and what tells it the time. A
/// ``ControlNet`` is another one.
struct UNetEncoder: Sendable {
    private let configuration: UNetConfiguration
    private let timeEmbedding: TimestepEmbedding
    private let classEmbedding: TimestepEmbedding?
    private let addEmbedding: TimestepEmbedding?
    let convIn: Conv2d
    let downBlocks: [DownBlock]
    let midBlock: MidBlock?

    init(_ w: Weights, _ c: UNetConfiguration) {
        configuration = c
        let first = c.blockOutChannels[0]
        let timeWidth = c.timeEmbeddingWidth
        convIn = Conv2d(w("conv_in"), c.inChannels, first, kernel: 3, padding: 1)
        timeEmbedding = TimestepEmbedding(
            w("time_embedding"), first, timeWidth, condition: c.guidanceWidth)
        classEmbedding = c.classEmbeddingWidth.map {
            TimestepEmbedding(w("class_embedding"), $0, timeWidth, startsAtZero: true)
        }
        addEmbedding = c.textTime.map {
            TimestepEmbedding(w("add_embedding"), $0.inputWidth, timeWidth)
        }
        downBlocks = c.blockOutChannels.indices.map {
            DownBlock(w("down_blocks")($0), level: $0, timeWidth: timeWidth, c)
        }
        midBlock =
            c.midBlock == .none ? nil : MidBlock(w("mid_block"), timeWidth: timeWidth, c)
    }

    /// Down and along the bottom.
    ///
    /// - Parameters:
    ///   - x: What ``convIn`` gives.
    ///   - features: What is added to each level's map, and with one more to the bottom's.
    ///   - skips: Gets every map on the way down.
    func callAsFunction(
        _ x: Tensor, _ conditioning: Conditioning, features: [Tensor] = [], skips: inout [Tensor]
    ) throws(CancellationError) -> Tensor {
        var h = x
        for (level, block) in downBlocks.enumerated() {
            let feature = level < features.count ? features[level] : nil
            h = try block(h, conditioning, adding: feature, skips: &skips)
        }
        if let midBlock { h = try midBlock(h, conditioning) }
        if features.count > downBlocks.count { h = h + features[downBlocks.count] }
        return h
    }

    /// What every residual block is told of the time and of what is added to it, after its SiLU:
    /// `[batch, timeWidth]`, or `[1, timeWidth]` if all samples have one time.
    ///
    /// It is small and everything depends on it, so it is computed in f32.
    func time(_ timesteps: [Float], _ given: DenoiserConditions) -> Tensor {
        let times = Set(timesteps).count == 1 ? [timesteps[0]] : timesteps
        // LCM: diffusers' get_guidance_scale_embedding, sines first.
        let guidance = configuration.guidanceWidth.map {
            timestepSinusoid(
                [1000 * (given.guidance ?? 0)], width: $0, flipSinToCos: false, frequencyShift: 1)
        }
        var embedding = timeEmbedding(
            sinusoid(times, width: configuration.blockOutChannels[0]), adding: guidance)
        if let classEmbedding, let added = given.added {
            embedding = embedding + classEmbedding(added)
        }
        if let addEmbedding, let added = given.added, let width = configuration.textTime?.timeWidth
        {
            let batch = given.numbers.count
            let numbers = sinusoid(given.numbers.flatMap(\.self), width: width)
                .reshaped([batch, given.numbers[0].count * width])
            embedding = embedding + addEmbedding(concatenate([added, numbers], axis: 1))
        }
        return embedding.silu
    }

    private func sinusoid(_ values: [Float], width: Int) -> Tensor {
        timestepSinusoid(
            values, width: width, flipSinToCos: configuration.flipSinToCos,
            frequencyShift: configuration.frequencyShift)
    }
}
