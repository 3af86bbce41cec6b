import Foundation
import PinxitAutograd
import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitTraining

/// Losses and gradients of LoRAs equal PyTorch's with PEFT; see
/// `Tests/Fixtures/make_lora_training.py`.
@Suite struct LoRAGradientTests {
    @Test(
        "Loss and gradients of a LoRA are PEFT's: noise and velocity, min-SNR, text encoders, SDXL",
        arguments: [("tiny-sd1", 5, true), ("tiny-sd2", 5, false), ("tiny-sdxl", 0, false)])
    func gradients(_ name: String, _ gamma: Int, _ trainsText: Bool) async throws {
        try await Engine.run {
            let fixture = try Fixture("lora-training.safetensors")
            let settings = try LoRASettings(
                rank: fixture.integer("rank"), alpha: fixture.number("alpha"),
                trainsText: trainsText, minSNR: gamma)
            let start = "\(name)/lora/"
            let given = Dictionary(
                uniqueKeysWithValues: fixture.keys.filter { $0.hasPrefix(start) }.map {
                    (String($0.dropFirst(start.count)), fixture[$0])
                })
            let adapters = LoRAAdapters(
                ParameterStore(checkpoint: given, tracked: true), settings)
            var options = LoadOptions()
            options.lowRank = adapters
            let model = try LatentDiffusion(DiffusersFolder(Fixture.path(name)), options)
            try adapters.store.verify()
            let noising = DenoisingLoss(model.scheduler, settings)
            let step = LoRAStep(model: model, noising: noising, precision: .f32)
            let times = try #require(fixture.parameter("\(name)/times")).split(separator: ",")
                .compactMap { Int($0) }.map(noising.time(at:))
            let x0 = fixture["\(name)/x0"]
            let loss = try step.loss(
                x0: x0, noise: fixture["\(name)/noise"], times: times,
                captions: ["a red apple", "two dogs on grass"],
                side: x0.shape[1] * model.scale)
            let expected = fixture["\(name)/loss"].item
            #expect(abs(loss.item - expected) < 2e-4 * expected)
            let parameters = adapters.store.parameters
            #expect(parameters.count == given.count)
            let found = PinxitAutograd.gradients(
                of: loss, withRespectTo: parameters.map(\.tensor))
            for (parameter, gradient) in zip(parameters, found) {
                let wanted = fixture["\(name)/gradient/\(parameter.name)"]
                let difference = gradient.map { relativeDifference($0, wanted) } ?? .infinity
                #expect(difference < 2e-4, "\(parameter.name)")
            }
        }
    }

    @Test(
        "What is written changes a model as it did in training, in both dialects",
        arguments: LoRASettings.Dialect.allCases)
    func writtenFiles(_ dialect: LoRASettings.Dialect) async throws {
        let scratch = NSTemporaryDirectory() + "pinxit-lora-\(UUID().uuidString)"
        let file = scratch + "/it.safetensors"
        try await Engine.run {
            let fixture = try Fixture("lora-training.safetensors")
            let settings = try LoRASettings(
                rank: fixture.integer("rank"), alpha: fixture.number("alpha"), trainsText: true,
                dialect: dialect)
            let start = "tiny-sd1/lora/"
            let given = Dictionary(
                uniqueKeysWithValues: fixture.keys.filter { $0.hasPrefix(start) }.map {
                    (String($0.dropFirst(start.count)), fixture[$0])
                })
            let folder = DiffusersFolder(Fixture.path("tiny-sd1"))
            var live = LoadOptions()
            live.lowRank = LoRAAdapters(ParameterStore(checkpoint: given), settings)
            try LoRAFile(settings: settings, isXL: false, contextWidth: 16).write(given, to: file)
            let read = LoadOptions(adapters: [try WeightAdapter(file: file)])
            func states(_ options: LoadOptions) throws -> (Tensor, Tensor) {
                let model = try LatentDiffusion(folder, options)
                let text = model.text(["a red apple"], type: .f32).states
                let x = fixture["tiny-sd1/x0"].sliced(axis: 0, 0..<1)
                return (text, try model.denoiser(x, timesteps: [300], context: text))
            }
            let (one, other, plain) = (try states(live), try states(read), try states(.init()))
            #expect(relativeDifference(one.0, other.0) < 2e-5)
            #expect(relativeDifference(one.1, other.1) < 2e-5)
            #expect(relativeDifference(one.1, plain.1) > 1e-2)
            let header = try SafetensorsFile(path: file)
            #expect(header.metadata["ss_network_dim"] == "4")
            let mark = dialect == .kohya ? "lora_te_text_model_encoder_layers_0" : "text_encoder."
            #expect(header.entries.keys.contains { $0.hasPrefix(mark) })
        }
        removeFolder(scratch)
    }
}

extension LoRASettings {
    fileprivate init(
        rank: Int, alpha: Float, trainsText: Bool, minSNR: Int = 0, dialect: Dialect = .kohya
    ) throws {
        let recipe: JSONValue = [
            "rank": .integer(rank), "alpha": .number(Double(alpha)),
            "train_text_encoder": .bool(trainsText), "min_snr": .integer(minSNR),
            "dialect": .string(dialect.rawValue),
        ]
        try self.init(SettingsReader(JSONField(file: "recipe", path: "", value: recipe)))
    }
}
