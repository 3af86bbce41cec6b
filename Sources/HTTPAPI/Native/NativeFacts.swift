import HTTPTypes
import Hummingbird
import NIOCore
import Pinxit
import PinxitFiles
import PinxitServing

/// What the server can do, how it reads words, and the door to it.
struct NativeFacts: Sendable {
    let service: PaintService
    let options: ServerOptions
    let sessions: Sessions

    func add(to routes: inout DocumentedRoutes) {
        routes.add(
            Operation(
                method: .get, path: "/api/v1/capabilities", name: "capabilities",
                summary: "Models, what they can do, their options and bounds.",
                answers: [
                    Operation.Answer(200, "What there is.", .json("Capabilities")),
                    Operation.Answer(304, "It is what If-None-Match has."),
                ])
        ) { request, _ in
            Response.tagged(try await capabilities.encoded(indented: false), request)
        }
        routes.add(
            Operation(
                method: .post, path: "/api/v1/tokenize", name: "tokenize",
                summary: "How a model reads a prompt, and the words that it has not learnt.",
                body: .json(
                    Schema.object(
                        [
                            JSONMember("prompt", Schema.text),
                            JSONMember("model", Schema.orNull(Schema.text)),
                        ], optional: ["model"], isClosed: true)),
                answers: [Operation.Answer(200, "Tokens.", .json("Tokens"))], errors: [404]),
            use: tokenize)
        routes.add(
            Operation(
                method: .post, path: "/api/v1/session", name: "session",
                summary: "Lets a browser in that has a key: events cannot be asked with one.",
                body: .json(Schema.object([JSONMember("key", Schema.text)], isClosed: true)),
                answers: [Operation.Answer(204, "A cookie is set where keys are needed.")],
                errors: [401]), use: session)
    }

    private var capabilities: JSONValue {
        get async throws {
            let paces = try service.paces()
            let limits = service.limits
            service.catalogue.loras.refresh(after: .seconds(2))
            return [
                "version": .string(pinxitVersion),
                "models": .array(service.catalogue.models.map { model($0, paces[$0.name]) }),
                "default_model": .string(service.catalogue.models[0].name),
                "qualities": .object(
                    JobBody.qualities.map { JSONMember($0.name, .number($0.factor)) }),
                "styles": [],
                "limits": [
                    "max_count": .integer(limits.count), "max_queue": .integer(limits.queue),
                    "max_prompt": .integer(limits.prompt), "max_pixels": .integer(limits.pixels),
                    "max_steps": .integer(limits.steps), "max_upload": .integer(limits.upload),
                    "max_controls": .integer(limits.controls),
                    "max_loras": .integer(limits.loras),
                ],
                "loopback": .bool(options.isLoopback), "needs_key": .bool(!options.keys.isEmpty),
                "paused": .bool(try service.isPaused()),
            ]
        }
    }

    private func model(_ model: ServedModel, _ seconds: Double?) -> JSONValue {
        let family = model.folder.pipeline.family
        let defaults = service.catalogue.defaults(model.name)
        let steps = service.catalogue.usualSteps(model)
        let things = model.folder.words?.english.things ?? []
        let networks = service.catalogue.controls
        let controls = networks.fitting(model, prompts: false).map { network -> JSONValue in
            ["name": .string(network.name), "kind": .string(network.kind.rawValue)]
        }
        let prompts = networks.fitting(model, prompts: true).map { JSONValue.string($0.name) }
        let loras = service.catalogue.loras.fitting(model).map { lora -> JSONValue in
            ["name": .string(lora.name), "family": lora.family.json]
        }
        return [
            "id": .string(model.name), "title": .string(model.name), "kind": .string(model.kind),
            "family": .string(family.rawValue), "seconds": seconds.json,
            "native": model.side.map { .integer($0) } ?? .null,
            "sizes": .array(
                sizes(model).map { [.integer($0.width), .integer($0.height)] }),
            "window": service.window(model).map { .integer($0) } ?? .null,
            "languages": .array(languages(model).map { .string($0) }),
            "few_step": .bool(steps.map { $0 <= 8 } ?? (family == .gan)),
            "things": .array(things.map { .string($0) }),
            "can": .array(abilities(model).map { .string($0) }),
            "controls": .array(controls), "image_prompts": .array(prompts),
            "loras": .array(loras),
            "embeddings": .array(
                service.catalogue.embeddings(of: model).map { .string($0.word) }),
            "fields": .array(
                RequestOptions.all.compactMap {
                    OptionField($0, model, defaults, service.limits)?.json
                }),
        ]
    }

