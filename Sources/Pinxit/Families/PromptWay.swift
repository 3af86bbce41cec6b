import PinxitTensors

/// Where a frame lies on the way through several prompts: between which two, and how far.
///
/// Where a prompt becomes another the noise stays, so that only what the words say changes; where
/// it stays the same the noise goes on to the next seed's.
struct PromptWay: Equatable {
    let from: String
    let to: String
    /// 0 is `from`, 1 is `to`.
    let place: Double
    private let seeds: (from: UInt32, to: UInt32)

    /// - Parameters:
    ///   - prompts: Two or more.
    ///   - frame: From 1.
    ///   - framesBetween: From each prompt to the next.
    ///   - seed: Of the first.
    init(_ prompts: [String], frame: Int, framesBetween: Int, seed: UInt32) {
        let start = min((frame - 1) / framesBetween, prompts.count - 2)
        (from, to) = (prompts[start], prompts[start + 1])
        place = Double(frame - 1 - start * framesBetween) / Double(framesBetween)
        let before = (0..<start).reduce(UInt32(0)) {
            $0 + (prompts[$1] == prompts[$1 + 1] ? 1 : 0)
        }
        let own = seed &+ before
        seeds = (own, from == to ? own &+ 1 : own)
    }

    /// Standard normal noise.
    ///
    /// - Parameter shape: Of the latents, `[1, H, W, C]`.
    func noise(_ shape: Shape, _ kind: NoiseKind) -> Tensor {
        func draw(_ seed: UInt32) -> Tensor {
            var generator = NoiseGenerator(seed: UInt64(seed), kind)
            return generator.latents(shape)
        }
        guard seeds.from != seeds.to else { return draw(seeds.from) }
        return sphericallyInterpolated(draw(seeds.from), draw(seeds.to), at: place)
    }

    static func == (a: PromptWay, b: PromptWay) -> Bool {
        a.from == b.from && a.to == b.to && a.place == b.place && a.seeds == b.seeds
    }
}
