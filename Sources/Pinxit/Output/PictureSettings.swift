import FoundationEssentials
import PinxitFiles
import PinxitImages

extension ResolvedRequest {
    /// The settings as picture files carry them: as the text `parameters` that other programs read,
    /// and exactly, as JSON, under `pinxit`.
    ///
    /// - Parameter model: The model's name.
    public func texts(model: String) throws -> [PNGText] {
        [
            PNGText(key: Infotext.pngKey, text: infotext(model: model).text),
            PNGText(key: "pinxit", text: try CarriedRequest(self).json),
        ]
    }

    /// The settings as other programs read them; what the model's family does not use is left out.
    private func infotext(model: String) -> Infotext {
        var (fields, noise) = ([Infotext.Field](), "CPU")
        switch settings {
        case .diffusion(let d):
            if d.noise == .philox { noise = "NV" }
            fields = [
                .init("Steps", "\(d.steps)"), .init("Sampler", d.sampler.title),
                .init("CFG scale", "\(d.guidanceScale)"),
            ]
            if let schedule = d.schedule, schedule != .normal {
                fields.insert(.init("Schedule type", schedule.title), at: 2)
            }
            // Others count the last layer too.
            if d.text.clipSkip > 0 { fields.append(.init("Clip skip", "\(d.text.clipSkip + 1)")) }
            if let strength = d.strength {
                fields.append(.init("Denoising strength", "\(strength)"))
            }
            if let variation = d.variation {
                fields += [
                    .init("Variation seed", "\(variation.seed)"),
                    .init("Variation seed strength", "\(variation.strength)"),
                ]
            }
            // Others know both axes or none.
            if d.tile == .xy { fields.append(.init("Tiling", "True")) }
            if let hires = d.hires { fields += hires.fields(beside: d, parts) }
            if let scale = d.imageGuidanceScale {
                fields.append(.init("Image CFG scale", "\(scale)"))
            }
        case .tokens(let t): fields = [.init("CFG scale", "\(t.guidanceScale)")]
        case .gan: break
        }
        fields += [
            .init("Seed", "\(seed)"), .init("Size", "\(width)x\(height)"), .init("Model", model),
            .init("RNG", noise), .init("Version", "Pinxit \(pinxitVersion)"),
        ]
        let prompt = ([prompt] + loras.map(\.tag)).filter { !$0.isEmpty }.joined(separator: " ")
        return Infotext(prompt: prompt, negativePrompt: negativePrompt, fields: fields)
    }
}

extension ResolvedRequest.Diffusion.Hires {
    /// As AUTOMATIC1111's web UI names them.
    fileprivate func fields(
        beside first: ResolvedRequest.Diffusion, _ parts: UsedParts
    ) -> [Infotext.Field] {
        let upscaler = upscaler == .model ? parts.upscaler ?? upscaler.title : upscaler.title
        var fields: [Infotext.Field] = [
            .init("Denoising strength", "\(strength)"), .init("Hires upscale", "\(scale)"),
            // There all of them are taken, here a part.
            .init("Hires steps", "\(max(1, Int(Double(steps) * strength)))"),
            .init("Hires upscaler", upscaler),
        ]
        if sampler != first.sampler { fields.append(.init("Hires sampler", sampler.title)) }
        return fields
    }
}

extension ResolvedRequest {
    /// All that a picture file carries: the settings, and where the picture comes from.
    ///
    /// - Parameters:
    ///   - model: The model's name.
    ///   - picture: As it is written.
    public func texts(
        model: String, marks: PictureMarks, of picture: Picture
    ) throws -> [PNGText] {
        guard marks.hasMetadata else { return [] }
        return try texts(model: model)
            + marks.provenance(model: model, isComposite: source.isComposite, of: picture)
    }
}

extension PaintedPicture {
    /// Writes a `.png`, `.jpg` or `.webp` file with the settings in it, complete or not at all.
    ///
    /// - Throws: `ImageError` where it cannot be written or signed.
    public func write(to file: String, marks: PictureMarks = PictureMarks()) throws {
        let (picture, texts) = try marked(marks)
        let bytes = try picture.encoded(as: PictureFormat(name: file) ?? .png, texts: texts)
        try Picture.write(try marks.signed(bytes, carrying: texts), to: file)
    }

    /// The bytes of a PNG file with the settings in it, such as a server sends.
    public func png(marks: PictureMarks = PictureMarks()) throws -> Data {
        let (picture, texts) = try marked(marks)
        return try marks.signed(try PNG.encode(picture, texts: texts), carrying: texts)
    }

    /// The picture as it is written, and what its file carries.
    public func marked(_ marks: PictureMarks) throws -> (picture: Picture, texts: [PNGText]) {
        let picture = marks.put(on: picture)
        return (picture, try request.texts(model: model, marks: marks, of: picture))
    }
}

extension Painting {
    /// Writes the pictures, each with its settings as the `pinxit` command does: the first under
    /// this name, those after it with a number before the extension, `apple-2.png`.
    ///
    /// - Returns: The paths of the files, in the pictures' order.
    /// - Throws: `ImageError` where one cannot be written.
    @discardableResult
    public func write(to file: String) throws -> [String] {
        let dot = file.lastPathPart.contains(".") ? file.lastIndex(of: ".") : nil
        let end = dot ?? file.endIndex
        return try pictures.enumerated().map { index, painted in
            let path = index == 0 ? file : "\(file[..<end])-\(index + 1)\(file[end...])"
            try painted.write(to: path)
            return path
        }
    }
}
