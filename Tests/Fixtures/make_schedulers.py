"""Time steps, noise levels and a short run of diffusers' schedulers, for `schedulers.safetensors`.

Keys are `sampler/prediction/case/name`. The metadata has the configuration of each case as JSON
under `sampler/prediction/case/config`, and `.../steps`. `curve/shift/steps` below `flow` are a flow's
levels on a curve. The network is
`0.3 * x + 0.01 * t / 1000`, the starting point `x` (times `init_noise_sigma`).
"""

import json

from oracle import path, save

import torch
from diffusers import (
    DDIMScheduler, DDPMScheduler, DEISMultistepScheduler, DPMSolverMultistepScheduler,
    DPMSolverSinglestepScheduler, EDMDPMSolverMultistepScheduler, EDMEulerScheduler, EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler, FlowMatchEulerDiscreteScheduler, HeunDiscreteScheduler, KDPM2AncestralDiscreteScheduler,
    KDPM2DiscreteScheduler, LCMScheduler, LMSDiscreteScheduler, PNDMScheduler, TCDScheduler,
    UniPCMultistepScheduler)

SEED = 7
tensors, parameters = {}, {}
x = torch.randn(1, 2, 3, 3, generator=torch.Generator().manual_seed(SEED))
tensors["x"] = x
parameters["seed"] = SEED  # of the generator that ancestral noise comes from

samplers = {
    "ddim": DDIMScheduler, "euler": EulerDiscreteScheduler,
    "euler_a": EulerAncestralDiscreteScheduler, "dpmpp_2m": DPMSolverMultistepScheduler,
    "pndm": PNDMScheduler, "lcm": LCMScheduler, "tcd": TCDScheduler, "ddpm": DDPMScheduler,
    "heun": HeunDiscreteScheduler, "lms": LMSDiscreteScheduler, "dpm2": KDPM2DiscreteScheduler,
    "dpm2_a": KDPM2AncestralDiscreteScheduler, "dpmpp_2m_sde": DPMSolverMultistepScheduler,
    "unipc": UniPCMultistepScheduler, "deis": DEISMultistepScheduler,
    "dpmpp_2s": DPMSolverSinglestepScheduler,
}
drawing = ("euler_a", "lcm", "tcd", "ddpm", "dpm2_a", "dpmpp_2m_sde")
# Of two evaluations a step; only the first of each is recorded.
twofold = ("heun", "dpm2", "dpm2_a")
betas = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")


def record(sampler, prediction, case, steps, kind=None, **config):
    config["prediction_type"] = prediction
    if kind:
        config["_class_name"] = kind.__name__
    if sampler in ("ddim", "ddpm"):
        config.setdefault("clip_sample", False)
    if sampler == "dpmpp_2m_sde":
        config["algorithm_type"] = "sde-dpmsolver++"
    if sampler == "ddim":
        config.setdefault("set_alpha_to_one", False)
    if sampler == "pndm":
        config["skip_prk_steps"] = True
    # As from a file: settings that the class lacks are ignored.
    scheduler = (kind or samplers[sampler]).from_config(config)
    scheduler.set_timesteps(steps)
    key = f"{sampler}/{prediction}/{case}"
    parameters[f"{key}/config"] = json.dumps(config)
    parameters[f"{key}/steps"] = steps
    every = 2 if sampler in twofold else 1
    tensors[f"{key}/timesteps"] = scheduler.timesteps[::every].double()
    if hasattr(scheduler, "sigmas"):
        sigmas = scheduler.sigmas
        # Each is there twice but the first, and Heun's last.
        if sampler == "heun":
            sigmas = torch.cat([sigmas[:-1][::2], sigmas[-1:]])
        tensors[f"{key}/sigmas"] = sigmas[::2] if sampler in ("dpm2", "dpm2_a") else sigmas
    tensors[f"{key}/init_noise_sigma"] = torch.as_tensor(scheduler.init_noise_sigma).float()
    if hasattr(scheduler, "set_begin_index"):  # or the second of two equal time steps is taken first
        scheduler.set_begin_index(0)
    generator = torch.Generator().manual_seed(SEED)
    sample = x * scheduler.init_noise_sigma
    for t in scheduler.timesteps:
        scaled = scheduler.scale_model_input(sample, t)
        output = 0.3 * scaled + 0.01 * float(t) / 1000
        more = {"generator": generator} if sampler in drawing else {}
        sample = scheduler.step(output, t, sample, **more).prev_sample
    tensors[f"{key}/result"] = sample


