import PinxitCheckpoints
import PinxitFiles

/// The small files of an unCLIP model in the diffusers layout.
///
/// Its CLIP is ours and no class of transformers, so diffusers loads the prior, the U-Net and the
/// autoencoder each alone, but not the pipeline as a whole.
enum UnCLIPFiles {
    /// Writes `model_index.json` once there is a decoder: with a prior a model paints texts,
    /// without it varies pictures only.
    static func writeIndex(_ folder: String) throws {
        guard fileExists("\(folder)/unet/config.json") else { return }
        let vae = try JSONFile.read("\(folder)/vae/config.json")["_class_name"].string()
        let hasPrior = fileExists("\(folder)/prior/config.json")
        try JSONFile.write(
            [
                "_class_name":
                    hasPrior ? "StableUnCLIPPipeline" : "StableUnCLIPImg2ImgPipeline",
                "_diffusers_version": .string(DiffusersLayout.version),
                "clip": ["pinxit", "CLIP"],
                "prior": hasPrior ? ["diffusers", "PriorTransformer"] : [nil, nil],
                "prior_scheduler": hasPrior ? ["diffusers", "DDPMScheduler"] : [nil, nil],
                "image_normalizer": ["stable_diffusion", "StableUnCLIPImageNormalizer"],
                "image_noising_scheduler": ["diffusers", "DDPMScheduler"],
                "tokenizer": ["transformers", "CLIPTokenizer"],
                "text_encoder": ["transformers", "CLIPTextModel"],
                "unet": ["diffusers", "UNet2DConditionModel"],
                "scheduler": ["diffusers", "DPMSolverMultistepScheduler"],
                "vae": ["diffusers", .string(vae)],
            ], to: "\(folder)/model_index.json")
    }

    /// Writes the folder of a scheduler.
    static func writeScheduler(_ scheduler: JSONValue, to folder: String) throws {
        try makeFolder(folder)
        try JSONFile.write(scheduler, to: "\(folder)/scheduler_config.json")
    }
}
