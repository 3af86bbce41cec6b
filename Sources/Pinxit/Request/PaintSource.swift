import PinxitImages

/// What pictures start from beside the words. Pictures are data, never paths.
public enum PaintSource: Sendable, Equatable {
    /// Nothing but the words.
    case text
    /// A picture to change (image to image). For a latent diffusion model.
    ///
    /// `strength` is how much of the way from noise is taken again, above 0 to 1: little keeps the
    /// picture, 1 forgets it. Nil is the model's choice: .75, and for a model that changes pictures
    /// by instruction nothing else than 1.
    case image(Picture, strength: Double? = nil)
    /// A picture of which a part is repainted; what the mask leaves stays as it is, to the bit. For
    /// a latent diffusion model.
    ///
    /// `strength` is as for ``image(_:strength:)``; nil is 1.
    case inpaint(Picture, Mask, strength: Double? = nil)
    /// A picture to vary: others that CLIP would say the same of. For an unCLIP model.
    ///
    /// `noiseLevel` is noise on what is seen of it, from 0 to 999: the more, the freer. `amount` is
    /// how much of the noise that the picture itself would come from is replaced by the seed's, 0
    /// to 1: little keeps where things lie and what they look like, 1 keeps only what CLIP sees.
    /// Nil is the model's choice, ``ModelSettings/variationAmount``.
    case variation(Picture, noiseLevel: Int = 0, amount: Double? = nil)
    /// Pictures between two, one at each place on the arcs between what CLIP sees in them and
    /// between the noises they would come from: 0 is the first, 1 the second. For an unCLIP model.
    ///
    /// `amount` is as for a variation; 1 begins each with the same noise of the seed. Nil is the
    /// model's choice, ``ModelSettings/blendAmount``.
    case blend(
        Picture, Picture, at: [Double], noiseLevel: Int = 0, amount: Double? = nil)
    /// The way from the request's prompt through others, so many frames from each to the next; the
    /// last frame shows the last prompt. Between two that are the same it goes from seed to seed.
    /// For a GAN or a latent diffusion model.
    case interpolation([String], frames: Int)

    /// How many pictures it stands for; nil where the request's count says it.
    package var count: Int? {
        switch self {
        case .text, .image, .inpaint, .variation: nil
        case .blend(_, _, let places, _, _): places.count
        case .interpolation(let prompts, let frames): Self.count(prompts.count, frames)
        }
    }

    /// However many frames are asked for: whether so many are accepted is looked at elsewhere.
    private static func count(_ ways: Int, _ frames: Int) -> Int {
        let (all, isTooMuch) = ways.multipliedReportingOverflow(by: frames)
        return isTooMuch || all == .max ? .max : all + 1
    }

    /// Its name, as JSON has it.
    var kind: Kind {
        switch self {
        case .text: .text
        case .image: .image
        case .inpaint: .inpaint
        case .variation: .variation
        case .blend: .blend
        case .interpolation: .interpolation
        }
    }

    enum Kind: String, Codable { case text, image, inpaint, variation, blend, interpolation }

    /// - Throws: `PaintError.request` for numbers that are out of bounds whatever the model.
    func check() throws(PaintError) {
        switch self {
        case .text: break
        case .variation(_, _, let amount): try Self.check(amount: amount)
        case .image(_, let strength): try Self.check(strength)
        case .inpaint(let picture, let mask, let strength):
            try Self.check(strength)
            try mask.check(for: picture)
        case .blend(_, _, let places, _, let amount):
            try Self.check(amount: amount)
            guard !places.isEmpty, places.allSatisfy({ (0...1).contains($0) }) else {
                throw .request(field: "weights", problem: "\(places) are not numbers from 0 to 1")
            }
        case .interpolation(let prompts, let frames):
            guard !prompts.isEmpty, (1...1000).contains(frames) else {
                throw .request(
                    field: "interpolation",
                    problem: "two prompts or more and 1 to 1000 frames are accepted")
            }
        }
    }

    private static func check(_ strength: Double?) throws(PaintError) {
        guard let strength, !(strength > 0 && strength <= 1) else { return }
        throw .request(
            field: "strength", problem: "\(strength) is not accepted; above 0 to 1 is")
    }

    private static func check(amount: Double?) throws(PaintError) {
        guard let amount, !(0...1).contains(amount) else { return }
        throw .request(field: "amount", problem: "\(amount) is not accepted; 0 to 1 is")
    }
}
