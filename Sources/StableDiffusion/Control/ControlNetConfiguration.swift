import PinxitFiles

/// The sizes of a ``ControlNet``, with the keys of diffusers' `config.json` for `ControlNetModel`.
package struct ControlNetConfiguration: Sendable, Equatable {
    /// Those that it has in common with the U-Net it is for: the way down and the bottom.
    package var encoder: UNetConfiguration
    /// Channels of the picture.
    package var pictureChannels = 3
    /// Channels of the layers that see the picture, each but the first at half the size.
    package var embeddingWidths = [16, 32, 96, 256]
    /// Whether the picture's channels are blue, green, red.
    package var isBGR = false
    /// Whether what is added to a map is its mean over all places: of a picture what it is like,
    /// and not where.
    package var isPooled = false

    /// - Parameter encoder: Sizes as those of the U-Net it is for.
    package init(encoder: UNetConfiguration) { self.encoder = encoder }

    /// Reads `config.json`. Absent fields have the values diffusers gives them.
    ///
    /// - Throws: `FileError` naming a field that is of another type, inconsistent, or asks for what
    ///   is not supported.
    package init(_ json: JSONField) throws(FileError) {
        let name = try json["_class_name"].string(or: "ControlNetModel")
        guard name == "ControlNetModel" else {
            throw json["_class_name"].unsupported(name, ["ControlNetModel"])
        }
        encoder = try UNetConfiguration(json)
        pictureChannels = try json["conditioning_channels"].size(or: 3)
        if json["conditioning_embedding_out_channels"].exists {
            embeddingWidths = try json["conditioning_embedding_out_channels"].sizes(or: [])
        }
        guard (1...8).contains(embeddingWidths.count) else {
            throw json["conditioning_embedding_out_channels"].unsupported(
                "\(embeddingWidths)", ["1 to 8 sizes"])
        }
        let order = json["controlnet_conditioning_channel_order"]
        try order.require("rgb", "bgr")
        isBGR = try order.string(or: "rgb") == "bgr"
        isPooled = try json["global_pool_conditions"].bool(or: false)
    }

    /// Pixels a latent stands for, in each direction.
    package var scale: Int { 1 << (embeddingWidths.count - 1) }

    /// Channels of each map of the way down, the first before all levels.
    var mapWidths: [Int] {
        let widths = encoder.blockOutChannels
        return [widths[0]]
            + widths.indices.flatMap { level in
                let halves = level < widths.count - 1 ? 1 : 0
                return [Int](
                    repeating: widths[level], count: encoder.layersPerBlock[level] + halves)
            }
    }
}
