import PinxitImages

/// Masks made by words: a picture is given some noise and denoised as its caption says, and where
/// pixels looked at the words meanwhile, they are (DAAM, Tang et al. 2022, arXiv 2210.04885, of a
/// picture that is there).
extension Painter {
    /// The share of the way from noise, and its steps, on which a picture is looked at.
    private static let look = (strength: 0.5, steps: 8)
    /// How many of the margins around what is found are as long as the picture: maps are coarse.
    private static let margins = 32

    /// Where a picture shows what words say: one channel of its size, white there and black
    /// elsewhere.
    ///
    /// What a model looks at tells things apart that its text names; without the others in the
    /// text it is unsure. It costs four evaluations of the denoiser, without guidance, and a
    /// decoding.
    ///
    /// - Parameters:
    ///   - words: Such as "the dog".
    ///   - caption: What all of the picture shows, with the words in it; nil is the words alone.
    ///   - precision: Nil is the usual one.
    /// - Throws: `PaintError.request` for words that the caption does not have, and for a model
    ///   that is no latent diffusion or takes no masks; what painting throws.
    public func mask(
        of words: String, in picture: Picture, caption: String? = nil, precision: Precision? = nil
    ) async throws -> Picture {
        try await mask(
            of: words, in: picture, caption: caption,
            like: PaintRequest(prompt: "", precision: precision))
    }

    /// The same for a painter with networks beside its model, which want their pictures.
    ///
    /// - Parameter other: Whose precision, prediction, reading, controls and picture as a prompt
    ///   hold here too.
    public func mask(
        of words: String, in picture: Picture, caption: String? = nil, like other: PaintRequest
    ) async throws -> Picture {
        let caption = caption ?? words
        guard let found = Mask.phrase(words, in: caption) else {
            throw PaintError.request(
                field: "mask", problem: "\"\(words)\" is not in the caption \"\(caption)\"")
        }
        var request = PaintRequest(
            prompt: caption, source: .image(picture, strength: Self.look.strength),
            guidanceScale: 1, seed: 0, precision: other.precision)
        request.diffusion.steps = Self.look.steps
        request.diffusion.prediction = other.diffusion.prediction
        request.diffusion.text = other.diffusion.text
        request.diffusion.controls = other.diffusion.controls
        request.diffusion.imagePrompt = other.diffusion.imagePrompt
        let painting = try await paint(
            request, PaintOptions(explaining: ExplainingOptions(pictureInterval: Self.look.steps)))
        guard let map = painting.pictures[0].explanation?.map(of: found) else {
            throw PaintError.request(
                field: "mask", problem: "\"\(words)\" are no whole words of \"\(caption)\"")
        }
        return map.mask(
            width: picture.width, height: picture.height,
            margin: max(picture.width, picture.height) / Self.margins)
    }

    /// The request with its mask's words looked for; others as they are.
    ///
    /// - Throws: `PaintError.request` for what the model cannot do, before it looks.
    func located(_ request: PaintRequest) async throws -> PaintRequest {
        guard case .inpaint(let picture, var mask, let strength) = request.source,
            case .words(let words, let caption) = mask.area
        else { return request }
        func masked(by found: Picture) -> PaintRequest {
            mask.area = .picture(found)
            var own = request
            own.source = .inpaint(picture, mask, strength: strength)
            return own
        }
        // Seconds are not spent on what is refused afterwards.
        try request.source.check()
        let everything = Picture(
            width: picture.width, height: picture.height, color: [mask.isInverted ? 0 : 255])
        _ = try resolved(masked(by: everything))
        return masked(
            by: try await self.mask(
                of: words, in: picture, caption: caption ?? words, like: request))
    }
}

extension Mask {
    /// The words as a caption has them: as they are, or without the article before them. Nil where
    /// it has neither.
    package static func phrase(_ words: String, in caption: String) -> String? {
        func plain(_ text: String) -> String { text.lowercased().filter { !$0.isWhitespace } }
        let parts = words.split(whereSeparator: \.isWhitespace)
        guard let first = parts.first else { return nil }
        var candidates = [words]
        if ["a", "an", "the"].contains(first.lowercased()), parts.count > 1 {
            candidates.append(parts.dropFirst().joined(separator: " "))
        }
        return candidates.first { plain(caption).contains(plain($0)) }
    }
}
