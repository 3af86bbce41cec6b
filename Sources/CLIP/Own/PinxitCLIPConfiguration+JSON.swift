import PinxitFiles

extension PinxitCLIPConfiguration {
    /// Reads `config.json` of a folder that `pinxit train clip` wrote.
    ///
    /// - Throws: `FileError` naming a field that is missing, of another type, or not supported.
    public init(_ json: JSONField) throws(FileError) {
        let text = json["text_config"]
        _ = try text.members()
        let name = try text["model_type"].string()
        guard let kind = TextKind(rawValue: name) else {
            throw text["model_type"].unsupported(
                "\"\(name)\"", TextKind.allCases.map(\.rawValue))
        }
        try self.init(
            textKind: kind, text: CLIPTextConfiguration(text), image: Image(json["vision_config"]),
            projectionSize: json["projection_dim"].size(or: 192))
        // A bidirectional tower looks at its padding.
        guard self.text.padID < self.text.vocabularySize else {
            throw text["pad_token_id"].unsupported(
                "\(self.text.padID)", ["a token below \(self.text.vocabularySize)"])
        }
    }

    /// The file's content.
    public var json: JSONValue {
        let kind = JSONMember("model_type", .string(textKind.rawValue))
        return [
            "model_type": .string(Self.modelType), "projection_dim": .integer(projectionSize),
            "text_config": .object([kind] + text.members), "vision_config": image.json,
        ]
    }
}

extension PinxitCLIPConfiguration.Image {
    private static let convolutionalType = "pinxit_convolutional_image"
    private static let residualType = "pinxit_residual_image"

    init(_ json: JSONField) throws(FileError) {
        let side = try json["image_size"].size(or: 64, in: 16...1024)
        let widths = try json["widths"].sizes(or: [], in: 8...4096)
        guard (1...6).contains(widths.count), widths.allSatisfy({ $0 % 8 == 0 }),
            side % (1 << widths.count) == 0
        else {
            throw json["widths"].unsupported(
                "\(widths)", ["1 to 6 multiples of 8, one for each time \(side) is halved"])
        }
        switch try json["model_type"].string() {
        case Self.convolutionalType:
            var c = ConvolutionalImageConfiguration()
            (c.imageSize, c.widths) = (side, widths)
            c.layers = try json["num_hidden_layers"].size(or: 2, in: 0...64)
            c.heads = try json["num_attention_heads"].size(or: 6)
            try json["num_attention_heads"].requireHeads(c.heads, of: widths.last!)
            self = .convolutional(c)
        case Self.residualType:
            var c = ResidualImageConfiguration()
            (c.imageSize, c.widths) = (side, widths)
            c.blocks = try json["blocks"].sizes(count: widths.count, or: 1, in: 0...64)
            c.width = try json["hidden_size"].size(or: 192)
            self = .residual(c)
        case let other:
            throw json["model_type"].unsupported(
                "\"\(other)\"", [Self.convolutionalType, Self.residualType])
        }
    }

    var json: JSONValue {
        func list(_ sizes: [Int]) -> JSONValue { .array(sizes.map(JSONValue.integer)) }
        return switch self {
        case .convolutional(let c):
            [
                "model_type": .string(Self.convolutionalType), "image_size": .integer(c.imageSize),
                "widths": list(c.widths), "num_hidden_layers": .integer(c.layers),
                "num_attention_heads": .integer(c.heads),
            ]
        case .residual(let c):
            [
                "model_type": .string(Self.residualType), "image_size": .integer(c.imageSize),
                "widths": list(c.widths), "blocks": list(c.blocks),
                "hidden_size": .integer(c.width),
            ]
        }
    }
}
