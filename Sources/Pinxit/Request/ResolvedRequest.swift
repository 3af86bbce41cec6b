import PinxitImages
import PinxitSamplers

/// A request with everything filled in that it had left open, checked against a model.
public struct ResolvedRequest: Sendable, Equatable {
    /// What to paint.
    public var prompt: String
    /// What guidance leads away from; empty for nothing.
    public var negativePrompt: String
    /// What the pictures start from beside the words.
    public var source: PaintSource
    /// In pixels.
    public var width: Int
    /// In pixels.
    public var height: Int
    /// Of the first picture.
    public var seed: UInt32
    /// Pictures that are painted.
    public var count: Int
    /// The type networks compute in.
    public var precision: Precision
    /// What the model's family has beside this.
    public var settings: Settings

    /// The settings of one family of models.
    public enum Settings: Sendable, Equatable {
        case diffusion(Diffusion)
        case tokens(Tokens)
        case gan(GAN)
    }

    /// Of latent diffusion; see ``DiffusionOptions``.
    public struct Diffusion: Sendable, Equatable {
        /// Denoising steps, from 1.
        public var steps: Int
        /// How much the prompt is exaggerated; 1 or less is not at all.
        public var guidanceScale: Double
        /// How the steps are taken.
        public var sampler: Sampler
        /// 0 to 1 is everywhere.
        public var guidanceInterval: ClosedRange<Double>
        /// 1 is always.
        public var deepCacheInterval: Int
        /// 0 is none.
        public var tokenMerging: Double
    }

    /// Of DALL·E; see ``TokenOptions``.
    public struct Tokens: Sendable, Equatable {
        /// How much the prompt is exaggerated; 1 or less is not at all.
        public var guidanceScale: Double
        /// Above 1 draws are bolder; 0 takes the likeliest token always.
        public var temperature: Double
        /// Draws come from the fewest tokens that have this probability.
        public var topP: Double
        /// Nil is all tokens.
        public var topK: Int?
        /// Pictures drawn for each that is kept, from 1.
        public var candidates: Int
        /// Nil is none: the picture is drawn from its first token on.
        public var completion: Completion?

        /// A picture to complete.
        public struct Completion: Sendable, Equatable {
            /// Of any size; it is brought to the model's.
            public var picture: Picture
            /// As the request says it.
            public var keepRows: Double
            /// Rows of tokens that are kept.
            public var rows: Int
        }
    }

    /// Of a GAN; see ``GANOptions``.
    public struct GAN: Sendable, Equatable {
        /// What the noise is multiplied by.
        public var truncation: Double
    }

    /// The seed of a picture, counted from 1: one higher for each next one, so that each can be
    /// painted again alone. Pictures between two are all made from the same noise.
    public func seed(ofPicture number: Int) -> UInt32 {
        if case .blend = source { return seed }
        return seed &+ UInt32(truncatingIfNeeded: number - 1)
    }

    /// The request for one of its pictures alone.
    func alone(picture number: Int) -> ResolvedRequest {
        var own = self
        (own.seed, own.count) = (seed(ofPicture: number), 1)
        return own
    }

    /// What was filled in, as a request that asks for all of it.
    public var request: PaintRequest {
        var request = PaintRequest(
            prompt: prompt, negativePrompt: negativePrompt, source: source, width: width,
            height: height, seed: seed, count: count, precision: precision)
        switch settings {
        case .diffusion(let d):
            request.guidanceScale = d.guidanceScale
            request.diffusion = DiffusionOptions(steps: d.steps, sampler: d.sampler)
            if d.guidanceInterval != 0...1 {
                request.diffusion.guidanceInterval = d.guidanceInterval
            }
            if d.deepCacheInterval > 1 {
                request.diffusion.deepCacheInterval = d.deepCacheInterval
            }
            if d.tokenMerging > 0 { request.diffusion.tokenMerging = d.tokenMerging }
        case .tokens(let t):
            request.guidanceScale = t.guidanceScale
            request.tokens = TokenOptions(
                temperature: t.temperature, topP: t.topP, topK: t.topK, candidates: t.candidates,
                complete: t.completion?.picture, keepRows: t.completion?.keepRows)
        case .gan(let g):
            request.gan = GANOptions(truncation: g.truncation)
        }
        return request
    }
}
