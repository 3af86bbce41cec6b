import PinxitCheckpoints
import PinxitFiles
import PinxitLayers

/// Loads the `vae/` folder of a diffusers model, whichever autoencoder its `_class_name` names.
///
/// - Throws: `FileError` for the file and field that is wrong.
public func loadAutoencoder(
    folder: String, _ options: LoadOptions = LoadOptions()
) throws(FileError) -> any LatentAutoencoder {
    try loadAutoencoder(try Component(path: folder), options)
}

/// The same from a component, wherever it lies.
public func loadAutoencoder(
    _ component: Component, _ options: LoadOptions = LoadOptions()
) throws(FileError) -> any LatentAutoencoder {
    let name = component.config["_class_name"]
    switch try name.string(or: "AutoencoderKL") {
    case "AutoencoderKL":
        let configuration = try AutoencoderKLConfiguration(component.config)
        return try component.model(
            options, renamed: AutoencoderKL.currentName
        ) { AutoencoderKL($0, configuration) }
    case "AutoencoderTiny":
        let configuration = try AutoencoderTinyConfiguration(component.config)
        return try component.model(options) { AutoencoderTiny($0, configuration) }
    case let other:
        throw name.unsupported("\"\(other)\"", ["AutoencoderKL", "AutoencoderTiny"])
    }
}

extension AutoencoderKL {
    /// The name of a parameter of the attention block, which early diffusers files call otherwise.
    static func currentName(_ name: String) -> String {
        let current = ["query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"]
        // encoder.mid_block.attentions.0.query.weight
        var parts = name.split(separator: ".").map(String.init)
        guard parts.count == 6, parts[2] == "attentions", let part = current[parts[4]] else {
            return name
        }
        parts[4] = part
        return parts.joined(separator: ".")
    }
}
