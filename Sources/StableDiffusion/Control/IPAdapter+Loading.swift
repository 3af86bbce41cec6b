import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

extension IPAdapter {
    /// Loads an adapter from a file of its authors' layout: `image_proj.…` and `ip_adapter.…`, in
    /// safetensors or torch's format.
    ///
    /// - Parameters:
    ///   - model: The model it is for, whose sizes it must have.
    ///   - encoder: Features of the embeddings and of the states of patches that the image encoder
    ///     gives.
    /// - Throws: `FileError` for a file that is wrong, of another kind, or for another family of
    ///   models or another image encoder.
    package static func load(
        _ path: String, for model: LatentDiffusion, encoder: (embedding: Int, states: Int),
        _ options: LoadOptions = LoadOptions()
    ) throws(FileError) -> IPAdapter {
        guard let unet = model.denoiser as? UNet else {
            throw FileError(path: path, problem: "needs a model with a U-Net")
        }
        let file = try CheckpointFile(path: path)
        try refuseKin(file)
        let tensors = try file.tensors()
        let sizes = try Sizes(tensors, file: path)
        try sizes.check(for: unet, encoder: encoder, path: path)
        let component = Component(
            name: "ip_adapter", config: JSONField(file: path, path: "", value: [:]),
            tensors: tensors, file: path)
        return try component.model(options) { IPAdapter($0, sizes) }
    }

    /// Whether a file of such keys is one.
    package static func isNamed(_ keys: some Collection<String>) -> Bool {
        keys.contains(firstKeys) && keys.contains { $0.hasPrefix("image_proj.") }
    }

    private static let firstKeys = "ip_adapter.1.to_k_ip.weight"

    /// Features of the text states of the models that a file is for: no weights are read.
    static func context(of file: CheckpointFile) throws(FileError) -> Int? {
        try refuseKin(file)
        return file.entries[firstKeys]?.shape.last
    }

    private static func refuseKin(_ file: CheckpointFile) throws(FileError) {
        let keys = Set(file.entries.keys)
        func has(_ key: String) -> Bool { keys.contains("image_proj.\(key)") }
        let accepted = "; IP-Adapter and IP-Adapter Plus are accepted"
        let isOfFaces =
            has("perceiver_resampler.proj_in.weight")
            || has("norm.weight") && !has("proj.weight") && has("proj.2.weight")
        if isOfFaces {
            throw FileError(
                path: file.path,
                problem: "is an IP-Adapter FaceID, which sees faces through another network"
                    + accepted)
        }
        if has("proj.3.weight") {
            throw FileError(path: file.path, problem: "is an IP-Adapter Full Face" + accepted)
        }
        guard isNamed(keys), has("proj.weight") || has("latents") else {
            throw FileError(path: file.path, problem: "is no IP-Adapter" + accepted)
        }
    }
}

extension IPAdapter.Sizes {
    fileprivate init(_ tensors: [String: Tensor], file: String) throws(FileError) {
        func dimension(_ key: String, _ axis: Int) throws(FileError) -> Int {
            try tensors.dimension(key, axis, file: file)
        }
        var maps: [Int] = []
        while tensors["ip_adapter.\(2 * maps.count + 1).to_k_ip.weight"] != nil {
            maps.append(try dimension("ip_adapter.\(2 * maps.count + 1).to_k_ip.weight", 0))
        }
        self.maps = maps
        textWidth = try dimension("ip_adapter.1.to_k_ip.weight", 1)
        guard tensors["image_proj.latents"] != nil else {
            kind = .embedding
            pictureWidth = try dimension("image_proj.proj.weight", 1)
            return
        }
        pictureWidth = try dimension("image_proj.proj_in.weight", 1)
        let layers = BlockParts(tensors.keys).count("image_proj.layers")
        let sizes = PictureResampler.Sizes(
            input: pictureWidth, width: try dimension("image_proj.latents", 2), output: textWidth,
            queries: try dimension("image_proj.latents", 1), layers: layers,
            attention: try dimension("image_proj.layers.0.0.to_q.weight", 0),
            inner: try dimension("image_proj.layers.0.1.1.weight", 0))
        guard sizes.attention > 0, sizes.attention % 64 == 0 else {
            throw FileError(
                path: file, field: "image_proj.layers.0.0.to_q.weight",
                problem: "has \(sizes.attention) rows, which are no heads of 64")
        }
        kind = .patches(sizes)
    }

    /// Whether it was made for a U-Net and an image encoder.
    fileprivate func check(
        for unet: UNet, encoder: (embedding: Int, states: Int), path: String
    ) throws(FileError) {
        let own = unet.crossAttentions.map { $0.k.weight.shape[0] }
        guard textWidth == unet.textWidth, maps == own else {
            throw FileError(
                path: path,
                problem: "is an IP-Adapter for another family of models: it has \(maps.count) "
                    + "layers for text states of \(textWidth) features; the U-Net has "
                    + "\(own.count) for \(unet.textWidth)")
        }
        let (seen, what) =
            kind == .embedding
            ? (encoder.embedding, "embeddings") : (encoder.states, "states of patches")
        guard pictureWidth == seen else {
            throw FileError(
                path: path,
                problem: "takes \(what) of \(pictureWidth) features; the image encoder gives "
                    + "\(seen): it goes with another one")
        }
    }
}

extension UNet {
    /// The layers that look at texts, in the order in which adapters count them: on the way down,
    /// on the way up, at the bottom.
    var crossAttentions: [CrossAttention] {
        let maps =
            encoder.downBlocks.flatMap(\.attentions) + upBlocks.flatMap(\.attentions)
            + [encoder.midBlock?.attention].compactMap(\.self)
        return maps.flatMap(\.blocks).map(\.attention2)
    }
}
