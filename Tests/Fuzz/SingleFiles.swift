import Foundation
import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors
import PinxitTokenizers

extension FuzzTarget {
    /// A model in one file whose keys and shapes are changed; what still loads is run.
    static let singleFile: Body = { bytes in
        let changes = TensorChanges(bytes)
        onEngine {
            let tensors = changes.made(in: baseTensors)
            guard let file = try? SingleFile(path: "fuzz", tensors: tensors),
                let model = try? LatentDiffusion(file)
            else { return }
            run(model)
        }
    }

    private static func run(_ model: LatentDiffusion) {
        let sampling = LatentSampling(steps: 1, guidanceScale: 3)
        guard sampling.plan(model.scheduler) != nil else { return }
        let painter = LatentPainter(model, sampling, prompts: ["a"], negativePrompts: [""])
        let side = 8 * model.scale
        // What is given beside the latents is another model's, and is made from a picture.
        guard side <= 128, model.latentChannels < 64,
            model.denoiser.inChannels == model.latentChannels
        else { return }
        let latents = try? painter.latents(
            from: LatentStart(noise: .ones(model.latentShape(width: side, height: side))))
        _ = try? latents.map(painter.decode)
    }

    /// A small Stable Diffusion 1 whose sizes are the usual ones: heads of 64, norms of 32 groups.
    @Engine private static let baseTensors: [String: Tensor] = {
        let folder = "/dev/shm/pinxit-fuzz-\(getpid())-model"
        defer { removeFolder(folder) }
        do {
            try writeBase(to: folder)
            let file = folder.path("model.safetensors")
            try ModelConversion(DiffusersFolder(folder), type: .f32).writeFile(file)
            return try CheckpointFile(path: file).tensors()
        } catch {
            fatalError("\(error)")
        }
    }()

    @Engine private static func writeBase(to folder: String) throws {
        let unet = UNetConfiguration(
            sampleSize: 64, inChannels: 4, outChannels: 4, blockOutChannels: [64, 128],
            attentionLevels: [true, false], layersPerBlock: [1, 1], heads: [1, 2],
            crossAttentionWidth: 64)
        var vae = AutoencoderKLConfiguration()
        (vae.blockOutChannels, vae.layersPerBlock) = ([32, 32, 32, 32], 1)
        let text = CLIPTextConfiguration(
            vocabularySize: 49_408, hiddenSize: 64, intermediateSize: 64, layers: 2, heads: 1,
            maxPositions: 77, activation: .gelu, projectionSize: 64)
        let weights = "diffusion_pytorch_model.safetensors"
        try write(folder.path("unet"), weights, unet.json) { _ = UNet($0, unet) }
        try write(folder.path("vae"), weights, vae.json) { _ = AutoencoderKL($0, vae) }
        try write(folder.path("text_encoder"), "model.safetensors", text.json) {
            _ = CLIPTextModel($0("text_model"), text)
        }
        try makeFolder(folder.path("tokenizer"))
        try CLIPVocabulary.openAI.write(to: folder.path("tokenizer"), modelMaxLength: 77)
        var schedule = SchedulerConfiguration(sampler: .pndm)
        (schedule.betaStart, schedule.betaEnd) = (0.00085, 0.012)
        (schedule.betaSchedule, schedule.stepsOffset) = (.scaledLinear, 1)
        schedule.setAlphaToOne = false
        try makeFolder(folder.path("scheduler"))
        try JSONFile.write(schedule.json, to: folder.path("scheduler/scheduler_config.json"))
        try JSONFile.write(
            ["_class_name": "StableDiffusionPipeline"], to: folder.path("model_index.json"))
    }

    @Engine private static func write(
        _ folder: String, _ file: String, _ config: JSONValue, _ build: (Weights) -> Void
    ) throws {
        let store = ParameterStore(seed: 1, tracked: false)
        build(store.root)
        try makeFolder(folder)
        try JSONFile.write(config, to: folder.path("config.json"))
        try Checkpoint.save(
            Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.name, $0.tensor) }),
            to: folder.path(file))
    }
}
