"""What k-diffusion's samplers make of noise with a network that is a formula.

`kdiffusion.safetensors`: latents, noise of each step, and per case the noise levels and the result.
`SAMPLER/LEVELS/STEPS`. Needs k-diffusion and torchsde (PyPI); what of k-diffusion only images and
training need is left out.
"""

import importlib.util
import sys
from unittest.mock import MagicMock

from oracle import path, save

import torch
from diffusers import EulerDiscreteScheduler

SEED = 7
SHAPE = (1, 4, 6, 5)


def load():
    spec = importlib.util.find_spec("k_diffusion")
    folder = spec.submodule_search_locations[0]
    sys.modules["torchdiffeq"] = MagicMock()
    package = type(sys)("k_diffusion")
    package.__path__ = [folder]
    sys.modules["k_diffusion"] = package
    sys.modules["k_diffusion.utils"] = MagicMock(
        append_dims=lambda x, dims: x[(...,) + (None,) * (dims - x.ndim)])
    import k_diffusion.sampling
    return k_diffusion.sampling


def network(x, sigma, **_):
    """The guess of the result."""
    s = sigma.reshape(-1, 1, 1, 1)
    return x / (1 + s * s) + 0.3 * torch.tanh(x) * s / (1 + s)


def main():
    k = load()
    generator = torch.Generator().manual_seed(3)
    noise = torch.randn(SHAPE, generator=generator)
    draws = [torch.randn(SHAPE, generator=generator) for _ in range(12)]
    channels_last = lambda x: x.permute(0, 2, 3, 1)
    saved = {"noise": channels_last(noise)}
    for i, draw in enumerate(draws):
        saved[f"draw/{i}"] = channels_last(draw)
    tree = k.BrownianTreeNoiseSampler(noise, 0.0292, 14.6146, seed=SEED)
    for name, (a, b) in {"step": (14.6146, 3.5), "small": (0.5, 0.1234567), "up": (1.25, 2.5)}.items():
        saved[f"tree/{name}"] = channels_last(tree(torch.tensor(a), torch.tensor(b)))
    for levels in ("linspace", "karras", "polyexponential"):
        for steps in (1, 4, 9):
            scheduler = EulerDiscreteScheduler(
                beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
                use_karras_sigmas=levels == "karras")
            scheduler.set_timesteps(steps)
            sigmas = scheduler.sigmas
            if levels == "polyexponential":
                all = scheduler.alphas_cumprod
                all = ((1 - all) / all) ** 0.5
                sigmas = k.get_sigmas_polyexponential(steps, float(all[0]), float(all[-1]))
            x = noise * sigmas[0]
            low, high = sigmas[sigmas > 0].min(), sigmas.max()
            rest = iter(draws)
            results = {
                "dpmpp_2s_a": k.sample_dpmpp_2s_ancestral(
                    network, x, sigmas, disable=True, noise_sampler=lambda *_: next(rest)),
                "dpmpp_sde": k.sample_dpmpp_sde(
                    network, x, sigmas, disable=True,
                    noise_sampler=k.BrownianTreeNoiseSampler(x, low, high, seed=SEED)),
                # k-diffusion's own ends in an error after a single step.
                **({} if steps == 1 else {"dpmpp_3m_sde": k.sample_dpmpp_3m_sde(
                    network, x, sigmas, disable=True,
                    noise_sampler=k.BrownianTreeNoiseSampler(x, low, high, seed=SEED))}),
            }
            saved[f"sigmas/{levels}/{steps}"] = sigmas
            for name, result in results.items():
                saved[f"{name}/{levels}/{steps}"] = channels_last(result)
    save(saved, path("kdiffusion.safetensors"))


main()
