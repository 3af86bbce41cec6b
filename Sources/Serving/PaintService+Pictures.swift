import FoundationEssentials
import Pinxit
import PinxitFiles
import PinxitImages
import Synchronization

/// The settings that a picture file carries, as far as they can be read.
public struct FoundSettings: Sendable {
    /// What was asked for, as a request's JSON; nil where nobody knows.
    public var request: JSONValue?
    /// The model that painted it.
    public var model: String?
    /// The text that other programs read.
    public var parameters: String?

    /// The words it was painted from.
    public var prompt: String? {
        if case .string(let prompt)? = request?["prompt"] { prompt } else { nil }
    }
}

extension PaintService {
    /// The pictures of the shelf that are there for somebody.
    func pictures(for asker: Asker) -> RequestPictures {
        RequestPictures(shelf) { [store] in try store.sees($0, asker) }
    }

    /// - Throws: `ServingError.notFound` for a picture that is not there for somebody.
    public func check(_ hash: String, for asker: Asker) throws {
        guard PictureShelf.isHash(hash), try shelf.has(hash), try store.sees(hash, asker) else {
            throw ServingError.notFound("the picture \(hash.prefix(64))")
        }
    }

    /// The file of a picture.
    ///
    /// - Throws: `ServingError.notFound`.
    public func file(_ hash: String, for asker: Asker) throws -> Data {
        try check(hash, for: asker)
        return try shelf.bytes(hash)
    }

    /// The file of a job's picture.
    public func file(_ picture: JobPicture) throws -> Data { try shelf.bytes(picture.hash) }

    /// Keeps a picture from outside.
    ///
    /// - Returns: Its hash and size.
    /// - Throws: `ServingError` for anything but a picture that is read here.
    public func upload(
        _ bytes: Data, by asker: Asker
    ) throws -> (hash: String, width: Int, height: Int) {
        guard bytes.count <= limits.upload else {
            throw ServingError.tooLarge(
                field: nil, problem: "\(bytes.count) bytes; at most \(limits.upload) are accepted")
        }
        let picture = try RequestPictures.picture(bytes, "picture")
        let hash = try shelf.put(bytes)
        try store.uploaded(hash, by: asker.owner, at: now())
        return (hash, picture.width, picture.height)
    }

    /// A smaller picture; the longest side is at most so many pixels.
    public func thumbnail(_ hash: String, side: Int, for asker: Asker) throws -> Data {
        let picture = try RequestPictures.picture(try file(hash, for: asker), "picture")
        let longest = max(picture.width, picture.height)
        guard longest > side else { return try PNG.encode(picture) }
        func scaled(_ length: Int) -> Int { max(1, (length * side + longest / 2) / longest) }
        return try PNG.encode(
            picture.resized(
                width: scaled(picture.width), height: scaled(picture.height), filter: .lanczos))
    }

    /// How a picture of the shelf was painted: as the job says it, else as its file does.
    public func settings(_ hash: String, for asker: Asker) throws -> FoundSettings {
        try settings(hash, of: try file(hash, for: asker), for: asker)
    }

    func settings(
        _ hash: String, of file: Data, for asker: Asker
    ) throws -> FoundSettings {
        var found = try Self.settings(in: file)
        if let job = try store.painted(hash, for: asker),
            let picture = job.pictures.first(where: { $0.hash == hash })
        {
            found.model = job.model
            found.request = try JSONValue(parsing: job.request)
                .setting("seed", .integer(Int(picture.seed))).setting("count", 1)
        }
        return found
    }

    /// What a picture file says of how it was painted.
    ///
    /// - Throws: `ServingError.invalid` for a file that is no picture.
    public static func settings(in bytes: Data) throws -> FoundSettings {
        let texts: [PNGText]
        do {
            texts = try Picture.texts(encoded: bytes, name: "picture")
        } catch {
            throw ServingError.invalid(field: nil, problem: "\(error)")
        }
        var carried = try? CarriedSettings(texts: texts, file: "picture")
        // Without what it was held to they paint another picture.
        if let found = carried,
            !found.controls.isEmpty || found.imagePrompt != nil || found.completed != nil
        {
            carried = nil
        }
        return FoundSettings(
            request: try carried.map { try $0.asked },
            model: carried?.model,
            parameters: texts.first { $0.key == Infotext.pngKey }?.text)
    }

    /// How a model reads a prompt, without the LoRAs that it names.
    ///
    /// - Throws: `ServingError`.
    public func explanation(_ prompt: String, model name: String?) throws -> PromptExplanation {
        let model = try catalogue.model(name)
        guard prompt.unicodeScalars.count <= limits.prompt else {
            throw ServingError.tooLarge(
                field: "prompt", problem: "at most \(limits.prompt) characters are accepted")
        }
        // One that is being typed may not be a tag yet.
        let words = (try? LoRATag.taken(from: prompt).prompt) ?? prompt
        return try PromptExplanation(PaintRequest(prompt: words), model.folder)
    }
}

extension CarriedSettings {
    /// As a job asks for it.
    fileprivate var asked: JSONValue {
        get throws {
            let json = try JSONValue(parsing: try request.json())
            guard !loras.isEmpty else { return json }
            let choices = loras.map {
                LoRAChoice(name: $0.name, weight: $0.weight, textWeight: $0.textWeight).json
            }
            return json.setting(JobMember.loras.name, .array(choices))
        }
    }
}

extension PaintService {
    /// Tokens that a model's text encoder takes, with start and end; nil where that is not known.
    public func window(_ model: ServedModel) -> Int? {
        windows.withLock { known in
            if let window = known[model.name] { return window }
            let read = try? PromptExplanation(PaintRequest(prompt: ""), model.folder)
            let window = (read?.texts.first?.encodings.first?.room).map { $0 + 2 }
            known[model.name] = window
            return window
        }
    }
}
