"""What diffusers makes of a picture: image to image, inpainting, instructions.

`editing.safetensors`: a picture and masks, and for each case latents, the decoded picture, and its
bytes. The models are `tiny-sd1` and `tiny-sdxl`; `tiny-inpaint` and `tiny-instruct` hold U-Nets of
9 and 8 channels for the first.
"""

import os

from oracle import path, save
from make_models import PROMPT, randomize, samplers

import numpy
import torch
from diffusers import (
    LatentConsistencyModelImg2ImgPipeline, LCMScheduler, PNDMScheduler,
    StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline,
    StableDiffusionInstructPix2PixPipeline, StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLInpaintPipeline, UNet2DConditionModel)
from PIL import Image, ImageFilter

SEED = 42
WIDTH, HEIGHT = 24, 16


def picture(width, height):
    """Slopes with some noise: something to recognise."""
    generator = numpy.random.default_rng(7)
    y, x = numpy.mgrid[:height, :width] / max(width, height)
    planes = numpy.stack([x, y, (x + y) / 2], axis=2) * 200
    return (planes + generator.uniform(0, 55, planes.shape)).astype(numpy.uint8)


def mask(width, height):
    """A rectangle off the middle."""
    levels = numpy.zeros((height, width), dtype=numpy.uint8)
    levels[height // 4:3 * height // 4, width // 3:] = 255
    return levels


def record(expected, key, pipeline, **more):
    for output in ("latent", "pt", "pil"):
        image = pipeline(
            prompt=PROMPT, output_type=output, generator=torch.Generator().manual_seed(SEED),
            **more).images[0]
        expected[f"{key}/{output}"] = (
            torch.from_numpy(numpy.array(image)) if output == "pil" else image[None])


def load(kind, folder, **more):
    pipeline = kind.from_pretrained(path(folder), **more)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def network(name, channels, seed):
    """A U-Net like tiny-sd1's for more channels, saved alone."""
    config = UNet2DConditionModel.load_config(path("tiny-sd1"), subfolder="unet")
    unet = randomize(UNet2DConditionModel.from_config({**config, "in_channels": channels}), seed)
    unet.save_pretrained(path(name))
    return unet


def main():
    source, wide = Image.fromarray(picture(WIDTH, HEIGHT)), Image.fromarray(picture(50, 33))
    hole = Image.fromarray(mask(WIDTH, HEIGHT))
    expected = {
        "picture": torch.from_numpy(numpy.array(source)),
        "wide": torch.from_numpy(numpy.array(wide)), "mask": torch.from_numpy(numpy.array(hole))}
    for radius in (0.4, 2, 5.5):
        blurred = wide.filter(ImageFilter.GaussianBlur(radius))
        expected[f"blurred/{radius}"] = torch.from_numpy(numpy.array(blurred))

    plain = load(StableDiffusionImg2ImgPipeline, "tiny-sd1", safety_checker=None)
    schedulers = {
        **samplers(plain), "lcm": LCMScheduler.from_config(plain.scheduler.config),
        "pndm": PNDMScheduler.from_config(plain.scheduler.config, skip_prk_steps=True)}
    for name, scheduler in schedulers.items():
        for strength in (0.5, 0.8, 1.0):
            plain.scheduler = type(scheduler).from_config(scheduler.config)
            record(
                expected, f"image/{name}/{strength}", plain, image=source, strength=strength,
                num_inference_steps=6, guidance_scale=5.0)
    plain.scheduler = schedulers["ddim"]
    record(
        expected, "image/resized", plain, image=wide.resize((WIDTH, HEIGHT), Image.LANCZOS),
        strength=0.6, num_inference_steps=5, guidance_scale=1.0)

    inpaint = load(StableDiffusionInpaintPipeline, "tiny-sd1", safety_checker=None)
    for name, scheduler in schedulers.items():
        for strength in (0.6, 1.0):
            inpaint.scheduler = type(scheduler).from_config(scheduler.config)
            record(
                expected, f"inpaint/{name}/{strength}", inpaint, image=source, mask_image=hole,
                strength=strength, num_inference_steps=5, guidance_scale=5.0, height=HEIGHT,
                width=WIDTH)
    inpaint.unet = network("tiny-inpaint", 9, 31)
    for name in ("ddim", "euler_a"):
        for strength in (0.6, 1.0):
            scheduler = schedulers[name]
            inpaint.scheduler = type(scheduler).from_config(scheduler.config)
            record(
                expected, f"nine/{name}/{strength}", inpaint, image=source, mask_image=hole,
                strength=strength, num_inference_steps=5, guidance_scale=5.0, height=HEIGHT,
                width=WIDTH)

    instruct = load(StableDiffusionInstructPix2PixPipeline, "tiny-sd1", safety_checker=None)
    instruct.unet = network("tiny-instruct", 8, 32)
    for name in ("ddim", "euler_a"):
        scheduler = schedulers[name]
        instruct.scheduler = type(scheduler).from_config(scheduler.config)
        record(
            expected, f"instruct/{name}", instruct, image=source, num_inference_steps=4,
            guidance_scale=5.0, image_guidance_scale=1.75, negative_prompt="two blue apples")
    record(
        expected, "instruct/plain", instruct, image=source, num_inference_steps=4,
        guidance_scale=1.0, image_guidance_scale=1.75)

    xl = load(StableDiffusionXLImg2ImgPipeline, "tiny-sdxl", add_watermarker=False)
    record(
        expected, "xl/image", xl, image=source, strength=0.7, num_inference_steps=5,
        guidance_scale=5.0)
    xl = load(StableDiffusionXLInpaintPipeline, "tiny-sdxl", add_watermarker=False)
    for strength in (0.6, 1.0):
        record(
            expected, f"xl/inpaint/{strength}", xl, image=source, mask_image=hole,
            strength=strength, num_inference_steps=5, guidance_scale=5.0, height=HEIGHT,
            width=WIDTH)
    lcm = load(LatentConsistencyModelImg2ImgPipeline, "tiny-lcm", safety_checker=None)
    for strength, steps in ((0.6, 4), (0.5, 2), (1.0, 3)):
        record(
            expected, f"lcm/{strength}", lcm, image=source, strength=strength,
            num_inference_steps=steps, guidance_scale=8.5)
    save(expected, path("editing.safetensors"))


if __name__ == "__main__":
    main()