    private func abilities(_ model: ServedModel) -> [String] {
        var abilities: [String] = []
        if model.folder.can(.text) { abilities.append("text") }
        if model.canEdit { abilities.append("edit") }
        if model.canVary { abilities.append("vary") }
        if model.folder.can(.pictures) { abilities.append("blend") }
        if model.folder.can(.interpolation) { abilities.append("animate") }
        if model.folder.pipeline.family == .diffusion { abilities.append("previews") }
        // Every family does.
        return abilities + ["explain"]
    }

    private func languages(_ model: ServedModel) -> [String] {
        guard let words = model.folder.words else { return ["en"] }
        return (words.english.words.isEmpty ? [] : ["en"])
            + (words.chinese.words.isEmpty ? [] : ["zh"])
    }

    /// Shapes of about as many pixels as the model learnt; models of one size have one.
    private func sizes(_ model: ServedModel) -> [PictureSize] {
        guard let side = model.side else { return [] }
        let square = PictureSize(width: side, height: side)
        guard model.canEdit else { return [square] }
        func rounded(_ length: Double) -> Int { max(16, Int((length / 16).rounded()) * 16) }
        let ratios: [Double] = [4.0 / 3, 3.0 / 4, 3.0 / 2, 2.0 / 3, 16.0 / 9, 9.0 / 16]
        let others = ratios.map { ratio -> PictureSize in
            let width = Double(side) * ratio.squareRoot()
            return PictureSize(width: rounded(width), height: rounded(width / ratio))
        }
        return [square] + others
    }

    private func tokenize(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.fields(
            limit: service.limits.json, known: ["prompt", "model"])
        let model = body["model"].exists ? try body["model"].string() : nil
        return .json(
            try service.explanation(try body["prompt"].string(), model: model).json)
    }

    private func session(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.fields(limit: 10_000, known: ["key"])
        let key = try body["key"].string()
        guard !options.keys.isEmpty else { return Response(status: .noContent) }
        guard let known = AccessKey.sent(key, of: options.keys) else {
            throw APIError(.unauthorized, "unauthorized", "this is no key")
        }
        let cookie = sessions.begin(known) + (request.isSecure ? "; Secure" : "")
        return Response(status: .noContent, headers: [.setCookie: cookie])
    }
}

extension PromptExplanation {
    /// As the native API has it: what the first text encoder is given.
    fileprivate var json: JSONValue {
        let encodings = texts.compactMap(\.encodings.first)
        let chunks = encodings.flatMap(\.chunks)
        let window = (encodings.first?.room ?? 0) + 2
        let leftOut = encodings.map(\.leftOut).filter { !$0.isEmpty }.joined(separator: " ")
        let tokens = chunks.flatMap(\.tokens)
        let words = encodings.flatMap(\.words)
        let unknown: JSONValue? = unlearnt.map { .array($0.map(Self.json)) }
        return .object([
            JSONMember("count", .integer(tokens.count + 2)),
            JSONMember("window", .integer(window)), JSONMember("cut", .bool(!leftOut.isEmpty)),
            JSONMember("left_out", .string(leftOut)),
            JSONMember("chunks", .integer(chunks.count)),
            JSONMember("tokens", .array(tokens.map(Self.json))),
            JSONMember("words", .array(words.map(Self.json))),
            JSONMember("unknown", unknown ?? .null),
        ])
    }

    private static func json(_ token: Token) -> JSONValue {
        [
            "id": .integer(Int(token.id)), "text": .string(token.symbol),
            "weight": .number(token.weight),
        ]
    }

    private static func json(_ word: Word) -> JSONValue {
        ["text": .string(word.text), "pieces": .array(word.pieces.map { .string($0) })]
    }

    private static func json(_ word: UnlearntWord) -> JSONValue {
        ["word": .string(word.word), "nearest": .array(word.nearest.map { .string($0) })]
    }
}
