import FoundationEssentials
import Pinxit
import PinxitFiles
import PinxitImages

/// What a client asks for, as JSON: a `PaintRequest` with members beside it that say of which
/// model, as what, and from which picture of the shelf.
public struct JobBody {
    /// The members beside the request's own.
    static let ownKeys = JobMember.all.map(\.name)
    /// What jobs are asked for as.
    static let kinds = ["paint", "repeat", "painters", "plot", "live", "vary", "edit"]
    /// What `quality` multiplies a model's steps by.
    public static let qualities: [(name: String, factor: Double)] = [
        ("draft", 0.5), ("normal", 1), ("fine", 1.5),
    ]

    let json: JSONField
    let catalogue: Catalogue
    let pictures: RequestPictures
    let limits: Limits
    let policy: ContentPolicy

    /// - Parameter prompt: What a picture of the shelf was painted from, where that is known.
    /// - Throws: `ServingError` that names the field and what is accepted.
    func draft(prompt: (String) throws -> String?) throws -> JobDraft {
        let model = try catalogue.model(try text("model"))
        try refuseUnknown()
        // Before they are read for what they say, which takes longer the longer they are.
        for name in ["prompt", "negative_prompt", "original_prompt"] {
            guard case .string(let text)? = json[name].value else { continue }
            try refuse(name, text.unicodeScalars.count, limits.prompt)
        }
        let kind = try text("kind") ?? "paint"
        guard Self.kinds.contains(kind) else {
            throw ServingError.invalid(
                field: "kind",
                problem: "\(kind) is not known; \(Self.kinds.joined(separator: ", ")) are accepted")
        }
        var request = JSONValue.object(
            try json.members().filter { !Self.ownKeys.contains($0.name) && $0.field.exists }
                .compactMap { name, field in field.value.map { JSONMember(name, $0) } })
        if case .integer(-1)? = request["seed"] { request = request.setting("seed", nil) }
        let source = try JobSource(self, kind, model).json()
        let asksByPrompt = request["prompt"] != nil
        if let source { request = request.setting("source", source.json) }
        if request["prompt"] == nil {
            guard let source,
                let own = try prompt(source.hash) ?? (source.isWordless ? "" : nil)
            else {
                throw ServingError.invalid(
                    field: "prompt", problem: "is missing; a text is accepted")
            }
            request = request.setting("prompt", .string(own))
        }
        request = try JobLoRAs(body: self, model: model).checked(
            request, asksByPrompt: asksByPrompt)
        request = try JobControls(body: self, model: model).checked(
            request, source: source?.followed)
        if request["steps"] == nil, let steps = try steps(model) {
            request = request.setting("steps", .integer(steps))
        }
        return try draft(request, model, kind, source?.hash)
    }

    private func draft(
        _ request: JSONValue, _ model: ServedModel, _ kind: String, _ source: String?
    ) throws -> JobDraft {
        // Pictures are looked at one by one first, and are small from here on.
        let small = try pictures.collapsed(request)
        if case .array(let blended)? = small["source"]?["pictures"], blended.count > 2 {
            throw ServingError.invalid(
                field: "source.pictures", problem: "\(blended.count) pictures; two are blended")
        }
        let whole = try pictures.expanded(small.withoutNetworks)
        var parsed = try Self.parsed(whole)
        try check(parsed, model)
        let usualSteps = catalogue.usualSteps(model) ?? 1
        try policy.check(parsed, usualSteps: usualSteps)
        parsed.seed = parsed.seed ?? UInt32.random(in: 0...UInt32.max)
        let seed = parsed.seed ?? 0
        let kept = small.setting("seed", .integer(Int(seed)))
        var draft = JobDraft(
            model: model.name, request: kept.encoded(indented: false), prompt: parsed.prompt,
            count: parsed.source.count ?? parsed.count, seed: seed)
        draft.cost =
            JobCost(
                request: parsed, side: model.side ?? 1,
                usualSteps: usualSteps,
                controls: catalogue.controls.kinds(of: request),
                composes: model.folder.pipeline.family == .diffusion
            ).pixelSteps
        draft.pictures = RequestPictures.hashes(kept)
        draft.kind = kind
        draft.group = try text("group")
        guard draft.group?.utf8.count ?? 0 <= 4000 else {
            throw ServingError.tooLarge(field: "group", problem: "at most 4000 bytes are accepted")
        }
        let names = LoRAChoice.all(in: kept).map(\.name)
        draft.words = ([parsed.originalPrompt ?? "", model.name] + names).joined(separator: " ")
        draft.source = source
        draft.isFleeting = kind == "live"
        draft.previews = try within(0...20, "previews") ?? 0
        return draft
    }

    /// - Throws: `ServingError` in place of what the library throws.
    static func parsed(_ json: JSONValue) throws -> PaintRequest {
        do {
            return try PaintRequest(json: json.encoded(indented: false))
        } catch PaintError.request(let field, let problem) {
            throw problem.hasPrefix("is unknown")
                ? ServingError.unknownField(field: field, problem: problem)
                : .invalid(field: field, problem: problem)
        } catch let error as DecodingError {
            throw ServingError(error)
        }
    }

