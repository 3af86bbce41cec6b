import PinxitImages
import PinxitStableDiffusion
import PinxitTensors

/// A picture as an unCLIP sees it.
struct SeenPicture {
    let picture: Picture
    /// CLIP's, `[1, features]`.
    let embedding: Tensor
    /// What the decoder is given for it where no noise is added, `[1, features]`.
    let condition: Tensor
}

/// What a variation or blend begins with: the noise that its pictures would come from, of which a
/// part is replaced.
///
/// DALL·E 2 (Ramesh et al. 2022, arXiv 2204.06125, section 3) represents a picture by what CLIP
/// sees in it and by x_T, the noise from which the decoder, told that, makes the picture again.
/// Between two pictures both are turned along their arcs. Its variations let new noise in at each
/// step (DDIM's η), which few samplers can; so here the seed's noise ε takes a part of x_T's place
/// before the first step, whatever the sampler:
///
///     x = sin((1 − a) θ) / sin θ · x_T + sin(a θ) / sin θ · ε,   θ the angle between the two
///
/// which for amount a = 0 gives the picture back, for 1 knows only what CLIP sees, and keeps the
/// variance between: θ is nearly a right angle, so the factors are nearly cos and sin of a π/2.
struct PictureOrigins {
    /// x_T of one picture, or of the two that are blended; `[1, H, W, C]`.
    private let noises: [Tensor]
    /// Of each picture between two.
    private let places: [Double]
    private let amount: Double

    /// Seeks the noise of the pictures that a request starts from.
    ///
    /// - Parameter painter: Of one prompt, without guidance.
    /// - Returns: Nil where nothing of that noise would be used.
    init?(
        _ pictures: [SeenPicture], _ request: ResolvedRequest, _ painter: () -> LatentPainter
    ) throws {
        guard let amount = request.source.amount, amount < 1 else { return nil }
        let (painter, type) = (painter(), request.precision.type)
        let size = PictureSize(width: request.width, height: request.height)
        noises = try pictures.map { seen in
            // The middle, as CLIP sees it.
            let picture = seen.picture.rgb().resized(to: size, .crop)
            let latents = try painter.model.latents(of: Tensor(pictures: [picture]), type: type)
            return try painter.noise(of: latents, added: seen.condition)
        }
        self.amount = amount
        places = request.source.places
    }

    /// What a picture begins with.
    ///
    /// - Parameters:
    ///   - number: Of the picture, from 1.
    ///   - fresh: The seed's noise, `[1, H, W, C]`.
    func noise(_ number: Int, fresh: Tensor) -> Tensor {
        let origin =
            noises.count == 1
            ? noises[0]
            : sphericallyInterpolated(noises[0], noises[1], at: places[number - 1])
        return sphericallyInterpolated(origin, fresh, at: amount)
    }
}

extension PaintSource {
    /// How much of the pictures' own noise is replaced; nil where it is left open.
    var amount: Double? {
        switch self {
        case .variation(_, _, let amount), .blend(_, _, _, _, let amount): amount
        case .text, .image, .inpaint, .interpolation: nil
        }
    }

    /// Where between two pictures those of a blend lie.
    fileprivate var places: [Double] {
        if case .blend(_, _, let places, _, _) = self { places } else { [] }
    }
}
