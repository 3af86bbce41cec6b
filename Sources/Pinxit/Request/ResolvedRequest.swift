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
    /// What was typed, where styles or wildcards made the prompt of it.
    public internal(set) var originalPrompt: String?
    /// What the painter's weights are changed by. A request cannot ask for it: whoever loads the
    /// model decides.
    public internal(set) var loras: [UsedLoRA] = []
    /// The parts that take the place of the model's own.
    public internal(set) var parts = UsedParts.none
    /// The words the painter has learnt beside its own; given to it as LoRAs are.
    public internal(set) var embeddings: [UsedEmbedding] = []

    /// The settings of one family of models, each beside the options it fills in.
    public enum Settings: Sendable, Equatable {
        case diffusion(Diffusion)
        case tokens(Tokens)
        case gan(GAN)
    }

    /// The seed of a picture, counted from 1: one higher for each next one, so that each can be
    /// painted again alone. Pictures between two pictures or prompts, and those whose noise is led
    /// to a variation's seed, have the request's own.
    public func seed(ofPicture number: Int) -> UInt32 {
        if variation != nil { return seed }
        return switch source {
        case .text, .image, .inpaint, .variation: seed &+ UInt32(truncatingIfNeeded: number - 1)
        case .blend, .interpolation: seed
        }
    }

    /// The request for one of its pictures alone. A frame on the way between prompts is not
    /// painted without the others: its request is the whole way's.
    func alone(picture number: Int) -> ResolvedRequest {
        var own = self
        switch source {
        case .text, .image, .inpaint, .variation: own.seed = seed(ofPicture: number)
        case .blend(let first, let second, let places, let level, let amount):
            own.source = .blend(
                first, second, at: [places[number - 1]], noiseLevel: level, amount: amount)
        case .interpolation: return own
        }
        own.variation?.seed &+= UInt32(truncatingIfNeeded: number - 1)
        own.count = 1
        return own
    }

    /// What was filled in, as a request that asks for all of it.
    public var request: PaintRequest {
        var request = PaintRequest(
            prompt: prompt, negativePrompt: negativePrompt, source: source, width: width,
            height: height, seed: seed, count: count, precision: precision)
        request.originalPrompt = originalPrompt
        switch settings {
        case .diffusion(let diffusion): diffusion.ask(&request)
        case .tokens(let tokens): tokens.ask(&request)
        case .gan(let gan): gan.ask(&request)
        }
        return request
    }
}
