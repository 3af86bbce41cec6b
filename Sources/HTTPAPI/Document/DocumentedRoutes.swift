import HTTPTypes
import Hummingbird
import Pinxit
import PinxitFiles
import PinxitServing

/// Routes, and the OpenAPI document that tells of them: a call is declared once, and both are made
/// of it.
struct DocumentedRoutes {
    private let routes: Routes
    private(set) var operations: [Operation] = []

    init(_ routes: Routes) { self.routes = routes }

    mutating func add(
        _ operation: Operation,
        use handler: @escaping @Sendable (Request, APIContext) async throws -> Response
    ) {
        operations.append(operation)
        routes.on(RouterPath(operation.route), method: operation.method, use: handler)
    }

    /// Answers other methods on the same addresses with those that there are.
    func refuseOtherMethods() {
        let query = HTTPRequest.Method(rawValue: "QUERY")
        let all: [HTTPRequest.Method] =
            [.get, .post, .put, .patch, .delete, .options, .trace] + (query.map { [$0] } ?? [])
        for (route, own) in Dictionary(grouping: operations, by: \.route) {
            let known = own.map(\.method)
            let allowed = (known + (known.contains(.get) ? [.head] : [])).map(\.rawValue)
                .sorted().joined(separator: ", ")
            for method in all where !known.contains(method) {
                routes.on(RouterPath(route), method: method) { _, _ -> Response in
                    var error = APIError(
                        .methodNotAllowed, "method_not_allowed", "\(allowed) are accepted here")
                    error.allowed = allowed
                    throw error
                }
            }
        }
    }

    /// The document.
    ///
    /// - Parameter needsKey: Whether nobody comes in without one.
    func document(_ schemas: [JSONMember], needsKey: Bool) -> JSONValue {
        var paths: [JSONMember] = []
        for operation in operations {
            let told = JSONMember(
                operation.method.rawValue.lowercased(), operation.json(needsKey: needsKey))
            if let place = paths.firstIndex(where: { $0.name == operation.path }) {
                paths[place].value = paths[place].value.setting(told.name, told.value)
            } else {
                paths.append(JSONMember(operation.path, .object([told])))
            }
        }
        let document: JSONValue = [
            "openapi": "3.1.0",
            "info": [
                "title": "Pinxit", "version": .string(pinxitVersion),
                "summary": "Pictures from words: jobs, their events, and what was painted.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/"]], "paths": .object(paths),
            "components": [
                "schemas": .object(schemas),
                "securitySchemes": [
                    "bearer": ["type": "http", "scheme": "bearer"],
                    "key": ["type": "apiKey", "in": "header", "name": "X-API-Key"],
                ],
            ],
        ]
        return needsKey
            ? document.setting("security", [["bearer": []], ["key": []]]) : document
    }
}
