import Pinxit
import PinxitFiles
import PinxitServing
import Synchronization

/// The options that clients set for all their requests after: each owner's own.
final class WebUISettings: Sendable {
    private struct State {
        var model: String
        var lastLayers = 1
        var others: JSONValue = [:]
    }

    private let catalogue: Catalogue
    private let states = Mutex<[String: State]>([:])

    init(_ catalogue: Catalogue) { self.catalogue = catalogue }

    /// What is set where nothing was.
    private var usual: State { State(model: catalogue.models[0].name) }

    private func state(_ owner: String) -> State { states.withLock { $0[owner] } ?? usual }

    func lastLayers(of owner: String) -> Int { state(owner).lastLayers }

    /// The model of a name as clients have it: the name, its title, or either with a hash.
    ///
    /// - Throws: `ServingError.unknownModel`; nil is the one that was set.
    func model(_ name: String?, of owner: String) throws -> ServedModel {
        try catalogue.model((name ?? state(owner).model).withoutHash)
    }

    func json(of owner: String) -> JSONValue {
        let state = state(owner)
        return state.others.setting("samples_format", "png")
            .setting("sd_model_checkpoint", .string(state.model))
            .setting("sd_vae", "Automatic").setting("return_grid", false)
            .setting("CLIP_stop_at_last_layers", .integer(state.lastLayers))
    }

    /// Bytes of all that has no meaning here, as JSON.
    static let mostBytes = 256 << 10

    /// Takes over what is given. What has no meaning here is kept and given back, since some
    /// clients post everything they got.
    ///
    /// - Throws: `ServingError.tooLarge` for more than ``mostBytes`` of it, and for what is wrong.
    func set(_ fields: JSONField, of owner: String) throws {
        let name = fields["sd_model_checkpoint"]
        let model = try name.exists ? self.model(name.string(), of: owner).name : nil
        let number = fields["CLIP_stop_at_last_layers"]
        let layers = try number.exists ? number.size(or: 1, in: 1...100) : nil
        let others = try fields.members()
        // Of those who set at the same time neither undoes what the other did.
        try states.withLock { states in
            var state = states[owner] ?? usual
            if let model { state.model = model }
            if let layers { state.lastLayers = layers }
            for (name, field) in others.prefix(1000) {
                state.others = state.others.setting(name, field.value)
            }
            guard state.others.encoded(indented: false).utf8.count <= Self.mostBytes else {
                throw ServingError.tooLarge(
                    field: nil, problem: "the options have more than \(Self.mostBytes) bytes")
            }
            states[owner] = state
        }
    }
}

extension String {
    /// A model's name of which clients have the hash behind it, as in `name [0123456789]`.
    var withoutHash: String {
        var text = split(separator: "[").first ?? self[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