    private func check(_ request: PaintRequest, _ model: ServedModel) throws {
        let family = model.folder.pipeline.family
        do {
            try request.check(for: family)
        } catch .request(let field, let problem) {
            throw ServingError.invalid(
                field: field.replacing(" ", with: "_"), problem: problem)
        } catch {
            throw ServingError.invalid(field: nil, problem: "\(error)")
        }
        try refuse("count", request.source.count ?? request.count, limits.count)
        try refuse("steps", request.diffusion.steps ?? 0, limits.steps)
        for (field, text) in request.texts {
            try refuse(field, text.unicodeScalars.count, limits.prompt)
        }
        if request.diffusion.resize == .latent, case .image(let picture, _) = request.source {
            // It is seen as large as it is.
            try refuse("source", picture.width * picture.height, limits.pixels)
        }
        // Both passes count.
        let hires = request.diffusion.hires
        let larger = 1 + (hires.scale.map { $0 * $0 } ?? 0)
        try refuse("hires_steps", hires.steps ?? 0, limits.steps)
        try refuse(
            "width",
            Int(Double(request.mostPixels(side: model.side ?? 1)) * larger),
            limits.pixels)
    }

    private func refuse(_ field: String, _ value: Int, _ most: Int) throws {
        guard value > most else { return }
        throw ServingError.tooLarge(
            field: field, problem: "\(value) is more than \(most), which is accepted here")
    }

    /// The steps that a quality stands for.
    private func steps(_ model: ServedModel) throws -> Int? {
        guard let name = try text("quality") else { return nil }
        guard let quality = Self.qualities.first(where: { $0.name == name }) else {
            throw ServingError.invalid(
                field: "quality",
                problem: "\(name) is not known; draft, normal and fine are accepted")
        }
        guard quality.factor != 1, let usual = catalogue.usualSteps(model) else { return nil }
        return max(1, Int((Double(usual) * quality.factor).rounded()))
    }

    private func refuseUnknown() throws {
        let options = RequestOptions.all
        let known =
            options.filter { $0.group == nil }.map(\.key) + Set(options.compactMap(\.group))
            + ["prompt", "original_prompt", "source", "count"] + Self.ownKeys
        for (name, _) in try json.members() where !known.contains(name) {
            let near = known.nearest(to: name)
            throw ServingError.unknownField(
                field: name,
                problem: near.isEmpty
                    ? "is unknown; \(known.sorted().joined(separator: ", ")) are accepted"
                    : "is unknown; is \(near.joined(separator: " or ")) meant?")
        }
    }

    // MARK: Members

    func text(_ name: String) throws -> String? {
        json[name].exists ? try json[name].string() : nil
    }

    func within(_ range: ClosedRange<Int>, _ name: String) throws -> Int? {
        guard json[name].exists else { return nil }
        let value = try json[name].int()
        guard range.contains(value) else {
            throw ServingError.invalid(
                field: name,
                problem: "\(value) is not from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}

extension ServingError {
    /// A value of another type than is accepted.
    init(_ error: DecodingError) {
        func field(_ context: DecodingError.Context) -> String? {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? nil : path
        }
        switch error {
        case .typeMismatch(let type, let context):
            self = .invalid(field: field(context), problem: "is no \(Self.name(type))")
        case .valueNotFound(let type, let context):
            self = .invalid(
                field: field(context), problem: "is null; \(Self.name(type)) is accepted")
        case .keyNotFound(let key, let context):
            let path = (context.codingPath + [key]).map(\.stringValue).joined(separator: ".")
            self = .invalid(field: path, problem: "is missing")
        case .dataCorrupted(let context):
            self = .invalid(field: field(context), problem: context.debugDescription)
        @unknown default: self = .invalid(field: nil, problem: "\(error)")
        }
    }

    private static func name(_ type: any Any.Type) -> String {
        switch type {
        case is any BinaryInteger.Type: "whole number in bounds"
        case is any BinaryFloatingPoint.Type: "number"
        case is String.Type: "text"
        case is Bool.Type: "true or false"
        default: "value of the type that is accepted here"
        }
    }
}

extension PaintRequest {
    /// All words in it, by their fields; those of several together.
    fileprivate var texts: [(field: String, text: String)] {
        var texts = [
            ("prompt", prompt), ("negative_prompt", negativePrompt),
            ("original_prompt", originalPrompt ?? ""),
            ("layout_of", diffusion.layout.sentence ?? ""),
        ]
        switch source {
        case .interpolation(let prompts, _):
            texts.append(("source.prompts", prompts.joined(separator: " ")))
        case .inpaint(_, let mask, _):
            guard case .words(let words, let caption) = mask.area else { break }
            texts.append(("source.mask", words + (caption ?? "")))
        case .text, .image, .variation, .blend: break
        }
        return texts
    }
}
