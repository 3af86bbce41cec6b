import PinxitFiles
import PinxitServing

/// JSON Schema (2020-12), as OpenAPI 3.1 has it.
enum Schema {
    /// One of the document's own, by its name.
    static func named(_ name: String) -> JSONValue {
        ["$ref": .string("#/components/schemas/\(name)")]
    }

    static let text: JSONValue = ["type": "string"]
    static let flag: JSONValue = ["type": "boolean"]
    static let number: JSONValue = ["type": "number"]
    /// Any object.
    static let members: JSONValue = ["type": "object"]
    /// The SHA-256 of a picture's file.
    static let hash: JSONValue = ["type": "string", "pattern": "^[0-9a-f]{64}$"]

    static func whole(_ least: Int? = nil, _ most: Int? = nil) -> JSONValue {
        let schema: JSONValue = ["type": "integer"]
        return schema.setting("minimum", least.map { .integer($0) })
            .setting("maximum", most.map { .integer($0) })
    }

    static func choice(_ values: [String]) -> JSONValue {
        ["type": "string", "enum": .array(values.map { .string($0) })]
    }

    static func list(_ element: JSONValue) -> JSONValue { ["type": "array", "items": element] }

    /// - Parameters:
    ///   - members: Those that are always there, unless `optional` names them.
    ///   - isClosed: Whether others are refused.
    static func object(
        _ members: [JSONMember], optional: [String] = [], isClosed: Bool = false
    ) -> JSONValue {
        let needed = members.map(\.name).filter { !optional.contains($0) }
        var schema: JSONValue = ["type": "object", "properties": .object(members)]
        if !needed.isEmpty {
            schema = schema.setting("required", .array(needed.map { .string($0) }))
        }
        return isClosed ? schema.setting("additionalProperties", false) : schema
    }

    /// The same, or null.
    static func orNull(_ schema: JSONValue) -> JSONValue {
        guard case .string(let type)? = schema["type"] else {
            return ["anyOf": [schema, ["type": "null"]]]
        }
        let nullable = schema.setting("type", [.string(type), "null"])
        guard case .array(let values)? = schema["enum"] else { return nullable }
        return nullable.setting("enum", .array(values + [.null]))
    }

    static func described(_ schema: JSONValue, _ text: String) -> JSONValue {
        schema.setting("description", .string(text))
    }
}
