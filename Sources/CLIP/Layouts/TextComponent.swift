import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

extension CLIPTextModel {
    /// How the text tower of a file with several components is named.
    public enum Layout: Sendable {
        /// transformers' names, with or without `text_model.`.
        case transformers
        /// OpenAI's and OpenCLIP's names.
        case openCLIP
    }

    /// A text tower that lies in a file beside other components; its sizes come from its shapes.
    ///
    /// - Parameters:
    ///   - name: What the component is called, such as `text_encoder`.
    ///   - tensors: Those of the tower, their prefix taken off.
    ///   - most: Layers to keep. Stable Diffusion 2 keeps 23 of 24, so that the last state is the
    ///     last but one of the whole tower.
    /// - Throws: `FileError` for a tensor that is missing or of another shape.
    public static func component(
        _ name: String, _ tensors: [String: Tensor], _ layout: Layout, file: String,
        most: Int? = nil
    ) throws(FileError) -> Component {
        var named: [String: Tensor] = [:]
        switch layout {
        case .openCLIP:
            // A mask of tokens, and the scale that only training needs.
            let own = tensors.filter { $0.key != "attn_mask" && $0.key != "logit_scale" }
            named = try KeyTable.openCLIP(own, file: file)
        case .transformers:
            for (key, tensor) in tensors where !key.hasSuffix("position_ids") {
                named[currentName(key)] = tensor
            }
        }
        if let most, try layers(of: named, file: file) > most {
            let kept = (0..<most).map { "text_model.encoder.layers.\($0)." }
            named = named.filter { key, _ in
                !key.hasPrefix("text_model.encoder.layers.") || kept.contains { key.hasPrefix($0) }
            }
        }
        if most != nil { named["text_projection.weight"] = nil }
        let configuration = try CLIPTextConfiguration(shapesOf: named, file: file)
        return Component(
            name: name, config: JSONField(file: file, path: "", value: configuration.json),
            tensors: named, file: file)
    }

    fileprivate static func layers(
        of tensors: [String: Tensor], file: String
    ) throws(FileError) -> Int {
        var count = 0
        while tensors["text_model.encoder.layers.\(count).layer_norm1.weight"] != nil { count += 1 }
        guard (2...256).contains(count) else {
            throw FileError(
                path: file,
                problem: "holds a text encoder of \(count) layers; 2 to 256 are accepted")
        }
        return count
    }
}

extension CLIPTextConfiguration {
    /// The sizes of published towers, from the shapes of their tensors: heads of 64 features, and
    /// OpenAI's activation where the tower is as wide as OpenAI's.
    fileprivate init(shapesOf tensors: [String: Tensor], file: String) throws(FileError) {
        func size(_ name: String, _ axis: Int) throws(FileError) -> Int {
            let key = "text_model.\(name)"
            guard let tensor = tensors[key], tensor.rank == 2 else {
                throw FileError(
                    path: file, field: key,
                    problem: "is missing or no matrix; it tells the text encoder's sizes")
            }
            return tensor.shape[axis]
        }
        let width = try size("embeddings.token_embedding.weight", 1)
        try self.init(
            vocabularySize: size("embeddings.token_embedding.weight", 0), hiddenSize: width,
            intermediateSize: size("encoder.layers.0.mlp.fc1.weight", 0),
            layers: CLIPTextModel.layers(of: tensors, file: file), heads: max(1, width / 64),
            maxPositions: size("embeddings.position_embedding.weight", 0),
            activation: width == 768 ? .quickGELU : .gelu,
            projectionSize: tensors["text_projection.weight"].map { $0.rank == 2 ? $0.shape[0] : 1 }
                ?? width)
    }
}
