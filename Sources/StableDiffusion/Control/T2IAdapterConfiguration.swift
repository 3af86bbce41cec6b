import PinxitFiles

/// The sizes of a ``T2IAdapter``, with the keys of diffusers' `config.json`.
package struct T2IAdapterConfiguration: Sendable, Equatable {
    /// How it is built.
    package enum Kind: String, Sendable, CaseIterable {
        /// For Stable Diffusion 1 and 2: every block but the first halves the size.
        case full = "full_adapter"
        /// For SDXL: the third block halves the size.
        case fullXL = "full_adapter_xl"
        /// As the first, with a quarter of the channels inside.
        case light = "light_adapter"
    }

    /// Channels from one block to the next.
    struct Block: Sendable, Equatable {
        var input: Int
        var output: Int
        var halves: Bool
    }

    /// How it is built.
    package var kind = Kind.full
    /// Channels of the picture: 1 is gray.
    package var pictureChannels = 3
    /// Of the maps of the U-Net; a light one's last stands for two.
    package var channels = [320, 640, 1280, 1280]
    /// Skips of each block.
    package var layers = 2
    /// Pixels of the picture that become one of the first map, in each direction.
    package var downscale = 8

    package init() {}

    /// Reads `config.json`. Absent fields have the values diffusers gives them.
    ///
    /// - Throws: `FileError` naming a field that is of another type or not supported.
    package init(_ json: JSONField) throws(FileError) {
        let names = Kind.allCases.map(\.rawValue)
        let name = try json["adapter_type"].string(or: Kind.full.rawValue)
        guard let kind = Kind(rawValue: name) else {
            throw json["adapter_type"].unsupported(name, names)
        }
        self.kind = kind
        pictureChannels = try json["in_channels"].size(or: 3, in: 1...4)
        channels = try json["channels"].sizes(or: channels)
        guard kind != .light || channels.allSatisfy({ $0 >= 4 }) else {
            throw json["channels"].unsupported(
                "\(channels)", ["4 or more each: a light adapter has a quarter of them inside"])
        }
        layers = try json["num_res_blocks"].size(or: 2, in: 1...16)
        downscale = try json["downscale_factor"].size(or: 8, in: 1...64)
        guard zip(blocks, blocks.dropFirst()).allSatisfy({ $0.output == $1.input }) else {
            throw json["channels"].unsupported(
                "\(channels)", ["those from the third on alike: SDXL's blocks keep theirs"])
        }
    }

    /// In their order.
    var blocks: [Block] {
        let unshuffled = pictureChannels * downscale * downscale
        let pairs = zip(channels, channels.dropFirst())
        let first = channels[0]
        switch kind {
        case .full:
            return [Block(input: first, output: first, halves: false)]
                + pairs.map { Block(input: $0, output: $1, halves: true) }
        case .fullXL:
            return channels.indices.map { index in
                let changes = index == 1 || index == 2
                return Block(
                    input: channels[changes ? index - 1 : index], output: channels[index],
                    halves: index == 2)
            }
        case .light:
            return [Block(input: unshuffled, output: first, halves: false)]
                + pairs.map { Block(input: $0, output: $1, halves: true) }
                + [
                    Block(
                        input: channels[channels.count - 1], output: channels[channels.count - 1],
                        halves: true)
                ]
        }
    }
}
