import PinxitAutograd
import PinxitCLIPGAN
import PinxitFiles
import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

/// Both networks against PyTorch's.
@Suite struct NetworkTests {
    @Test func generator() async throws {
        try await Engine.run {
            let expected = try Fixture("clipgan.safetensors")
            let store = expected.store("generator")
            let generator = Generator(store.root, smallGenerator)
            try store.verify()
            let y = generator(noise: expected["noise"], text: expected["text"])
            #expect(relativeDifference(y, expected["painted"]) < 1e-5)
            let loss = (y * expected["weighting"]).mean()
            try compare(loss, store.parameters, expected, "generator_gradient")
        }
    }

    @Test func discriminator() async throws {
        try await Engine.run {
            let expected = try Fixture("clipgan.safetensors")
            let store = expected.store("discriminator")
            let discriminator = Discriminator(store.root, smallDiscriminator)
            try store.verify()
            let pictures = expected["pictures"].tracked()
            let verdict = discriminator.verdict(
                discriminator.features(pictures), text: expected["text"])
            #expect(relativeDifference(verdict, expected["verdict"]) < 1e-5)
            let slope = gradients(of: verdict.sum(), withRespectTo: [pictures])[0]
            #expect(relativeDifference(try #require(slope), expected["slope"]) < 1e-4)
            let again = discriminator.verdict(
                discriminator.features(expected["pictures"]), text: expected["text"])
            let loss = (again * expected["signs"]).mean()
            try compare(loss, store.parameters, expected, "discriminator_gradient")
        }
    }

    @Test("What cells take of each other is PyTorch's, and looking changes no bit")
    func looks() async throws {
        try await Engine.run {
            let expected = try Fixture("clipgan.safetensors")
            let generator = Generator(
                expected.store("generator", tracked: false).root, smallGenerator)
            var looks: [(side: Int, attention: Tensor)] = []
            let watched = generator(
                noise: expected["noise"], text: expected["text"], type: .f32
            ) { looks.append(($0, $1)) }
            let plain = generator(noise: expected["noise"], text: expected["text"])
            #expect(watched.floats == plain.floats)
            #expect(looks.map(\.side) == [8])
            #expect(looks[0].attention.shape == [3, 64, 64])
            #expect(largestDifference(looks[0].attention, expected["looks"]) <= 2e-5)
            #expect(looks[0].attention.sum(axis: 2).floats.allSatisfy { abs($0 - 1) <= 1e-5 })
        }
    }

    @Test func bf16IsTheSamePicture() async throws {
        try await Engine.run {
            let expected = try Fixture("clipgan.safetensors")
            let generator = Generator(
                expected.store("generator", tracked: false).root, smallGenerator)
            let y = generator(noise: expected["noise"], text: expected["text"], type: .bf16)
            // About ten layers round to 8 bits; the largest of two thousand errors is four times
            // the usual one.
            #expect(relativeDifference(y, expected["painted"]) < 4 * 0x1p-9 * 10)
        }
    }

    @Test func wordsOfConfigurationsGoRoundAndRound() throws {
        func parsed(_ json: JSONValue) throws -> GeneratorConfiguration {
            try GeneratorConfiguration(JSONField(file: "config.json", path: "", value: json))
        }
        #expect(try parsed(smallGenerator.json) == smallGenerator)
        #expect(GeneratorConfiguration().pictureSize == 64)
        var larger = GeneratorConfiguration()
        larger.widths = [192, 192, 128, 64, 32, 16]
        larger.convolutions.append(1)
        #expect(try parsed(larger.json).pictureSize == 128)
        for (field, value): (String, JSONValue) in [
            ("attention_sides", [7]), ("widths", []), ("convolutions", [1]),
            ("_class_name", "UNet2DConditionModel"), ("noise_size", 0),
        ] {
            let json = smallGenerator.json.setting(field, value)
            let error = #expect(throws: FileError.self) { try parsed(json) }
            #expect(error?.field.contains(field) == true)
        }
    }
}

/// The sizes in make_clipgan.py.
let smallGenerator: GeneratorConfiguration = {
    var c = GeneratorConfiguration()
    (c.noiseSize, c.textSize, c.conditionSize, c.headSize) = (6, 10, 12, 8)
    (c.widths, c.convolutions, c.attentionSides) = ([16, 16, 8], [2, 1, 1], [8])
    return c
}()

let smallDiscriminator: DiscriminatorConfiguration = {
    var c = DiscriminatorConfiguration()
    (c.widths, c.textSize, c.pictureSize) = ([8, 16, 16], 10, 16)
    (c.attentionSides, c.headSize) = ([8], 8)
    return c
}()

extension Fixture {
    /// The parameters of one of the networks.
    func store(_ network: String, tracked: Bool = true) -> ParameterStore {
        let own = keys.filter { $0.hasPrefix(network + "/") }
        let weights = own.map { (String($0.dropFirst(network.count + 1)), self[$0]) }
        return ParameterStore(
            checkpoint: Dictionary(uniqueKeysWithValues: weights), tracked: tracked)
    }
}

private func compare(
    _ loss: Tensor, _ parameters: [ParameterStore.Parameter], _ expected: Fixture,
    _ prefix: String
) throws {
    let found = gradients(of: loss, withRespectTo: parameters.map(\.tensor))
    for (parameter, gradient) in zip(parameters, found) {
        let gradient = try #require(gradient, "\(parameter.name) has no gradient")
        let difference = relativeDifference(gradient, expected["\(prefix)/\(parameter.name)"])
        #expect(difference < 1e-4, "\(parameter.name)")
    }
}
