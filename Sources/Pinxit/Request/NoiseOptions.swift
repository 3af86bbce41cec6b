import PinxitLayers
import PinxitTensors

/// What latent diffusion begins with, and how a picture's edges meet. What is nil is the usual.
public struct NoiseOptions: Sendable, Equatable {
    /// Whose normal numbers: PyTorch's on the processor (the usual), or on CUDA, which are
    /// AUTOMATIC1111's where it runs on a graphics card.
    public var kind: NoiseKind?
    /// The seed that leads the noise a part of the way to its own, as AUTOMATIC1111 does; nil is
    /// chance. The next picture has one higher, and all have the request's seed.
    public var variationSeed: UInt32?
    /// How far that way is gone, 0 to 1; nil and 0 are not at all.
    public var variationStrength: Double?
    /// The axes along which the picture can be laid beside itself without a seam.
    public var tile: TileAxes?

    /// Everything is as usual.
    public init(
        kind: NoiseKind? = nil, variationSeed: UInt32? = nil, variationStrength: Double? = nil,
        tile: TileAxes? = nil
    ) {
        self.kind = kind
        (self.variationSeed, self.variationStrength) = (variationSeed, variationStrength)
        self.tile = tile
    }
}

extension RequestOptions {
    static let noises: [any CodedOption] = [noise, variationSeed, variationStrength, tile]

    /// ``NoiseOptions/kind``
    public static let noise = RequestOption(
        "noise", \.diffusion.noise.kind, families: [.diffusion],
        help: "Whose random numbers: \(NoiseKind.accepted) (default: torch-cpu).")

    /// ``NoiseOptions/variationSeed``
    public static let variationSeed = RequestOption(
        "variation seed", \.diffusion.noise.variationSeed, families: [.diffusion],
        help: "Lead the noise toward this seed's (default: chance). Picture i has it + i.")

    /// ``NoiseOptions/variationStrength``
    public static let variationStrength = RequestOption(
        "variation strength", \.diffusion.noise.variationStrength, families: [.diffusion],
        help: "How far it is led there, 0 to 1 (default: 0).", bounds: .range(0...1))

    /// ``NoiseOptions/tile``
    public static let tile = RequestOption(
        "tile", \.diffusion.noise.tile, families: [.diffusion],
        help: "Let left and right meet, top and bottom, or both: \(TileAxes.accepted).")
}

extension NoiseKind: RequestValue {
    /// The whole text is read.
    public init?(text: String) { self.init(rawValue: text.lowercased()) }
    /// The names there are.
    public static var accepted: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension TileAxes: RequestValue {
    /// The whole text is read.
    public init?(text: String) { self.init(rawValue: text.lowercased()) }
    /// The names there are.
    public static var accepted: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension ResolvedRequest {
    /// Noise that is led a part of the way to another seed's.
    public struct Variation: Sendable, Equatable {
        /// Of the first picture.
        public var seed: UInt32
        /// Above 0, to 1.
        public var strength: Double

        /// The noise of a picture, counted from 1.
        ///
        /// - Parameter noise: Its own seed's, `[1, H, W, C]`.
        func led(_ noise: Tensor, picture number: Int, _ kind: NoiseKind) -> Tensor {
            let seed = seed &+ UInt32(truncatingIfNeeded: number - 1)
            var generator = NoiseGenerator(seed: UInt64(seed), kind)
            return columnsInterpolated(noise, generator.latents(noise.shape), at: strength)
        }
    }

    /// What the noise is led to; nil for nothing.
    var variation: Variation? {
        get {
            if case .diffusion(let settings) = settings { settings.variation } else { nil }
        }
        set {
            guard case .diffusion(var changed) = settings else { return }
            changed.variation = newValue
            settings = .diffusion(changed)
        }
    }
}

extension NoiseOptions {
    /// What the noise is led to, chosen by chance where the request leaves it open.
    func variation(of source: PaintSource) throws(PaintError) -> ResolvedRequest.Variation? {
        guard let strength = variationStrength, strength > 0 else {
            guard variationSeed == nil || variationStrength != nil else {
                throw .request(
                    field: RequestOptions.variationSeed.name,
                    problem:
                        "goes with \(RequestOptions.variationStrength.name), above 0 and up to 1")
            }
            return nil
        }
        if case .interpolation = source {
            throw .request(
                field: RequestOptions.variationStrength.name,
                problem: "pictures on a way have the noise of the way")
        }
        let seed = variationSeed ?? UInt32.random(in: 0...UInt32.max)
        return ResolvedRequest.Variation(seed: seed, strength: strength)
    }
}
