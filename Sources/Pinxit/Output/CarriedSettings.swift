import FoundationEssentials
import PinxitFiles
import PinxitImages
import PinxitSamplers

/// The settings that a picture carries, which paint it again.
public struct CarriedSettings: Sendable, Equatable {
    /// What was asked for.
    public let request: PaintRequest
    /// The name of the model that painted it, where Pinxit did.
    public let model: String?
    /// What the model's weights were changed by; only named: the files are elsewhere.
    public let loras: [UsedLoRA]
    /// The words it had learnt beside its own.
    public let embeddings: [UsedEmbedding]
    /// The parts that took the place of the model's own; only named.
    public let parts: UsedParts

    /// Reads a picture file: the JSON that Pinxit writes, or else the text `parameters` of other
    /// programs, of which prompts, steps, sampler, guidance scale, seed and size are taken.
    ///
    /// - Throws: `ImageError` for a file that cannot be read; `PaintError.settings` for one without
    ///   settings, or with some that do not paint it again.
    public init(file: String) throws {
        try self.init(texts: try Self.texts(file), of: file)
    }

    /// Reads the texts that a picture carries, as `init(file:)` does.
    ///
    /// - Parameter file: What the picture is called in errors.
    /// - Throws: `PaintError.settings` as that does.
    public init(texts: [PNGText], of file: String = "picture") throws {
        let info = texts.first { $0.key == Infotext.pngKey }.map { Infotext(parsing: $0.text) }
        if let json = texts.first(where: { $0.key == "pinxit" })?.text {
            model = info?["Model"]
            do {
                let carried = try CarriedRequest(json: json)
                request = carried.request
                (loras, embeddings) = (carried.loras, carried.embeddings)
                parts = carried.parts
            } catch let error as DecodingError {
                throw PaintError.settings(file: file, problem: Self.problem(json, error))
            } catch {
                throw PaintError.settings(file: file, problem: "\(error)")
            }
        } else if let info {
            // Names of other programs' models are none of ours.
            (request, model, loras, embeddings) = (PaintRequest(info), nil, [], [])
            parts = .none
        } else {
            throw PaintError.settings(
                file: file, problem: "it carries none; a picture that Pinxit painted is accepted")
        }
    }

    private static func texts(_ file: String) throws -> [PNGText] {
        do {
            return try Picture.texts(encoded: Data(try readFile(file)), name: file)
        } catch let error as FileError {
            throw ImageError.unreadable(file: file, reason: error.problem)
        }
    }

    private static func problem(_ json: String, _ error: DecodingError) -> String {
        json.contains("sha256:")
            ? "it was painted from pictures, which it does not hold; vary or blend them again"
            : "they cannot be read: \(error)"
    }
}

extension PaintRequest {
    /// What the text of other programs says; what it does not say, or says in words that are not
    /// known here, is the model's choice.
    init(_ info: Infotext) {
        self.init(prompt: info.prompt, negativePrompt: info.negativePrompt)
        let size = (info["Size"] ?? "").split(separator: "x").map { Int($0) }
        if size.count == 2 { (width, height) = (size[0], size[1]) }
        guidanceScale = info["CFG scale"].flatMap { Double($0) }
        seed = info["Seed"].flatMap { UInt32($0) }
        diffusion.steps = info["Steps"].flatMap { Int($0) }
        diffusion.sampler = info["Sampler"].flatMap { Sampler(text: $0) }
        // Who writes such a text reads prompts so.
        diffusion.text.emphasis = .a1111
    }

    /// The request with what it leaves open taken from another, and the other's source if it starts
    /// from words alone.
    public func filled(from other: PaintRequest) -> PaintRequest {
        var request = self
        for option in RequestOptions.coded where !option.isGiven(in: self) {
            option.copy(from: other, to: &request)
        }
        if source == .text { request.source = other.source }
        if prompt == other.prompt {
            request.originalPrompt = originalPrompt ?? other.originalPrompt
        }
        return request
    }
}
