import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitStableDiffusion

/// Networks of published sizes under the names of Stable Diffusion's first release: which block is
/// which, and of what sizes, is read from keys and shapes alone.
@Suite struct SingleFileTests {
    static let unets: [(String, UNetConfiguration)] = [
        (
            "Stable Diffusion 1",
            UNetConfiguration(
                sampleSize: 64, inChannels: 4, outChannels: 4,
                blockOutChannels: [320, 640, 1280, 1280],
                attentionLevels: [true, true, true, false], layersPerBlock: [2, 2, 2, 2],
                heads: [8, 8, 8, 8], crossAttentionWidth: 768)
        ),
        (
            "Stable Diffusion 2 for inpainting",
            UNetConfiguration(
                sampleSize: 64, inChannels: 9, outChannels: 4,
                blockOutChannels: [320, 640, 1280, 1280],
                attentionLevels: [true, true, true, false], layersPerBlock: [2, 2, 2, 2],
                heads: [5, 10, 20, 20], crossAttentionWidth: 1024, useLinearProjection: true)
        ),
        (
            "SDXL",
            xl(
                UNetConfiguration(
                    sampleSize: 64, inChannels: 4, outChannels: 4,
                    blockOutChannels: [320, 640, 1280], attentionLevels: [false, true, true],
                    layersPerBlock: [2, 2, 2], heads: [5, 10, 20],
                    transformerLayers: [10, 2, 10], crossAttentionWidth: 2048,
                    useLinearProjection: true), 2816)
        ),
        (
            "SDXL refiner",
            xl(
                UNetConfiguration(
                    sampleSize: 64, inChannels: 4, outChannels: 4,
                    blockOutChannels: [384, 768, 1536, 1536],
                    attentionLevels: [false, true, true, false], layersPerBlock: [2, 2, 2, 2],
                    heads: [6, 12, 24, 24], transformerLayers: [4, 4, 4, 4],
                    crossAttentionWidth: 1280, useLinearProjection: true), 2560)
        ),
        ("SSD-1B", ssd1B()),
    ]

    /// SDXL distilled: no attention in the middle, depths of their own.
    private static func ssd1B() -> UNetConfiguration {
        var c = xl(
            UNetConfiguration(
                sampleSize: 64, inChannels: 4, outChannels: 4,
                blockOutChannels: [320, 640, 1280], attentionLevels: [false, true, true],
                layersPerBlock: [2, 2, 2], heads: [5, 10, 20], transformerLayers: [1, 2, 4],
                crossAttentionWidth: 2048, useLinearProjection: true), 2816)
        c.upTransformerLayers = [[1, 1, 1], [2, 1, 1], [4, 4, 10]]
        (c.midTransformerLayers, c.midBlock) = (1, .plain)
        return c
    }

    private static func xl(_ c: UNetConfiguration, _ width: Int) -> UNetConfiguration {
        var c = c
        c.textTime = .init(inputWidth: width, timeWidth: 256)
        return c
    }

    @Test("A tensor of 875000 steps tells a Stable Diffusion 2 that predicts noise")
    func aTensorOfStepsTellsThePrediction() async throws {
        let predictions = try await Engine.run {
            try [875_000, 1_000_000].map { (steps: Int64) in
                let counted = Tensor(uninitialized: [1], type: .i64)
                counted.pointer.storeBytes(of: steps, as: Int64.self)
                let file = try SingleFile(
                    path: "sd2.safetensors",
                    tensors: [
                        "model.diffusion_model.input_blocks.0.0.weight": .zeros([4, 4, 3, 3]),
                        "cond_stage_model.model.token_embedding.weight": .zeros([4, 4]),
                        "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias":
                            Tensor([-1, 1], shape: [2]),
                        "global_step": counted,
                    ])
                return file.scheduler().prediction
            }
        }
        #expect(predictions == [.epsilon, .velocity])
    }