for sampler in ("ddim", "euler", "euler_a", "dpmpp_2m", "pndm"):
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

for steps in (1, 4, 9):
    few = f"_{steps}"
    for sampler in ("euler", "dpmpp_2m"):
        for name in ("karras", "exponential", "beta"):
            curve = f"use_{name}_sigmas"
            record(sampler, "epsilon", name + few, steps, **betas, **{curve: True})
            record(
                sampler, "epsilon", name + "_bounds" + few, steps, **betas, **{curve: True},
                sigma_min=0.03, sigma_max=14.6)
            record(
                sampler, "v_prediction", name + "_leading" + few, steps, **betas, **{curve: True},
                timestep_spacing="leading", steps_offset=1)
        record(sampler, "epsilon", "left_noise" + few, steps, **betas, final_sigmas_type="sigma_min")
        record(
            sampler, "epsilon", "left_noise_karras" + few, steps, **betas, use_karras_sigmas=True,
            final_sigmas_type="sigma_min")
        record(sampler, "epsilon", "cosine" + few, steps, beta_schedule="squaredcos_cap_v2")
    for spacing in ("linspace", "leading", "trailing"):
        record(
            "dpmpp_2m", "epsilon", f"clipped_{spacing}" + few, steps, timestep_spacing=spacing,
            beta_schedule="squaredcos_cap_v2", lambda_min_clipped=-5.1)
    record(
        "dpmpp_2m", "epsilon", "cosine_karras" + few, steps, use_karras_sigmas=True,
        beta_schedule="squaredcos_cap_v2")
    record("dpmpp_2m", "epsilon", "heun" + few, steps, **betas, solver_type="heun")
for steps in (2, 3, 4, 9, 14, 15, 20):
    record("dpmpp_2m", "epsilon", f"third_order_{steps}", steps, **betas, solver_order=3)
    record(
        "dpmpp_2m", "v_prediction", f"third_order_left_noise_{steps}", steps, **betas,
        solver_order=3, final_sigmas_type="sigma_min", lower_order_final=False)
record("dpmpp_2m", "epsilon", "heun_16", 16, **betas, solver_type="heun", euler_at_final=True)
# Settings of other classes.
record("euler_a", "epsilon", "others_settings", 4, **betas, use_karras_sigmas=True,
       final_sigmas_type="sigma_min")
record("ddim", "epsilon", "others_settings", 4, **betas, use_karras_sigmas=True,
       final_sigmas_type="sigma_min", solver_order=3)

# Models distilled to few steps; without betas their classes have Stable Diffusion's.
for sampler in ("lcm", "tcd"):
    for prediction in ("epsilon", "v_prediction", "sample"):
        for steps in (1, 2, 3, 4, 7, 8, 50):
            record(sampler, prediction, f"few_{steps}", steps)
    record(sampler, "epsilon", "linear_betas", 4, beta_schedule="linear", beta_start=0.0001,
           beta_end=0.02)
    record(sampler, "v_prediction", "zero_snr", 4, rescale_betas_zero_snr=True)
    record(sampler, "epsilon", "of_20", 4, original_inference_steps=20, timestep_scaling=5.0)
for sampler in ("euler", "euler_a", "ddim"):
    # diffusers' Euler ancestral knows no "sample".
    for prediction in ("epsilon",) if sampler == "euler_a" else ("epsilon", "sample"):
        for steps in (1, 2, 3, 8):
            record(sampler, prediction, f"distilled_{steps}", steps, **betas,
                   timestep_spacing="trailing", steps_offset=1)

