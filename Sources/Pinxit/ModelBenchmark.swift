import PinxitSamplers
import PinxitTensors

/// Where the time of a model goes: each stage of a picture, by class of operation.
public struct ModelBenchmark: Sendable {
    /// The classes of operations of one stage, and each operation for a trace.
    public struct Stage: Sendable {
        public let name: String
        /// The median of the runs, without the profile's own cost.
        public let seconds: Double
        /// The most memory tensors held, in bytes.
        public let tensorBytes: Int
        public let profile: OperationProfile
    }

    public var width: Int?
    public var height: Int?
    public var precision: Precision
    /// Timed runs of each stage, after one that packs the weights.
    public var runs: Int
    /// The stages to time.
    public var stages: [StageName]

    /// What a picture goes through.
    public enum StageName: String, Sendable, CaseIterable { case text, step, decoding }

    public init(
        width: Int?, height: Int?, precision: Precision, runs: Int,
        stages: [StageName] = StageName.allCases
    ) {
        self.stages = stages
        self.width = width
        self.height = height
        self.precision = precision
        self.runs = runs
    }

    /// Times text, one guided step and decoding of a painter's model.
    ///
    /// - Parameter onStage: Called as each stage is measured.
    public func run(_ painter: Painter, onStage: @Sendable (Stage) -> Void = { _ in }) async throws
        -> [Stage]
    {
        var request = PaintRequest(prompt: "a red apple")
        (request.width, request.height, request.precision) = (width, height, precision)
        let resolved = try painter.resolved(request)
        let model = try painter.latentDiffusion().model
        let (runs, chosen) = (runs, stages)
        return try await Engine.run {
            let type = resolved.precision!.type
            let states = model.states(["", resolved.prompt], type: type)
            var random = SplitMix64(seed: 1)
            let latents = random.normal([
                1, resolved.height! / model.scale, resolved.width! / model.scale, model.channels,
            ])
            let step = guided(
                7.5, model.network(states, isQuantised: resolved.precision == .int8))
            let stages: [(StageName, String, () throws -> Void)] = [
                (.text, "text", { _ = model.states(["", resolved.prompt], type: type) }),
                (.step, "guided step", { _ = try step(latents, 500) }),
                (.decoding, "decoding", { _ = model.decode(latents, type: type) }),
            ]
            return try stages.filter { chosen.contains($0.0) }.map { _, name, body in
                let stage = try Self.measure(name, runs: runs, body)
                onStage(stage)
                return stage
            }
        }
    }

    private static func measure(_ name: String, runs: Int, _ body: () throws -> Void) throws
        -> Stage
    {
        try body()
        StoragePool.shared.resetPeak()
        var times = try (0..<runs).map { _ in
            let start = ContinuousClock.now
            try body()
            return (ContinuousClock.now - start) / .seconds(1)
        }
        times.sort()
        let profiler = Profiler()
        try Engine.observed(by: profiler, body)
        return Stage(
            name: name, seconds: times[times.count / 2],
            tensorBytes: StoragePool.shared.statistics.peak, profile: profiler.profile)
    }
}
