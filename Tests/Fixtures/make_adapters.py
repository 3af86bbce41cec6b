"""What diffusers paints with T2I-Adapters.

`tiny-adapter` (for `tiny-sd1`), `tiny-adapter-light` (gray pictures, for `tiny-sd2`) and
`tiny-adapter-xl` (for `tiny-sdxl` with `tiny-sdxl-deep`, a U-Net of three levels) hold adapters as
folders. `adapters.safetensors`: for each what it makes of one picture, and latents, the decoded
picture and its bytes; the control pictures are those of `control.safetensors`.
"""

import os

from oracle import path, save
from make_control import record
from make_editing import HEIGHT, SEED, WIDTH, load
from make_models import randomize, samplers
from make_sdxl import unet

import numpy
import torch
from diffusers import (
    MultiAdapter, StableDiffusionAdapterPipeline, StableDiffusionXLAdapterPipeline, T2IAdapter)
from PIL import Image
from safetensors.torch import load_file


def adapter(expected, name, seed, **config):
    """An adapter, saved as a folder, and what it makes of a picture whose halves are odd."""
    net = randomize(T2IAdapter(**config), seed, gain=0.75)
    net.save_pretrained(path(name))
    os.chmod(path(name, "diffusion_pytorch_model.safetensors"), 0o644)
    scale = config["downscale_factor"]
    picture = torch.rand(
        1, config["in_channels"], 5 * scale, 7 * scale,
        generator=torch.Generator().manual_seed(SEED))
    expected[f"{name}/picture"] = picture
    with torch.no_grad():
        for index, feature in enumerate(net(picture)):
            expected[f"{name}/{index}"] = feature
    return net


def main():
    expected = {}
    pictures = load_file(path("control.safetensors"))
    first, other = (Image.fromarray(pictures[name].numpy()) for name in ("lines", "other"))
    size = {"height": HEIGHT, "width": WIDTH}
    full = adapter(
        expected, "tiny-adapter", 61, in_channels=3, channels=[8, 16], num_res_blocks=2,
        downscale_factor=4, adapter_type="full_adapter")
    pipeline = load(
        StableDiffusionAdapterPipeline, "tiny-sd1", adapter=full, safety_checker=None)
    for sampler in ("ddim", "euler_a"):
        pipeline.scheduler = samplers(pipeline)[sampler]
        record(
            expected, f"full/{sampler}", pipeline, image=first, **size,
            adapter_conditioning_scale=0.8)
    pipeline.scheduler = samplers(pipeline)["ddim"]
    record(expected, "resized", pipeline, image=other, **size, guidance_scale=1.0)
    pipeline = load(
        StableDiffusionAdapterPipeline, "tiny-sd1", adapter=MultiAdapter([full, full]),
        safety_checker=None)
    pipeline.scheduler = samplers(pipeline)["ddim"]
    record(
        expected, "two", pipeline, image=[first, other], **size,
        adapter_conditioning_scale=[0.7, 0.4])
    light = adapter(
        expected, "tiny-adapter-light", 62, in_channels=1, channels=[8, 12], num_res_blocks=3,
        downscale_factor=2, adapter_type="light_adapter")
    pipeline = load(
        StableDiffusionAdapterPipeline, "tiny-sd2", adapter=light, safety_checker=None)
    record(expected, "light", pipeline, image=first.convert("L"), **size)
    xl = adapter(
        expected, "tiny-adapter-xl", 63, in_channels=3, channels=[8, 12, 12, 12],
        num_res_blocks=2, downscale_factor=4, adapter_type="full_adapter_xl")
    deep = randomize(unet(
        (8, 12, 12), (False, True, True), cross_attention_dim=40,
        addition_embed_type="text_time", addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=20 + 6 * 4), 64, gain=0.75)
    deep.save_pretrained(path("tiny-sdxl-deep"))
    os.chmod(path("tiny-sdxl-deep", "diffusion_pytorch_model.safetensors"), 0o644)
    pipeline = load(
        StableDiffusionXLAdapterPipeline, "tiny-sdxl", adapter=xl, unet=deep,
        add_watermarker=False)
    record(expected, "xl", pipeline, image=first, **size)
    record(expected, "xl/part", pipeline, image=first, **size, adapter_conditioning_factor=0.6)
    save(expected, path("adapters.safetensors"))


if __name__ == "__main__":
    main()
