import PinxitCLIP
import PinxitFiles
import PinxitTensors

extension CLIPTextConfiguration {
    /// Writes the tower as the `text_encoder` of a model folder.
    func write(_ weights: [String: Tensor], to folder: String) throws {
        try writeComponent(folder, weights, json)
    }

    /// The configuration as transformers writes it.
    var json: JSONValue {
        let head = [
            JSONMember("architectures", ["CLIPTextModel"]),
            JSONMember("model_type", "clip_text_model"),
        ]
        return .object(head + members + [JSONMember("torch_dtype", "float16")])
    }
}
