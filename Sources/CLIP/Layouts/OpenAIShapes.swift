import PinxitFiles
import PinxitTensors

/// The sizes of a CLIP that comes as a bare state dict, read off its shapes as OpenAI's
/// `build_model` does.
struct OpenAIShapes {
    let file: String
    let tensors: [String: Tensor]

    /// What OpenAI's archives hold beside parameters.
    static func isIgnored(_ key: String) -> Bool {
        ["input_resolution", "context_length", "vocab_size", "attn_mask"].contains(key)
    }

    func text() throws(FileError) -> CLIPTextConfiguration {
        let (vocabulary, width) = try sizes("token_embedding.weight")
        let (positions, _) = try sizes("positional_embedding")
        let (inner, _) = try sizes("transformer.resblocks.0.mlp.c_fc.weight")
        return CLIPTextConfiguration(
            vocabularySize: vocabulary, hiddenSize: width, intermediateSize: inner,
            layers: layers("transformer.resblocks."), heads: try heads(width, "text"),
            maxPositions: positions, projectionSize: try sizes("text_projection").1,
            bosID: vocabulary - 2, eosID: vocabulary - 1, padID: 0)
    }

    func vision() throws(FileError) -> CLIPVisionConfiguration {
        let convolution = try shape("visual.conv1.weight", rank: 4)
        let (places, width) = try sizes("visual.positional_embedding")
        let side = Int(Double(max(places - 1, 0)).squareRoot())
        guard convolution[1] == 3 else {
            throw FileError(
                path: file, field: "visual.conv1.weight",
                problem: "takes \(convolution[1]) channels; 3 are accepted, those of a picture")
        }
        guard side > 0, side * side == places - 1, convolution[2] == convolution[3] else {
            throw FileError(
                path: file, field: "visual.positional_embedding",
                problem: "has \(places) positions; one and a square number are accepted")
        }
        var c = CLIPVisionConfiguration()
        c.hiddenSize = width
        c.intermediateSize = try sizes("visual.transformer.resblocks.0.mlp.c_fc.weight").0
        c.layers = layers("visual.transformer.resblocks.")
        c.heads = try heads(width, "image")
        c.patchSize = convolution[2]
        c.imageSize = side * c.patchSize
        return c
    }

    private func layers(_ prefix: String) -> Int {
        tensors.keys.count { $0.hasPrefix(prefix) && $0.hasSuffix(".ln_1.weight") }
    }

    /// All of OpenAI's heads are 64 wide.
    private func heads(_ width: Int, _ tower: String) throws(FileError) -> Int {
        guard width % 64 == 0 else {
            throw FileError(
                path: file,
                problem:
                    "the \(tower) tower is \(width) wide; without a configuration file a multiple of "
                    + "64 is accepted")
        }
        return width / 64
    }

    private func sizes(_ key: String) throws(FileError) -> (Int, Int) {
        let shape = try shape(key, rank: 2)
        return (shape[0], shape[1])
    }

    private func shape(_ key: String, rank: Int) throws(FileError) -> Shape {
        guard let tensor = tensors[key] else {
            throw FileError(
                path: file, field: key,
                problem: "is missing: no CLIP with a vision transformer in OpenAI's names")
        }
        guard tensor.rank == rank, !tensor.shape.dimensions.contains(0) else {
            throw FileError(
                path: file, field: key,
                problem: "has shape \(tensor.shape); \(rank) dimensions are expected")
        }
        return tensor.shape
    }
}