# Models trained as in EDM; CosXL has a deviation of 1 and predicts v.
for sampler, kind in (("euler", EDMEulerScheduler), ("dpmpp_2m", EDMDPMSolverMultistepScheduler)):
    for steps in (1, 2, 4, 10, 16):
        record(sampler, "epsilon", f"edm_{steps}", steps, kind)
        record(sampler, "v_prediction", f"edm_{steps}", steps, kind, sigma_data=1.0, sigma_max=120.0)
    record(sampler, "epsilon", "edm_left_noise", 5, kind, final_sigmas_type="sigma_min", rho=5.0,
           sigma_min=0.03)
    record(sampler, "v_prediction", "edm_exponential", 5, kind, sigma_schedule="exponential")
record("dpmpp_2m", "epsilon", "edm_single_left_noise", 1, EDMDPMSolverMultistepScheduler,
       final_sigmas_type="sigma_min")
record("dpmpp_2m", "epsilon", "edm_third_order", 8, EDMDPMSolverMultistepScheduler, solver_order=3,
       euler_at_final=True)
record("dpmpp_2m", "epsilon", "edm_heun", 8, EDMDPMSolverMultistepScheduler, solver_type="heun")

for sampler in ("ddpm", "heun", "lms", "dpm2", "dpm2_a", "dpmpp_2m_sde", "unipc", "deis"):
    for prediction in ("epsilon", "v_prediction"):
        for spacing in ("leading", "linspace", "trailing"):
            for steps in (1, 2, 4, 9, 20):
                record(
                    sampler, prediction, f"{spacing}_{steps}", steps, **betas,
                    timestep_spacing=spacing, steps_offset=1)
    if sampler == "ddpm":
        record(sampler, "epsilon", "to_zero", 10, **betas)
        continue
    for steps in (1, 4, 9):
        for curve in ("karras", "exponential", "beta"):
            record(
                sampler, "epsilon", f"{curve}_{steps}", steps, **betas,
                **{f"use_{curve}_sigmas": True}, final_sigmas_type="sigma_min", sigma_min=0.05)
for steps in (4, 9, 16):
    for sampler in ("dpmpp_2m_sde", "unipc", "deis"):
        record(sampler, "epsilon", f"third_order_{steps}", steps, **betas, solver_order=3)
        record(
            sampler, "v_prediction", f"left_noise_{steps}", steps, **betas, solver_order=3,
            final_sigmas_type="sigma_min", lower_order_final=False)
    record("dpmpp_2m_sde", "epsilon", f"heun_{steps}", steps, **betas, solver_type="heun")
    # Ending at no noise it is not a number.
    record(
        "unipc", "epsilon", f"bh1_{steps}", steps, **betas, solver_type="bh1",
        final_sigmas_type="sigma_min")

# Steps in blocks, whose class has fewer settings.
for steps in (1, 4, 7, 9):
    for curve in ("karras", "exponential", "beta"):
        for order in (2, 3):
            record(
                "dpmpp_2s", "epsilon", f"{curve}_{order}_{steps}", steps, **betas,
                **{f"use_{curve}_sigmas": True}, solver_order=order)
    record(
        "dpmpp_2s", "v_prediction", f"left_noise_{steps}", steps, **betas, use_karras_sigmas=True,
        final_sigmas_type="sigma_min")
    record(
        "dpmpp_2s", "epsilon", f"cosine_karras_{steps}", steps, use_karras_sigmas=True,
        beta_schedule="squaredcos_cap_v2")
    record(
        "dpmpp_2s", "epsilon", f"others_settings_{steps}", steps, **betas, use_lu_lambdas=True,
        rescale_betas_zero_snr=True, timestep_spacing="trailing", steps_offset=1)

# A flow's levels on a curve, between its own ends, which are those of DPM++'s class.
for curve in ("karras", "exponential", "beta"):
    for shift in (1.0, 3.0):
        for steps in (1, 4, 9):
            own = [(1 - 1 / 1000) * (steps - i) / steps for i in range(steps)]
            scheduler = FlowMatchEulerDiscreteScheduler(
                shift=shift, **{f"use_{curve}_sigmas": True})
            scheduler.set_timesteps(sigmas=own)
            key = f"flow/{curve}/{shift:g}/{steps}"
            tensors[f"{key}/levels"] = scheduler.sigmas
            tensors[f"{key}/times"] = scheduler.timesteps.double()
save(tensors, path("schedulers.safetensors"), parameters)
