import Pinxit
import PinxitFiles

extension RemotePaint {
    /// A job's JSON: the request, with the names that the server has for networks and LoRAs.
    ///
    /// - Parameter tags: The LoRAs that its prompt named.
    func body(_ request: PaintRequest, _ tags: [LoRATag]) throws -> JSONValue {
        guard case .object(var members) = try JSONValue(parsing: try request.json()) else {
            return .null
        }
        let nets = try model.controlNets().map { try Self.name($0.name, of: "--controlnet") }
        for place in members.indices where members[place].name == RequestOptions.controls.key {
            guard case .array(let controls) = members[place].value else { continue }
            members[place].value = .array(
                zip(controls, nets).map { control, name in
                    guard case .object(let own) = control else { return control }
                    return .object([JSONMember("model", .string(name))] + own)
                })
        }
        if let adapter = model.adapter {
            let name = try Self.name(adapter.path, of: "--ip-adapter")
            members.append(JSONMember("ip_adapter", .string(name)))
        }
        let loras = try loras() + tags.map { Self.json($0.name, $0.weight, $0.textWeight) }
        if !loras.isEmpty { members.append(JSONMember("loras", .array(loras))) }
        if let name = model.model { members.append(JSONMember("model", .string(name))) }
        return .object(members)
    }

    /// Those that are not for one prompt only.
    private func loras() throws -> [JSONValue] {
        try model.changes.lora.map { text in
            let (parts, numbers) = numbersBehindPath(text, atMost: 2)
            let name = try Self.name(parts.joined(separator: ":"), of: "--lora")
            let weight = numbers.first ?? 1
            return Self.json(name, weight, numbers.count > 1 ? numbers[1] : weight)
        }
    }

    private static func json(_ name: String, _ weight: Double, _ textWeight: Double) -> JSONValue {
        [
            "name": .string(name), "weight": .number(weight), "text_weight": .number(textWeight),
        ]
    }

    /// A network by the name that a server has for it.
    private static func name(_ text: String, of option: String) throws -> String {
        guard !text.contains("/") else {
            throw UsageError(
                "\(option) \(text): with --remote the name of one that the server has is accepted")
        }
        return text
    }
}
