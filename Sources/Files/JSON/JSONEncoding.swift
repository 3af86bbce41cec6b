extension JSONValue {
    /// The value as JSON text in UTF-8; one member or element per line when `indented`.
    ///
    /// Characters outside ASCII stay as they are. A number that is not finite, for which JSON has
    /// no form, is written as Python writes it.
    public func encoded(indented: Bool = true) -> String {
        var text = ""
        append(to: &text, indentation: indented ? 0 : nil)
        return text
    }

    private func append(to text: inout String, indentation: Int?) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value):
            text +=
                value.isFinite
                ? String(value) : value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
        case .string(let value): Self.append(quoted: value, to: &text)
        case .array(let elements):
            Self.append(elements, between: ("[", "]"), to: &text, indentation) {
                $0.append(to: &$1, indentation: $2)
            }
        case .object(let members):
            Self.append(members, between: ("{", "}"), to: &text, indentation) {
                Self.append(quoted: $0.name, to: &$1)
                $1 += indentation == nil ? ":" : ": "
                $0.value.append(to: &$1, indentation: $2)
            }
        }
    }

    private static func append<Item>(
        _ items: [Item], between brackets: (String, String), to text: inout String,
        _ indentation: Int?, each: (Item, inout String, Int?) -> Void
    ) {
        let inner = indentation.map { $0 + 2 }
        func newLine(_ width: Int?) -> String {
            width.map { "\n" + String(repeating: " ", count: $0) } ?? ""
        }
        text += brackets.0
        for (index, item) in items.enumerated() {
            text += (index == 0 ? "" : ",") + newLine(inner)
            each(item, &text, inner)
        }
        text += (items.isEmpty ? "" : newLine(indentation)) + brackets.1
    }

    static func append(quoted value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
