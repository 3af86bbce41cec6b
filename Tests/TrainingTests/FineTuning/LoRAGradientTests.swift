import Foundation
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

/// Losses and gradients of LoRAs equal PyTorch's with PEFT; see
/// `Tests/Fixtures/make_lora_training.py`.
@Suite struct LoRAGradientTests {
    @Test(
        """
        Loss and gradients of a LoRA are PEFT's: noise and velocity, min-SNR, text encoders, SDXL, \
        LoCon with DoRA, whether layers are computed again or not
        """,
        arguments: [
            ("tiny-sd1", ["min_snr": 5, "train_text_encoder": true]),
            ("tiny-sd1", ["min_snr": 5, "train_text_encoder": true, "recompute": true]),
            (
                "tiny-sd1+dora",
                ["layers": "everything", "conv_rank": 2, "conv_alpha": 1, "dora": true]
            ),
            ("tiny-sd2", ["min_snr": 5, "recompute": true]),
            ("tiny-sdxl", ["min_snr": 0, "recompute": true]),
        ] as [(String, JSONValue)])
    func gradients(_ name: String, _ recipe: JSONValue) async throws {
        try await Engine.run {
            let fixture = try Fixture("lora-training.safetensors")
            let settings = try LoRASettings(fixture, recipe)
            let folder = String(name.prefix { $0 != "+" })
            let start = "\(name)/lora/"
            let given = Dictionary(
                uniqueKeysWithValues: fixture.keys.filter { $0.hasPrefix(start) }.map {
                    (String($0.dropFirst(start.count)), fixture[$0])
                })
            let adapters = LoRAAdapters(
                ParameterStore(checkpoint: given, tracked: true), settings)
            var options = LoadOptions()
            options.lowRank = adapters
            let model = try LatentDiffusion(DiffusersFolder(Fixture.path(folder)), options)
            try adapters.store.verify()
            let noising = DenoisingLoss(model.scheduler, settings.common)
            let step = FineTuningStep(
                model: model, noising: noising, precision: .f32,
                recomputes: settings.common.recomputes)
            let times = try #require(fixture.parameter("\(name)/times")).split(separator: ",")
                .compactMap { Int($0) }.map(noising.time(at:))
            let x0 = fixture["\(name)/x0"]
            let side = x0.shape[1] * model.scale
            let whole = PictureShape(width: side, height: side)
            let loss = try step.loss(
                x0: x0, noise: fixture["\(name)/noise"], times: times,
                captions: ["a red apple", "two dogs on grass"],
                views: [PictureView](repeating: PictureView(whole: whole), count: 2))
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
        arguments: LoRASettings.Dialect.allCases, [false, true])
    func writtenFiles(_ dialect: LoRASettings.Dialect, _ isDoRA: Bool) async throws {
        let scratch = NSTemporaryDirectory() + "pinxit-lora-\(UUID().uuidString)"
        let file = scratch + "/it.safetensors"
        try await Engine.run {
            let fixture = try Fixture("lora-training.safetensors")
            let name = JSONMember("dialect", .string(dialect.rawValue))
            let settings = try LoRASettings(
                fixture,
                .object(
                    isDoRA
                        ? [
                            JSONMember("layers", "everything"), JSONMember("conv_rank", 2),
                            JSONMember("conv_alpha", 1), JSONMember("dora", true), name,
                        ] : [JSONMember("train_text_encoder", true), name]))
            let start = isDoRA ? "tiny-sd1+dora/lora/" : "tiny-sd1/lora/"
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
            let marks =
                isDoRA
                ? (".dora_scale", ".lora_magnitude_vector")
                : ("lora_te_text_model_encoder_layers_0_self_attn_q_proj.alpha", "lora_A.weight")
            let mark = dialect == .kohya ? marks.0 : marks.1
            #expect(header.entries.keys.contains { $0.hasSuffix(mark) })
            #expect((header.metadata["ss_network_args"] != nil) == isDoRA)
        }
        removeFolder(scratch)
    }
}

extension LoRASettings {
    /// A recipe's, with the rank and alpha of the fixture.
    fileprivate init(_ fixture: Fixture, _ recipe: JSONValue) throws {
        guard case .object(var members) = recipe else {
            preconditionFailure("a recipe is an object")
        }
        members.append(JSONMember("rank", .integer(fixture.integer("rank"))))
        members.append(JSONMember("alpha", .number(Double(fixture.number("alpha")))))
        try self.init(
            SettingsReader(JSONField(file: "recipe", path: "", value: .object(members))))
    }
}
