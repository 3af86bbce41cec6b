import PinxitCLIP
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors

/// Where the time of a latent diffusion model goes: each stage of a picture, by class of operation.
struct ModelBenchmark: Sendable {
    /// The classes of operations of one stage, and each operation for a trace.
    struct Stage: Sendable {
        let name: String
        /// The median of the runs, without the profile's own cost.
        let seconds: Double
        /// The most memory tensors held, in bytes.
        let tensorBytes: Int
        let profile: OperationProfile
    }

    /// What a picture goes through.
    enum StageName: String, Sendable, CaseIterable { case text, first, step, decoding }

    /// In pixels.
    let width: Int
    let height: Int
    let type: ElementType
    let isQuantised: Bool
    /// Timed runs of each stage, after one that packs the weights.
    let runs: Int
    /// Pictures that go through each stage together.
    let together: Int
    /// The stages to time.
    let stages: [StageName]

    /// Times text, a first guided step, a later one and decoding. On the engine's thread.
    ///
    /// - Parameter onStage: Called as each stage is measured.
    func run(_ model: LatentDiffusion, onStage: (Stage) -> Void) throws -> [Stage] {
        var sampling = LatentSampling(steps: 2, guidanceScale: 7.5)
        (sampling.type, sampling.isQuantised) = (type, isQuantised)
        if model.numberCount != nil {
            let told = MicroConditions(
                originalSize: (height, width), crop: (0, 0), targetSize: (height, width),
                aestheticScore: 6)
            sampling.micro = (told, told)
        }
        let painter = LatentPainter(
            model, sampling, prompts: Array(repeating: "a red apple", count: together),
            negativePrompts: Array(repeating: "", count: together))
        var random = SplitMix64(seed: 1)
        let latents = concatenate(
            (0..<together).map { _ in
                random.normal(model.latentShape(width: width, height: height))
            }, axis: 0)
        return try stages.map { name in
            let stage =
                switch name {
                case .text:
                    try measure("text") {
                        let texts = Array(repeating: ["", "a red apple"], count: together)
                        _ = model.text(texts.flatMap(\.self), type: type)
                    }
                case .first:
                    try measure("first guided step", before: model.denoiser.forgetPackedWeights) {
                        _ = try painter.denoised(latents, painter.plan.steps[1])
                    }
                case .step:
                    try measure("guided step") {
                        _ = try painter.denoised(latents, painter.plan.steps[1])
                    }
                case .decoding:
                    try measure("decoding") { _ = try painter.decode(latents) }
                }
            onStage(stage)
            return stage
        }
    }

    /// - Parameter forget: Runs untimed before each run, which then starts with nothing prepared
    ///   but the primitives.
    private func measure(
        _ name: String, before forget: (() -> Void)? = nil, _ body: () throws -> Void
    ) throws -> Stage {
        func prepare() {
            guard let forget else { return }
            forget()
            StoragePool.shared.trim()
        }
        try body()
        StoragePool.shared.resetPeak()
        var times = try (0..<runs).map { _ in
            prepare()
            let start = ContinuousClock.now
            try body()
            return (ContinuousClock.now - start) / .seconds(1)
        }
        times.sort()
        prepare()
        let profiler = Profiler()
        try Engine.observed(by: profiler, body)
        return Stage(
            name: name, seconds: times[times.count / 2],
            tensorBytes: StoragePool.shared.statistics.peak, profile: profiler.profile)
    }
}
