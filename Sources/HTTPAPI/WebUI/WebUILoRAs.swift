import Hummingbird
import PinxitFiles
import PinxitServing

/// The LoRAs there are, as the web UI's own extension for them lists them.
struct WebUILoRAs: Sendable {
    let loras: ServedLoRAs

    /// Characters of a value that are told: files carry pictures, too.
    private static let longest = 1 << 16

    func add(to routes: Routes) {
        routes.get("/sdapi/v1/loras") { _, _ in
            Response.json(.array(loras.all.map(Self.json)))
        }
        routes.post("/sdapi/v1/refresh-loras") { _, _ in
            loras.refresh()
            return Response.json([:])
        }
    }

    /// Where it lies is for who serves it: `path` is the file's name alone.
    private static func json(_ lora: ServedLoRA) -> JSONValue {
        let metadata = lora.metadata.sorted { $0.key < $1.key }
            .filter { $0.value.utf8.count <= longest }
            .map { JSONMember($0.key, value($0.value)) }
        return [
            "name": .string(lora.name), "alias": .string(lora.alias),
            "path": .string(lora.file), "metadata": .object(metadata),
        ]
    }

    /// A text that is an object is told as one.
    private static func value(_ text: String) -> JSONValue {
        guard text.hasPrefix("{"), let json = try? JSONValue(parsing: text) else {
            return .string(text)
        }
        return json
    }
}
