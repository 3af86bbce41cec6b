/// What is watched and kept while painting; it does not change the pictures.
public struct PaintOptions: Sendable, Equatable {
    /// Whether pictures come with their noise, latents and decoded numbers.
    public var keepingTensors: Bool
    /// Whether every operation's result is searched for numbers that are not finite.
    public var checkingNumerics: Bool
    /// Every how many steps the picture so far is decoded and told; nil is never.
    public var previewInterval: Int?
    /// Whether pictures come with what explains them; nil is not.
    public var explaining: ExplainingOptions?
    /// Whether nothing else will be asked of the painter soon: networks then give their memory back
    /// before the last picture is decoded, and another request has to prepare them again.
    public var isLast: Bool

    /// Nothing is kept or looked for unless asked; see the properties.
    public init(
        keepingTensors: Bool = false, checkingNumerics: Bool = false, previewInterval: Int? = nil,
        explaining: ExplainingOptions? = nil, isLast: Bool = false
    ) {
        self.keepingTensors = keepingTensors
        self.checkingNumerics = checkingNumerics
        self.previewInterval = previewInterval
        self.explaining = explaining
        self.isLast = isLast
    }

    /// - Throws: `PaintError.request` for what a family of models does not have.
    func check(for family: ModelFamily) throws(PaintError) {
        if keepingTensors, family != .diffusion {
            throw .request(
                field: "noise and latents", problem: "\(family.title) has none to keep")
        }
        if let explaining {
            guard explaining.pictureInterval > 0 else {
                throw .request(
                    field: "explaining",
                    problem: "pictures every \(explaining.pictureInterval) steps; 1 or more is "
                        + "accepted")
            }
        }
        guard let previewInterval else { return }
        guard previewInterval > 0 else {
            throw .request(
                field: "previews", problem: "\(previewInterval) is not 1 or more steps")
        }
        guard family == .diffusion else {
            throw .request(
                field: "previews", problem: "only a model that denoises step by step has them")
        }
    }
}

/// What an explanation of a picture has.
public struct ExplainingOptions: Sendable, Equatable {
    /// Every how many steps the picture so far is decoded and kept, the first and the last always.
    /// Decoding is what explaining costs most.
    public var pictureInterval: Int

    /// By default every step has its picture.
    public init(pictureInterval: Int = 1) { self.pictureInterval = pictureInterval }
}
