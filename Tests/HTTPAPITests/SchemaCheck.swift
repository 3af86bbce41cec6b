import Foundation
import PinxitFiles

/// Whether values fit a schema, as far as our document has schemas.
struct SchemaCheck {
    let document: JSONValue

    /// What does not fit, with its place.
    func faults(_ value: JSONValue, _ schema: JSONValue, at place: String = "$") -> [String] {
        if let name = schema["$ref"]?.text?.split(separator: "/").last {
            guard let named = document["components"]?["schemas"]?[String(name)] else {
                return ["\(place): no schema \(name)"]
            }
            return faults(value, named, at: place)
        }
        if case .array(let choices)? = schema["anyOf"] {
            let all = choices.map { faults(value, $0, at: place) }
            if !all.contains(where: \.isEmpty) { return all.first ?? [] }
        }
        return ofType(value, schema, place) + ofBounds(value, schema, place)
            + ofMembers(value, schema, place) + ofElements(value, schema, place)
    }

    private func ofType(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        var types: [String] = []
        switch schema["type"] {
        case .string(let type): types = [type]
        case .array(let all): types = all.compactMap(\.text)
        default: return []
        }
        let own: [String] =
            switch value {
            case .null: ["null"]
            case .bool: ["boolean"]
            case .integer: ["integer", "number"]
            case .number(let number):
                number == number.rounded() ? ["integer", "number"] : ["number"]
            case .string: ["string"]
            case .array: ["array"]
            case .object: ["object"]
            }
        return own.contains(where: types.contains) ? [] : ["\(place): \(own[0]) is no \(types)"]
    }

    private func ofBounds(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        if let text = value.text {
            if case .array(let choices)? = schema["enum"],
                !choices.contains(where: { $0.text == text })
            {
                return ["\(place): \(text) is no choice"]
            }
            if let pattern = schema["pattern"]?.text,
                text.range(of: pattern, options: .regularExpression) == nil
            {
                return ["\(place): \(text) is not \(pattern)"]
            }
        }
        guard let number = Self.number(value) else { return [] }
        if let least = schema["minimum"].flatMap(Self.number), number < least {
            return ["\(place): \(number) is less than \(least)"]
        }
        if let most = schema["maximum"].flatMap(Self.number), number > most {
            return ["\(place): \(number) is more than \(most)"]
        }
        return []
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    private func ofMembers(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        guard case .object(let members) = value else { return [] }
        var faults: [String] = []
        if case .array(let needed)? = schema["required"] {
            for name in needed.compactMap(\.text) where value[name] == nil {
                faults.append("\(place): \(name) is missing")
            }
        }
        guard let known = schema["properties"] else { return faults }
        for member in members {
            if let own = known[member.name] {
                faults += self.faults(member.value, own, at: "\(place).\(member.name)")
            } else if case .bool(false)? = schema["additionalProperties"] {
                faults.append("\(place): \(member.name) is unknown")
            }
        }
        return faults
    }

    private func ofElements(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        guard case .array(let elements) = value, let own = schema["items"] else { return [] }
        return elements.enumerated().flatMap {
            faults($0.element, own, at: "\(place)[\($0.offset)]")
        }
    }
}
