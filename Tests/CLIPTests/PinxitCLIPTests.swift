import PinxitCLIP
import PinxitFiles
import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

private let text = CLIPTextConfiguration(
    vocabularySize: 40, hiddenSize: 16, intermediateSize: 32, layers: 2, heads: 2,
    maxPositions: 8, activation: .gelu, projectionSize: 8, bosID: 38, eosID: 39, padID: 39)

private func residual() -> ResidualImageConfiguration {
    var c = ResidualImageConfiguration()
    (c.imageSize, c.widths, c.blocks, c.width) = (32, [8, 16], [1, 2], 24)
    return c
}

private func convolutional() -> ConvolutionalImageConfiguration {
    var c = ConvolutionalImageConfiguration()
    (c.imageSize, c.widths, c.layers, c.heads) = (32, [8, 16, 16], 1, 2)
    return c
}

private let configurations = [
    PinxitCLIPConfiguration(
        text: text, image: .convolutional(convolutional()), projectionSize: 8),
    PinxitCLIPConfiguration(
        textKind: .bidirectional, text: text, image: .residual(residual()), projectionSize: 8),
]

@Suite struct PinxitCLIPTests {
    private func model(_ configuration: PinxitCLIPConfiguration) -> PinxitCLIPModel {
        PinxitCLIPModel(ParameterStore(seed: 5, tracked: false).root, configuration)
    }

    @Test("A configuration is written and read unchanged", arguments: configurations)
    func configurationsSurvive(configuration: PinxitCLIPConfiguration) throws {
        let field = JSONField(file: "config.json", path: "", value: configuration.json)
        #expect(try PinxitCLIPConfiguration(field) == configuration)
    }

    @Test("Places have length one, and samples do not mix", arguments: configurations)
    func places(configuration: PinxitCLIPConfiguration) async throws {
        await Engine.run {
            let model = model(configuration)
            #expect(model.projectionSize == 8 && model.pictureSize == 32)
            var random = SplitMix64(seed: 2)
            let pictures = random.normal([3, 32, 32, 3])
            let all = model.embed(pictures: pictures)
            #expect(all.shape == [3, 8])
            let lengths = all.squared.sum(axis: 1).floats
            #expect(lengths.allSatisfy { abs($0 - 1) < 1e-5 })
            let last = model.embed(pictures: pictures.sliced(axis: 0, 2..<3))
            #expect(largestDifference(all.sliced(axis: 0, 2..<3), last) < 1e-5)
            #expect(largestDifference(all.sliced(axis: 0, 0..<1), last) > 1e-3)
        }
    }

    @Test("A text's place does not depend on its padding", arguments: configurations)
    func padding(configuration: PinxitCLIPConfiguration) async throws {
        await Engine.run {
            let model = model(configuration)
            let short = Tensor([38, 4, 5, 39] as [Int32], shape: [1, 4])
            let long = Tensor([38, 4, 5, 39, 39, 39, 39, 39] as [Int32], shape: [1, 8])
            let (a, b) = (model.embed(ids: short, type: .f32), model.embed(ids: long, type: .f32))
            #expect(largestDifference(a, b) < 1e-5)
            let swapped = Tensor([38, 5, 4, 39] as [Int32], shape: [1, 4])
            #expect(largestDifference(a, model.embed(ids: swapped, type: .f32)) > 1e-4)
            #expect(model.states(ids: short, type: .f32).shape == [1, 4, 16])
        }
    }

    /// A later word changes the states of earlier ones in the tower that looks both ways, and only
    /// there.
    @Test(arguments: configurations)
    func directions(configuration: PinxitCLIPConfiguration) async throws {
        await Engine.run {
            let model = model(configuration)
            let states = [6, 7].map { word in
                model.states(
                    ids: Tensor([38, 4, word, 39] as [Int32], shape: [1, 4]), type: .f32
                ).sliced(axis: 1, 0..<2)
            }
            let difference = largestDifference(states[0], states[1])
            #expect(
                configuration.textKind == .causal ? difference == 0 : difference > 1e-3)
        }
    }

    @Test(
        arguments: [
            ("model_type", "mlp", "pinxit_residual_image"), ("widths", [12], "multiples of 8"),
            ("widths", [8, 8, 8, 8, 8, 8, 8], "1 to 6"), ("widths", [], "a list of 0"),
            ("widths", .null, "1 to 6"), ("image_size", 8, "16 to"),
            ("blocks", [1], "a list of 2"),
        ] as [(String, JSONValue, String)])
    func wrongImageFields(_ name: String, _ value: JSONValue, _ hint: String) throws {
        guard case .object(let members) = configurations[1].json["vision_config"] else {
            Issue.record("no image tower in \(configurations[1].json)")
            return
        }
        let changed = members.map { $0.name == name ? JSONMember(name, value) : $0 }
        let json: JSONValue = [
            "text_config": configurations[1].json["text_config"]!,
            "vision_config": .object(changed),
        ]
        let error = try #require(throws: FileError.self) {
            _ = try PinxitCLIPConfiguration(JSONField(file: "config.json", path: "", value: json))
        }
        #expect(error.field == "vision_config.\(name)")
        #expect(error.problem.contains(hint), "\(error.problem)")
    }
}
