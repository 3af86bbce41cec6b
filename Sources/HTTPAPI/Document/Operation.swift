import HTTPTypes
import PinxitFiles
import PinxitServing

/// A call of the native API, as it is registered and as the OpenAPI document tells it.
struct Operation: Sendable {
    /// What a body or an answer is made of.
    struct Content: Sendable {
        var types: [String]
        var schema: JSONValue

        static func json(_ schema: JSONValue) -> Content {
            Content(types: ["application/json"], schema: schema)
        }
        static func json(_ name: String) -> Content { .json(Schema.named(name)) }
        static let png = Content(types: ["image/png"], schema: [:])
        /// Each event has a name and JSON; OpenAPI 3.1 has no words for that.
        static let events = Content(types: ["text/event-stream"], schema: [:])
        static let plain = Content(types: ["text/plain"], schema: Schema.text)
    }

    /// A value in the query or a header.
    struct Parameter: Sendable {
        var name: String
        var schema: JSONValue
        var help: String
        var isHeader = false
    }

    /// What is answered where nothing is wrong.
    struct Answer: Sendable {
        var status: Int
        var text: String
        var content: Content?
        /// The member by which other calls take what is answered, and the calls' names.
        var links: (member: String, calls: [String])?

        init(
            _ status: Int, _ text: String, _ content: Content? = nil,
            links: (member: String, calls: [String])? = nil
        ) {
            (self.status, self.text, self.content) = (status, text, content)
            self.links = links
        }
    }

    let method: HTTPRequest.Method
    /// With names in braces.
    let path: String
    /// What programs call it.
    let name: String
    /// One sentence.
    let summary: String
    var parameters: [Parameter] = []
    var body: Content?
    var needsBody = true
    var answers: [Answer]
    /// Statuses that are answered with an error, beside those that every call has.
    var errors: [Int] = []
}

extension Operation {
    /// Schemas of the names that paths have in braces.
    private static let names: [String: JSONValue] = [
        "id": Schema.text, "hash": Schema.hash, "number": Schema.whole(1, 1_000_000),
    ]
    private static let reasons: [Int: String] = [
        400: "Something in it is not accepted; the error names the field.",
        401: "A key is needed.", 403: "Not from here: Host or Origin is another's.",
        404: "It is not there.", 409: "It is finished already.",
        410: "It is not kept any more.", 413: "It is too large.",
        415: "It is of another content type.", 429: "The queue is full; Retry-After says when.",
        503: "The server is stopping.",
    ]

    private var pathNames: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }
            .map { String($0.dropFirst().dropLast()) }
    }

    /// As the router has it.
    var route: String {
        path.replacing("{", with: ":").replacing("}", with: "")
    }

    /// - Parameter needsKey: Whether nobody comes in without one.
    func json(needsKey: Bool) -> JSONValue {
        var json: JSONValue = [
            "operationId": .string(name), "summary": .string(summary),
            "responses": responses(needsKey),
        ]
        let parameters =
            pathNames.map { name -> JSONValue in
                [
                    "name": .string(name), "in": "path", "required": true,
                    "schema": Self.names[name] ?? Schema.text,
                ]
            } + self.parameters.map(\.json)
        if !parameters.isEmpty { json = json.setting("parameters", .array(parameters)) }
        if let body {
            json = json.setting(
                "requestBody", ["required": .bool(needsBody), "content": body.json])
        }
        return json
    }

    private func responses(_ needsKey: Bool) -> JSONValue {
        var responses = answers.map { answer -> JSONMember in
            let told: JSONValue = ["description": .string(answer.text)]
            return JSONMember(
                "\(answer.status)",
                told.setting("content", answer.content?.json).setting("links", answer.linked))
        }
        var errors = errors + [400, 403]
        if body != nil { errors += [413, 415] }
        if needsKey { errors.append(401) }
        for status in Set(errors).sorted() {
            responses.append(
                JSONMember(
                    "\(status)",
                    [
                        "description": .string(Self.reasons[status] ?? "An error."),
                        "content": Content.json("Error").json,
                    ]))
        }
        return .object(responses)
    }
}

extension Operation.Content {
    var json: JSONValue { .object(types.map { JSONMember($0, ["schema": schema]) }) }
}

extension Operation.Answer {
    fileprivate var linked: JSONValue? {
        guard let links else { return nil }
        return .object(
            links.calls.map { call in
                let value = JSONValue.string("$response.body#/\(links.member)")
                return JSONMember(
                    call,
                    [
                        "operationId": .string(call),
                        "parameters": .object([JSONMember(links.member, value)]),
                    ])
            })
    }
}

extension Operation.Parameter {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "in": isHeader ? "header" : "query", "required": false,
            "description": .string(help), "schema": schema,
        ]
    }
}
