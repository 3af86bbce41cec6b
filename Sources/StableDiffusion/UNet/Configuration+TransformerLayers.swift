import PinxitFiles

// How deep the attention of each level is, `transformer_layers_per_block` and, for networks whose
// way up is not the mirror image, `reverse_transformer_layers_per_block`.

extension UNetConfiguration {
    /// One number for all, one a level, or in distilled networks a list for each level, which then
    /// comes with another for the way up.
    mutating func readTransformerLayers(_ json: JSONField) throws(FileError) {
        let (down, up) = (
            json["transformer_layers_per_block"], json["reverse_transformer_layers_per_block"]
        )
        transformerLayers = try Self.layers(down, layersPerBlock)
        midTransformerLayers = transformerLayers.last?.first ?? 1
        let counts = layersPerBlock.map { $0 + 1 }
        if up.exists {
            upTransformerLayers = try Self.layers(up, counts.reversed()).reversed()
            return
        }
        // A ControlNet has no way up.
        let goesUp = try json["_class_name"].string(or: "") != "ControlNetModel"
        if goesUp, case .array(let levels) = down.value, levels.contains(where: \.isList) {
            throw up.error("a list for each level, as transformer_layers_per_block has")
        }
        upTransformerLayers = zip(transformerLayers, counts).map {
            [Int](repeating: $0[0], count: $1)
        }
    }

    private static func layers(_ field: JSONField, _ counts: [Int]) throws(FileError) -> [[Int]] {
        guard case .array = field.value else {
            let all = try field.size(or: 1, in: 0...64)
            return counts.map { [Int](repeating: all, count: $0) }
        }
        let levels = try field.array()
        guard levels.count == counts.count else {
            throw field.unsupported(
                "a list of \(levels.count)", ["one number", "a list of \(counts.count)"])
        }
        var layers: [[Int]] = []
        for (level, count) in zip(levels, counts) {
            layers.append(try level.sizes(count: count, or: 1, in: 0...64))
        }
        return layers
    }

    /// The fields that say it, none where every attention has one layer.
    var transformerMembers: [JSONMember] {
        let all = transformerLayers + upTransformerLayers + [[midTransformerLayers]]
        if all.joined().allSatisfy({ $0 == 1 }) { return [] }
        let levels = transformerLayers.map { $0[0] }
        let isPlain =
            zip(transformerLayers + upTransformerLayers, levels + levels)
            .allSatisfy { layers, count in layers.allSatisfy { $0 == count } }
        func member(_ name: String, _ levels: [[Int]]) -> JSONMember {
            JSONMember(name, .array(levels.map { .array($0.map(JSONValue.integer)) }))
        }
        guard isPlain else {
            return [
                member("transformer_layers_per_block", transformerLayers),
                member("reverse_transformer_layers_per_block", upTransformerLayers.reversed()),
            ]
        }
        let plain: JSONValue =
            Set(levels).count == 1
            ? .integer(levels[0]) : .array(levels.map(JSONValue.integer))
        return [JSONMember("transformer_layers_per_block", plain)]
    }
}

extension JSONValue {
    fileprivate var isList: Bool { if case .array = self { true } else { false } }
}
