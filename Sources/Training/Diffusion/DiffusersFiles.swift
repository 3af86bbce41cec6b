import PinxitCheckpoints
import PinxitFiles

/// The small files that make a folder loadable by Hugging Face diffusers.
enum DiffusersFiles {
    /// A scheduler for rectified flow that Stable Diffusion pipelines accept.
    ///
    /// - Parameters:
    ///   - order: Of the steps; those of order 1 are straight.
    ///   - shift: How far times are shifted to more noise; 1 leaves them.
    static func flowScheduler(order: Int = 2, shift: Double = 1) -> JSONValue {
        [
            "_class_name": "DPMSolverMultistepScheduler",
            "_diffusers_version": .string(DiffusersLayout.version),
            "num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012,
            "beta_schedule": "scaled_linear", "algorithm_type": "dpmsolver++",
            "solver_order": .integer(order), "solver_type": "midpoint",
            "prediction_type": "flow_prediction", "use_flow_sigmas": true,
            "flow_shift": .number(shift), "final_sigmas_type": "zero", "lower_order_final": true,
            "steps_offset": 1,
            "timestep_spacing": "linspace", "thresholding": false,
        ]
    }

    /// `model_index.json` of a Stable Diffusion, for the class of its autoencoder.
    static func modelIndex(vae: String) -> JSONValue {
        [
            "_class_name": "StableDiffusionPipeline",
            "_diffusers_version": .string(DiffusersLayout.version),
            "feature_extractor": [nil, nil], "image_encoder": [nil, nil],
            "requires_safety_checker": false, "safety_checker": [nil, nil],
            "scheduler": ["diffusers", "DPMSolverMultistepScheduler"],
            "text_encoder": ["transformers", "CLIPTextModel"],
            "tokenizer": ["transformers", "CLIPTokenizer"],
            "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", .string(vae)],
        ]
    }
}
