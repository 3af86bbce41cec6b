"""A picture painted twice by diffusers, the second time larger: text to image, enlarging, image to
image with the same seed anew. `hires.safetensors` holds latents, picture and bytes of each case.
"""

from oracle import path, save
from make_editing import HEIGHT, SEED, WIDTH, load, record
from make_models import PROMPT, samplers

import torch
from diffusers import (
    StableDiffusionImg2ImgPipeline, StableDiffusionPipeline, StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLPipeline)
from PIL import Image

LARGE = (WIDTH * 3 // 2, HEIGHT * 3 // 2)
MODES = {"latent": "bilinear", "latent-bicubic": "bicubic", "latent-nearest-exact": "nearest-exact"}


def twice(expected, key, first, second, upscaler, **more):
    output = "pil" if upscaler == "lanczos" else "latent"
    image = first(
        prompt=PROMPT, generator=torch.Generator().manual_seed(SEED), num_inference_steps=4,
        width=WIDTH, height=HEIGHT, output_type=output, guidance_scale=5.0).images
    if upscaler == "lanczos":
        image = image[0].resize(LARGE, Image.LANCZOS)
    else:
        scale = second.vae_scale_factor
        image = torch.nn.functional.interpolate(
            image, size=(LARGE[1] // scale, LARGE[0] // scale), mode=MODES[upscaler])
    record(expected, key, second, image=image, guidance_scale=5.0, **more)


def main():
    expected = {}
    first = load(StableDiffusionPipeline, "tiny-sd1", safety_checker=None)
    second = load(StableDiffusionImg2ImgPipeline, "tiny-sd1", safety_checker=None)
    schedulers = samplers(first)
    for name in ("ddim", "euler_a"):
        for upscaler in ("lanczos", *MODES):
            for pipeline in (first, second):
                scheduler = schedulers[name]
                pipeline.scheduler = type(scheduler).from_config(scheduler.config)
            twice(
                expected, f"{name}/{upscaler}", first, second, upscaler, strength=0.6,
                num_inference_steps=5)
    first = load(StableDiffusionXLPipeline, "tiny-sdxl", add_watermarker=False)
    second = load(StableDiffusionXLImg2ImgPipeline, "tiny-sdxl", add_watermarker=False)
    for upscaler in ("lanczos", "latent"):
        twice(
            expected, f"xl/{upscaler}", first, second, upscaler, strength=0.6,
            num_inference_steps=5, original_size=LARGE[::-1], target_size=LARGE[::-1])
    save(expected, path("hires.safetensors"))


main()
