import FoundationEssentials
import PinxitFiles
import PinxitImages

/// The settings that a picture carries, which paint it again.
public struct CarriedSettings: Sendable, Equatable {
    /// What was asked for.
    public let request: PaintRequest
    /// What the picture was made of, in JSON; ``request`` is without it.
    private let sourceText: String?
    /// The name of the model that painted it, where Pinxit did.
    public let model: String?
    /// What the model's weights were changed by; only named: the files are elsewhere.
    public let loras: [UsedLoRA]
    /// The words it had learnt beside its own.
    public let embeddings: [UsedEmbedding]
    /// The parts that took the place of the model's own; only named.
    public let parts: UsedParts
    /// The pictures it was held to, one for each of ``UsedParts/controlNets``; only named.
    public let controls: [CarriedControl]
    /// The digest of the picture it was like; only named.
    public let imagePrompt: String?
    /// The digest of the picture that it completes; only named.
    public let completed: String?
    /// What painted it, as people call it: "Pinxit", "ComfyUI".
    public let program: String
    /// Its version, as it writes it.
    public let version: String?
    /// What painted it in another program.
    public let foreignModel: NamedModel?
    /// What it says and ``request`` does not ask for, a line each.
    public let notes: [String]

    /// Reads a picture file: the JSON that Pinxit writes, or else what AUTOMATIC1111's web UI,
    /// ComfyUI, InvokeAI or Fooocus write, or others in their form. What of that has no counterpart
    /// here is in ``notes``. LoRAs that others used stand in the prompt, as tags.
    ///
    /// - Throws: `ImageError` for a file that cannot be read; `PaintError.settings` for one without
    ///   settings, or with some that do not paint it again.
    public init(file: String) throws { try self.init(texts: try Self.texts(file), file: file) }

    /// The same of the texts that were read from a file.
    ///
    /// - Parameter file: What it is called in errors.
    public init(texts: [PNGText], file: String) throws {
        try self.init(in: texts, file: file)
        if let problem = missingPictures { throw PaintError.settings(file: file, problem: problem) }
    }

    /// The same, of pictures that the file does not hold too: see ``missingPictures``.
    init(in texts: [PNGText], file: String) throws {
        let info = texts.first { $0.key == Infotext.pngKey }.map { Infotext(parsing: $0.text) }
        if let json = texts.first(where: { $0.key == "pinxit" })?.text {
            model = info?["Model"]
            (program, version) = ("Pinxit", info?["Version"])
            (foreignModel, notes) = (nil, [])
            do {
                let pictures = try CarriedPictures(json: json)
                (controls, imagePrompt) = (pictures.controls, pictures.prompt)
                completed = pictures.completed
                sourceText = pictures.source?.encoded(indented: false)
                let carried = try CarriedRequest(json: pictures.rest)
                request = carried.request
                (loras, embeddings) = (carried.loras, carried.embeddings)
                parts = carried.parts
            } catch let error as DecodingError {
                throw PaintError.settings(
                    file: file, problem: "they cannot be read: \(error.field): \(error.told)")
            } catch {
                throw PaintError.settings(file: file, problem: "\(error)")
            }
            return
        }
        let foreign = try ForeignSettings(texts, file: file)
        // Names of other programs' models are none of ours.
        (request, model, loras, embeddings) = (foreign.request, nil, [], [])
        (program, version, parts) = (foreign.program, foreign.version, .none)
        (foreignModel, notes) = (foreign.model, foreign.notes)
        (sourceText, controls, imagePrompt, completed) = (nil, [], nil, nil)
    }

    /// What the picture was made of, with digests in the pictures' places; nil where ``request``
    /// says it.
    package var source: JSONValue? { sourceText.flatMap { try? JSONValue(parsing: $0) } }

    /// Why the file alone does not paint it again; nil where it does.
    var missingPictures: String? {
        guard let source else { return nil }
        let command =
            switch source["kind"] {
            case .string("variation")?: "vary"
            case .string("blend")?: "blend"
            default: "edit"
            }
        return "it was painted from pictures, which it does not hold; pinxit \(command) takes them"
    }

    private static func texts(_ file: String) throws -> [PNGText] {
        do {
            return try Picture.texts(encoded: Data(try readFile(file)), name: file)
        } catch let error as FileError {
            throw ImageError.unreadable(file: file, reason: error.problem)
        }
    }
}

extension PaintRequest {
    /// The request with what it leaves open taken from another, and the other's source if it starts
    /// from words alone.
    public func filled(from other: PaintRequest) -> PaintRequest {
        var request = self
        for option in RequestOptions.coded where !option.isGiven(in: self) {
            option.copy(from: other, to: &request)
        }
        // That of the other's sampler.
        if let sampler = diffusion.sampler, sampler != other.diffusion.sampler {
            request.diffusion.eta = diffusion.eta
        }
        if source == .text { request.source = other.source }
        if prompt == other.prompt {
            request.originalPrompt = originalPrompt ?? other.originalPrompt
        }
        return request
    }
}