    @Test(arguments: unets) func unetsAreReadFromTheirShapes(
        _ name: String, _ configuration: UNetConfiguration
    ) throws {
        let parameters = ParameterStore.shapes { _ = UNet($0, configuration) }
        var tensors: [String: Tensor] = [:]
        let names = LDMNames(parameters.map(\.name))
        for (name, shape) in parameters {
            tensors[try #require(names.parameter(name))] = Tensor.placeholder(shape)
        }
        #expect(tensors.count == parameters.count)
        let file = try LDMUNet(tensors, file: "f")
        #expect(try file.configuration(sampleSize: 64) == configuration)
        #expect(Set(file.named.keys) == Set(parameters.map(\.name)))
    }

    @Test func autoencodersAreReadFromTheirShapes() throws {
        let configuration = AutoencoderKLConfiguration()
        let parameters = ParameterStore.shapes { _ = AutoencoderKL($0, configuration) }
        var tensors: [String: Tensor] = [:]
        for (name, shape) in parameters {
            tensors[LDMAutoencoder.oldName(name, levels: 4)] = Tensor.placeholder(shape)
        }
        let file = try LDMAutoencoder(tensors, file: "f")
        #expect(try file.configuration(scalingFactor: 0.18215, sampleSize: 512) == configuration)
        #expect(Set(file.named.keys) == Set(parameters.map(\.name)))
    }

    /// Names of the first release, as its published files have them.
    @Test(arguments: [
        (
            "encoder.down.0.downsample.conv.weight",
            "encoder.down_blocks.0.downsamplers.0.conv.weight"
        ),
        (
            "encoder.down.1.block.0.nin_shortcut.bias",
            "encoder.down_blocks.1.resnets.0.conv_shortcut.bias"
        ),
        ("encoder.mid.attn_1.q.weight", "encoder.mid_block.attentions.0.to_q.weight"),
        ("decoder.mid.attn_1.proj_out.bias", "decoder.mid_block.attentions.0.to_out.0.bias"),
        ("decoder.mid.block_2.conv1.weight", "decoder.mid_block.resnets.1.conv1.weight"),
        ("decoder.up.3.block.0.conv1.weight", "decoder.up_blocks.0.resnets.0.conv1.weight"),
        ("decoder.up.1.upsample.conv.bias", "decoder.up_blocks.2.upsamplers.0.conv.bias"),
        ("decoder.norm_out.weight", "decoder.conv_norm_out.weight"),
    ])
    func autoencodersHaveTheirPublishedNames(_ old: String, _ new: String) throws {
        let levels = ["decoder.up.3.block.0.conv1.weight": Tensor.placeholder([1])]
        #expect(try LDMAutoencoder(levels, file: "f").name(of: old) == new)
        #expect(LDMAutoencoder.oldName(new, levels: 4) == old)
    }

    @Test("Playground 2.5 is SDXL with EDM's schedule and normed latents")
    func playground() throws {
        var tensors = [
            "model.diffusion_model.input_blocks.0.0.weight": Tensor.placeholder([320, 4, 3, 3]),
            "conditioner.embedders.1.model.ln_final.weight": Tensor.placeholder([1280]),
            "edm_mean": Tensor([-1, 2, -3, 4], shape: [1, 4, 1, 1]),
            "edm_std": Tensor([8, 6, 7, 5], shape: [1, 4, 1, 1]),
        ]
        for (name, shape) in ParameterStore.shapes({ _ = AutoencoderKL($0, .init()) }) {
            let old = LDMAutoencoder.oldName(name, levels: 4)
            tensors["first_stage_model.\(old)"] = Tensor.placeholder(shape)
        }
        let file = try SingleFile(path: "f", tensors: tensors)
        #expect(file.kind == .sdxl && file.title == "Playground 2.5" && file.unusedKeys == [])
        let scheduler = file.scheduler()
        #expect(scheduler.edm == EDM() && scheduler.sampler == .dpmpp2M)
        let vae = try AutoencoderKLConfiguration(file.component("vae").config)
        #expect(vae.scalingFactor == 0.5)
        #expect(
            vae.latentStatistics
                == LatentStatistics(mean: [-1, 2, -3, 4], deviation: [8, 6, 7, 5]))
        for wrong: [Float] in [[8, 6, 7], [8, 6, 0, 5], [8, 6, .nan, 5]] {
            tensors["edm_std"] = Tensor(wrong)
            let other = try SingleFile(path: "f", tensors: tensors)
            let error = try #require(throws: FileError.self) { try other.component("vae") }
            #expect(error.field == "edm_std")
        }
        tensors["edm_std"] = nil
        #expect(throws: FileError.self) {
            try SingleFile(path: "f", tensors: tensors).component("vae")
        }
    }

    @Test("CosXL is SDXL that predicts velocity over EDM's levels, whose bounds the file has")
    func cosXL() throws {
        var tensors = [
            "model.diffusion_model.input_blocks.0.0.weight": Tensor.placeholder([320, 4, 3, 3]),
            "conditioner.embedders.1.model.ln_final.weight": Tensor.placeholder([1280]),
            "edm_vpred.sigma_max": Tensor([120], shape: []),
        ]
        let file = try SingleFile(path: "f", tensors: tensors)
        #expect(file.kind == .sdxl && file.title == "CosXL" && file.unusedKeys == [])
        let scheduler = file.scheduler()
        #expect(scheduler.prediction == .velocity && scheduler.sampler == .euler)
        let edm = try #require(scheduler.edm)
        #expect(edm.sigmaMax == 120 && edm.sigmaMin == 0.002 && edm.sigmaData == 1)
        #expect(edm.curve == .exponential)
        tensors["edm_vpred.sigma_min"] = Tensor([0.5], shape: [])
        #expect(try SingleFile(path: "f", tensors: tensors).scheduler().edm?.sigmaMin == 0.5)
        for wrong: Float in [0, -1, 120, .nan] {
            tensors["edm_vpred.sigma_min"] = Tensor([wrong], shape: [])
            let error = #expect(throws: FileError.self) {
                try SingleFile(path: "f", tensors: tensors)
            }
            #expect(error?.field == "edm_vpred.sigma_max")
        }
    }

    @Test("Stable Diffusion 2 is told from SDXL's refiner, and what it predicts from its channels")
    func stableDiffusion2() throws {
        let conv = "model.diffusion_model.input_blocks.0.0.weight"
        let bias =
            "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias"
        let wide = Tensor([-1, 1], shape: [2])
        var tensors = [
            conv: Tensor.placeholder([320, 4, 3, 3]), bias: wide,
            "conditioner.embedders.0.model.ln_final.weight": Tensor.placeholder([1024]),
        ]
        func read() throws -> SingleFile { try SingleFile(path: "f", tensors: tensors) }
        #expect(try read().kind == .stableDiffusion2 && read().scheduler().prediction == .velocity)
        tensors[conv] = Tensor.placeholder([320, 9, 3, 3])
        #expect(try read().scheduler().prediction == .epsilon)
        tensors[conv] = Tensor.placeholder([320, 4, 3, 3])
        tensors[bias] = nil
        #expect(try read().scheduler().prediction == .epsilon)
        tensors["model.diffusion_model.label_emb.0.0.weight"] = Tensor.placeholder([1])
        #expect(try read().kind == .sdxlRefiner)
    }

    @Test("A U-Net's file that says what it predicts is asked for that, whatever it replaces")
    func replacingUNet() async throws {
        let path = NSTemporaryDirectory() + "pinxit-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = DiffusersFolder(Fixture.path("tiny-sd1"))
        try await Engine.run {
            var tensors = try folder.component("unet").tensors()
            for (mark, prediction) in [("", PredictionType.epsilon), ("v_pred", .velocity)] {
                if !mark.isEmpty { tensors[mark] = .zeros([1]) }
                try Checkpoint.save(tensors, to: path)
                let model = try LatentDiffusion(folder, unet: path)
                #expect(model.scheduler.prediction == prediction)
            }
        }
    }

    @Test func filesOfOtherKindsAreCalledWhatTheyAre() throws {
        let kinds = [
            (["double_blocks.0.img_attn.qkv.weight"], "FLUX"),
            (
                ["joint_blocks.0.x", "first_stage_model.decoder.conv_in.weight"],
                "Stable Diffusion 3"
            ), (["lora_unet_mid_block.alpha"], "a LoRA, which --lora takes"),
            (["a", "b"], "(a, b, …)"),
        ]
        for (keys, hint) in kinds {
            let error = try #require(throws: FileError.self) {
                try SingleFileKind(keys: Set(keys), file: "f.safetensors")
            }
            #expect(error.description.contains(hint), "\(error)")
        }
    }

    @Test("Tensors that belong nowhere keep their names, whatever numbers are in them")
    func strangersKeepTheirNames() throws {
        let configuration = Self.unets[0].1
        let parameters = ParameterStore.shapes { _ = UNet($0, configuration) }
        var tensors: [String: Tensor] = [:]
        let names = LDMNames(parameters.map(\.name))
        for (name, shape) in parameters {
            tensors[try #require(names.parameter(name))] = Tensor.placeholder(shape)
        }
        let strangers = [
            "input_blocks.1.7.norm.weight", "output_blocks.1.-1.conv.weight",
            "middle_block.9223372036854775807.norm.weight", "middle_block.-1.norm.weight",
            "label_emb.0.7.3.weight",
        ]
        for name in strangers { tensors[name] = Tensor.placeholder([1]) }
        let named = try LDMUNet(tensors, file: "f").named
        #expect(named.count == tensors.count)
        #expect(Set(named.keys).isSuperset(of: strangers))

        var parts: [String: Tensor] = [:]
        let vae = AutoencoderKLConfiguration()
        for (name, shape) in ParameterStore.shapes({ _ = AutoencoderKL($0, vae) }) {
            parts[LDMAutoencoder.oldName(name, levels: 4)] = Tensor.placeholder(shape)
        }
        let others = [Int.min, -1, 4, Int.max].map { "decoder.up.\($0).block.0.norm1.weight" }
        for name in others { parts[name] = Tensor.placeholder([1]) }
        #expect(throws: FileError.self) {
            // Levels are counted by the largest number, of which 4 is one.
            let file = try LDMAutoencoder(parts, file: "f")
            _ = file.named
            _ = try file.configuration(scalingFactor: 1, sampleSize: 64)
        }
    }

    @Test func aUNetWithoutAMiddleIsRefused() throws {
        let configuration = Self.unets[0].1
        var tensors: [String: Tensor] = [:]
        let parameters = ParameterStore.shapes { _ = UNet($0, configuration) }
        let names = LDMNames(parameters.map(\.name))
        for (name, shape) in parameters where !name.hasPrefix("mid_block") {
            tensors[try #require(names.parameter(name))] = Tensor.placeholder(shape)
        }
        let file = try LDMUNet(tensors, file: "f")
        let error = try #require(throws: FileError.self) {
            try file.configuration(sampleSize: 64)
        }
        #expect(error.field == "middle_block")
    }

    @Test func blocksThatAreNoUNetAreRefused() {
        for keys in [
            ["output_blocks.0.0.in_layers.2.weight"], ["input_blocks.999.0.op.weight"], [],
        ] {
            let tensors = Dictionary(
                uniqueKeysWithValues: keys.map { ($0, Tensor.placeholder([1, 1, 1, 1])) })
            #expect(throws: FileError.self) {
                try LDMUNet(tensors, file: "f").configuration(sampleSize: 64)
            }
        }
    }
}

extension Tensor {
    /// A tensor of a shape whose numbers nobody looks at: one row of memory for all.
    fileprivate static func placeholder(_ shape: Shape) -> Tensor {
        Tensor(storage: placeholderStorage, shape: shape, type: .bf16)
    }
}

/// More bytes than the largest parameter has, none of which is touched.
private let placeholderStorage = Storage(
    borrowing: .allocate(byteCount: 1 << 28, alignment: 64), byteCount: 1 << 28, owner: Owner())

private final class Owner: Sendable {}
