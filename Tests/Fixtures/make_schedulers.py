"""Time steps, noise levels and a short run of diffusers' schedulers, for `schedulers.safetensors`.

Keys are `sampler/prediction/case/name`. The metadata has the configuration of each case as JSON
under `sampler/prediction/case/config`, and `.../steps`. The network is
`0.3 * x + 0.01 * t / 1000`, the starting point `x` (times `init_noise_sigma`).
"""

import json

from oracle import path, save

import torch
from diffusers import (
    DDIMScheduler, DPMSolverMultistepScheduler, EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler)

SEED = 7
tensors, parameters = {}, {}
x = torch.randn(1, 2, 3, 3, generator=torch.Generator().manual_seed(SEED))
tensors["x"] = x
parameters["seed"] = SEED  # of the generator that ancestral noise comes from

samplers = {
    "ddim": DDIMScheduler, "euler": EulerDiscreteScheduler,
    "euler_a": EulerAncestralDiscreteScheduler, "dpmpp_2m": DPMSolverMultistepScheduler,
}
betas = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")


def record(sampler, prediction, case, steps, **config):
    config["prediction_type"] = prediction
    if sampler == "ddim":
        config.setdefault("clip_sample", False)
        config.setdefault("set_alpha_to_one", False)
    scheduler = samplers[sampler](**config)
    scheduler.set_timesteps(steps)
    key = f"{sampler}/{prediction}/{case}"
    parameters[f"{key}/config"] = json.dumps(config)
    parameters[f"{key}/steps"] = steps
    tensors[f"{key}/timesteps"] = scheduler.timesteps.double()
    if hasattr(scheduler, "sigmas"):
        tensors[f"{key}/sigmas"] = scheduler.sigmas
    tensors[f"{key}/init_noise_sigma"] = torch.as_tensor(scheduler.init_noise_sigma).float()
    generator = torch.Generator().manual_seed(SEED)
    sample = x * scheduler.init_noise_sigma
    for t in scheduler.timesteps:
        scaled = scheduler.scale_model_input(sample, t)
        output = 0.3 * scaled + 0.01 * float(t) / 1000
        more = {"generator": generator} if sampler == "euler_a" else {}
        sample = scheduler.step(output, t, sample, **more).prev_sample
    tensors[f"{key}/result"] = sample


for sampler in samplers:
    for prediction in ("epsilon", "v_prediction"):
        for spacing in ("leading", "linspace", "trailing"):
            for offset in (0, 1) if spacing == "leading" else (0,):
                for steps in (1, 4, 10, 20):
                    record(
                        sampler, prediction, f"{spacing}_{offset}_{steps}", steps, **betas,
                        timestep_spacing=spacing, steps_offset=offset)
        for rest in ({"beta_schedule": "linear"},):
            record(sampler, prediction, "linear_betas", 10, **{**betas, **rest})
        record(sampler, prediction, "uneven", 7, **betas)
    record(
        sampler, "v_prediction", "zero_snr", 10, **betas, timestep_spacing="trailing",
        rescale_betas_zero_snr=True)

for sampler in ("euler", "dpmpp_2m"):
    record(sampler, "epsilon", "karras", 10, **betas, use_karras_sigmas=True)
record("ddim", "epsilon", "to_one", 10, **betas, set_alpha_to_one=True)
record("dpmpp_2m", "epsilon", "sigma_min", 10, **betas, final_sigmas_type="sigma_min")
record("dpmpp_2m", "epsilon", "first_order", 10, **betas, solver_order=1)
record("dpmpp_2m", "epsilon", "16", 16, **betas)
for shift in (1.0, 3.0):
    for steps in (1, 2, 4, 10, 20, 50):
        record(
            "dpmpp_2m", "flow_prediction", f"flow_{shift:g}_{steps}", steps, use_flow_sigmas=True,
            flow_shift=shift, steps_offset=1, final_sigmas_type="zero")
record(
    "dpmpp_2m", "flow_prediction", "flow_first_order", 10, use_flow_sigmas=True, flow_shift=1.0,
    steps_offset=1, final_sigmas_type="zero", solver_order=1)

save(tensors, path("schedulers.safetensors"), parameters)
