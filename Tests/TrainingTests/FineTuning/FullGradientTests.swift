import PinxitAutograd
import PinxitCLIP
import PinxitCheckpoints
import PinxitDatasets
import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitTraining

/// Losses and gradients of full fine-tuning equal PyTorch's; see
/// `Tests/Fixtures/make_lora_training.py`.
@Suite struct FullGradientTests {
    @Test(
        "Loss and gradients of all weights, of U-Net and text encoder, are PyTorch's",
        arguments: [false, true])
    func gradients(_ recomputes: Bool) async throws {
        try await Engine.run {
            let fixture = try Fixture("full-training.safetensors")
            let settings = try FullSettings([
                "min_snr": 5, "train_text_encoder": true, "recompute": .bool(recomputes),
            ])
            let source = DiffusersFolder(Fixture.path("tiny-sd1"))
            let learner = FullLearner(settings, source)
            let model = try LatentDiffusion(source, learner.options(nil))
            let noising = DenoisingLoss(model.scheduler, settings.common)
            let step = FineTuningStep(
                model: model, noising: noising, precision: .f32, recomputes: recomputes)
            let times = try #require(fixture.parameter("tiny-sd1/times")).split(separator: ",")
                .compactMap { Int($0) }.map(noising.time(at:))
            let loss = try step.loss(
                x0: fixture["tiny-sd1/x0"], noise: fixture["tiny-sd1/noise"], times: times,
                captions: ["a red apple", "two dogs on grass"], views: [])
            let expected = fixture["tiny-sd1/loss"].item
            #expect(abs(loss.item - expected) < 2e-4 * expected)
            let parameters = learner.parameters
            #expect(parameters.map(\.name).contains("unet.conv_in.weight"))
            let found = PinxitAutograd.gradients(
                of: loss, withRespectTo: parameters.map(\.tensor))
            let start = "tiny-sd1/gradient/"
            let wanted = fixture.keys.filter { $0.hasPrefix(start) }.map {
                $0.dropFirst(start.count)
            }
            #expect(Set(parameters.map(\.name)) == Set(wanted.map(String.init)))
            let largest = wanted.reduce(Float(0)) { largest, name in
                fixture[start + name].floats.reduce(largest) { max($0, abs($1)) }
            }
            for (parameter, gradient) in zip(parameters, found) {
                let wanted = fixture[start + parameter.name]
                let gradient = try #require(gradient, "\(parameter.name)")
                // Attention does not see the bias of keys, whose gradient is rounding.
                let size = wanted.floats.reduce(Float(0)) { max($0, abs($1)) }
                guard size > 1e-6 * largest else { continue }
                #expect(relativeDifference(gradient, wanted) < 2e-4, "\(parameter.name)")
            }
        }
    }

    @Test("Finished weights take the place of the model's, and of no other component's")
    func finished() async throws {
        try await Engine.run {
            let source = DiffusersFolder(Fixture.path("tiny-sd1"))
            let learner = FullLearner(try FullSettings([:]), source)
            _ = try LatentDiffusion(source, learner.options(nil))
            #expect(learner.parameters.allSatisfy { $0.name.hasPrefix("unet.") })
            var weights = Dictionary(
                uniqueKeysWithValues: learner.parameters.map {
                    ($0.name, $0.tensor.detached.copy())
                })
            let fixture = try Fixture("full-training.safetensors")
            func said(_ weights: [String: Tensor]?) throws -> Tensor {
                let options = weights.map { learner.options($0) } ?? LoadOptions()
                let model = try LatentDiffusion(source, options)
                let text = model.text(["a red apple"], type: .f32).states
                let x = fixture["tiny-sd1/x0"].sliced(axis: 0, 0..<1)
                return try model.denoiser(x, timesteps: [300], context: text)
            }
            let own = try said(nil)
            #expect(relativeDifference(try said(weights), own) < 2e-5)
            let bias = try #require(weights["unet.conv_out.bias"])
            weights["unet.conv_out.bias"] = bias + 1
            #expect(relativeDifference(try said(weights), own + 1) < 2e-5)
        }
    }
}

extension FullSettings {
    /// A recipe's group `task`.
    init(_ members: [String: JSONValue]) throws {
        let recipe = JSONValue.object(members.map { JSONMember($0.key, $0.value) })
        try self.init(SettingsReader(JSONField(file: "recipe", path: "", value: recipe)))
    }
}
