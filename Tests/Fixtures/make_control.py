"""What diffusers paints with ControlNets, and what OpenCV takes for edges.

`tiny-control`, `tiny-control-pooled` (its maps pooled, channels turned round), `tiny-control-sd2` and
`tiny-control-xl` hold ControlNets for the models of those names, as folders. `control.safetensors`:
control pictures, and for each case latents, the decoded picture, and its bytes; what each ControlNet
gives for one input; `ldm/...`: the first one's weights under the names of its first release.
`canny.safetensors`: pictures and their edges by OpenCV, which 4.10 to 5.0 agree on.
"""

import os
import re

from oracle import path, save
from make_editing import HEIGHT, SEED, WIDTH, load, mask, picture
from make_models import PROMPT, randomize, samplers

import cv2
import numpy
import torch
from diffusers import (
    ControlNetModel, PNDMScheduler, StableDiffusionControlNetImg2ImgPipeline,
    StableDiffusionControlNetInpaintPipeline, StableDiffusionControlNetPipeline,
    StableDiffusionXLControlNetImg2ImgPipeline, StableDiffusionXLControlNetInpaintPipeline,
    StableDiffusionXLControlNetPipeline, UNet2DConditionModel)
from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint
from PIL import Image


def record(expected, key, pipeline, **more):
    for output in ("latent", "pt", "pil"):
        image = pipeline(**{
            "prompt": PROMPT, "output_type": output, "num_inference_steps": 5,
            "guidance_scale": 5.0, "generator": torch.Generator().manual_seed(SEED),
            **more}).images[0]
        if isinstance(image, numpy.ndarray):
            image = torch.from_numpy(image).permute(2, 0, 1)
        expected[f"{key}/{output}"] = (
            torch.from_numpy(numpy.array(image)) if output == "pil" else image[None])


def control(name, model, widths, seed, **more):
    """A ControlNet with the sizes of a model's U-Net, saved as a folder."""
    unet = UNet2DConditionModel.from_pretrained(path(model), subfolder="unet")
    net = ControlNetModel.from_unet(
        unet, conditioning_embedding_out_channels=widths, load_weights_from_unet=False)
    net = randomize(ControlNetModel.from_config({**net.config, **more}), seed, gain=0.75)
    net.save_pretrained(path(name))
    return net


def forward(expected, key, net, **more):
    """What a ControlNet gives for a picture of its own, whole and in guess mode."""
    generator = torch.Generator().manual_seed(SEED)
    scale = 2 ** (len(net.config.conditioning_embedding_out_channels) - 1)
    given = {
        "sample": torch.randn(2, 4, 4, 6, generator=generator),
        "states": torch.randn(2, 12, net.config.cross_attention_dim, generator=generator),
        "picture": torch.rand(1, 3, 4 * scale, 6 * scale, generator=generator)}
    for guess in (False, True):
        with torch.no_grad():
            down, middle = net(
                given["sample"], torch.tensor([999, 37]), given["states"],
                given["picture"].repeat(2, 1, 1, 1), conditioning_scale=0.7, guess_mode=guess,
                return_dict=False, **more)
        kind = "guess" if guess else "plain"
        for index, residual in enumerate(list(down) + [middle]):
            expected[f"net/{key}/{kind}/{index}"] = residual
    for name, value in given.items():
        expected[f"net/{key}/{name}"] = value


def first_release(net):
    """The weights under the original code's names, which diffusers' converter takes back."""
    inner = {
        "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
        "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection"}
    outer = {
        "conv_in": "input_blocks.0.0", "time_embedding.linear_1": "time_embed.0",
        "time_embedding.linear_2": "time_embed.2", "controlnet_mid_block": "middle_block_out.0"}
    layers = net.config.layers_per_block
    last = 2 * len(net.config.conditioning_embedding_out_channels)
    old = {}
    for name, tensor in net.state_dict().items():
        module, kind = name.rsplit(".", 1)
        parts = module.split(".")
        if module in outer:
            place = outer[module]
        elif parts[0] == "controlnet_down_blocks":
            place = f"zero_convs.{parts[1]}.0"
        elif parts[0] == "controlnet_cond_embedding":
            index = {"conv_in": 0, "conv_out": 2 * last - 2}.get(
                parts[1], 2 * int(parts[-1]) + 2 if parts[1] == "blocks" else None)
            place = f"input_hint_block.{index}"
        else:
            if parts[0] == "mid_block":
                start = f"middle_block.{2 * int(parts[2]) + (parts[1] == 'attentions')}"
            else:
                number = 1 + int(parts[1]) * (layers + 1) + int(parts[3])
                start = f"input_blocks.{number}.{int(parts[2] == 'attentions')}"
                if parts[2] == "downsamplers":
                    start = f"input_blocks.{number + layers}.0.op"
                    parts = parts[:4]
            rest = ".".join(parts[3 if parts[0] == "mid_block" else 4:])
            place = ".".join(filter(None, [start, inner.get(rest, rest)]))
        old[f"{place}.{kind}"] = tensor
    back = convert_controlnet_checkpoint(
        {f"control_model.{key}": value for key, value in old.items()}, net.config)
    for name, tensor in net.state_dict().items():
        # The converter knows embeddings of four widths only.
        if not re.match(r"controlnet_cond_embedding\.(blocks|conv_out)", name):
            assert torch.equal(back[name], tensor), name
    return old


def nets(expected):
    plain = control("tiny-control", "tiny-sd1", (4, 6, 8), 51)
    pooled = control(
        "tiny-control-pooled", "tiny-sd1", (4, 8, 4), 52, global_pool_conditions=True,
        controlnet_conditioning_channel_order="bgr")
    second = control("tiny-control-sd2", "tiny-sd2", (4, 6), 53)
    xl = control("tiny-control-xl", "tiny-sdxl", (6, 4), 54)
    forward(expected, "sd1", plain)
    forward(expected, "pooled", pooled)
    forward(expected, "sd2", second)
    generator = torch.Generator().manual_seed(SEED)
    added = {
        "text_embeds": torch.randn(2, 20, generator=generator),
        "time_ids": torch.tensor([[16, 24, 0, 0, 16, 24], [64, 32, 1, 2, 16, 24]]).float()}
    forward(expected, "xl", xl, added_cond_kwargs=added)
    expected["net/xl/pooled"], expected["net/xl/ids"] = added["text_embeds"], added["time_ids"]
    for name, tensor in first_release(plain).items():
        expected[f"ldm/{name}"] = tensor
    return plain, pooled, second, xl


def stable_diffusion(expected, plain, pooled, first, other):
    pipeline = load(
        StableDiffusionControlNetPipeline, "tiny-sd1", controlnet=plain, safety_checker=None)
    size = {"height": HEIGHT, "width": WIDTH}
    schedulers = {
        **samplers(pipeline),
        "pndm": PNDMScheduler.from_config(pipeline.scheduler.config, skip_prk_steps=True)}
    for name, scheduler in schedulers.items():
        pipeline.scheduler = type(scheduler).from_config(scheduler.config)
        record(expected, f"plain/{name}", pipeline, image=first, **size)
        record(
            expected, f"part/{name}", pipeline, image=first, **size, num_inference_steps=7,
            controlnet_conditioning_scale=0.6, control_guidance_start=0.2,
            control_guidance_end=0.7)
    pipeline.scheduler = schedulers["ddim"]
    record(expected, "unguided", pipeline, image=first, **size, guidance_scale=1.0)
    record(expected, "resized", pipeline, image=other, **size)
    record(expected, "guess", pipeline, image=first, **size, guess_mode=True, guidance_scale=3.0)
    record(
        expected, "guess/unguided", pipeline, image=first, **size, guess_mode=True,
        guidance_scale=1.0)

    pipeline = load(
        StableDiffusionControlNetPipeline, "tiny-sd1", controlnet=pooled, safety_checker=None)
    pipeline.scheduler = schedulers["ddim"]
    record(expected, "pooled", pipeline, image=first, **size)
    pipeline = load(
        StableDiffusionControlNetPipeline, "tiny-sd1", controlnet=[plain, pooled],
        safety_checker=None)
    pipeline.scheduler = schedulers["ddim"]
    record(
        expected, "two", pipeline, image=[first, other], **size,
        controlnet_conditioning_scale=[0.8, 0.5], control_guidance_start=[0.0, 0.3],
        control_guidance_end=[0.6, 1.0])


def editing(expected, plain, first, source, hole):
    size = {"height": HEIGHT, "width": WIDTH}
    pipeline = load(
        StableDiffusionControlNetImg2ImgPipeline, "tiny-sd1", controlnet=plain,
        safety_checker=None)
    pipeline.scheduler = samplers(pipeline)["ddim"]
    record(
        expected, "image", pipeline, image=source, control_image=first, **size, strength=0.7,
        num_inference_steps=6, control_guidance_end=0.8)
    pipeline = load(
        StableDiffusionControlNetInpaintPipeline, "tiny-sd1", controlnet=plain,
        safety_checker=None)
    pipeline.scheduler = samplers(pipeline)["ddim"]
    for key, unet in (("inpaint", None), ("nine", "tiny-inpaint")):
        if unet:
            pipeline.unet = UNet2DConditionModel.from_pretrained(path(unet))
        record(
            expected, key, pipeline, image=source, mask_image=hole, control_image=first, **size,
            strength=0.8, guess_mode=unet is not None)


def large(expected, xl, first, source, hole):
    size = {"height": HEIGHT, "width": WIDTH}
    pipeline = load(
        StableDiffusionXLControlNetPipeline, "tiny-sdxl", controlnet=xl, add_watermarker=False)
    record(expected, "xl", pipeline, image=first, **size, controlnet_conditioning_scale=0.9)
    record(
        expected, "xl/guess", pipeline, image=first, **size, guess_mode=True,
        original_size=(64, 32), negative_original_size=(30, 20), negative_target_size=(8, 8))
    pipeline = load(
        StableDiffusionXLControlNetPipeline, "tiny-sdxl", controlnet=[xl, xl],
        add_watermarker=False)
    record(
        expected, "xl/two", pipeline, image=[first, source], **size,
        controlnet_conditioning_scale=[0.5, 0.4], control_guidance_start=[0.0, 0.4],
        control_guidance_end=[0.8, 1.0])
    pipeline = load(
        StableDiffusionXLControlNetImg2ImgPipeline, "tiny-sdxl", controlnet=xl,
        add_watermarker=False)
    record(
        expected, "xl/image", pipeline, image=source, control_image=first, **size, strength=0.7)
    pipeline = load(
        StableDiffusionXLControlNetInpaintPipeline, "tiny-sdxl", controlnet=xl,
        add_watermarker=False)
    record(
        expected, "xl/inpaint", pipeline, image=source, mask_image=hole, control_image=first,
        **size, strength=0.8)


def edges(image, low, high):
    return torch.from_numpy(cv2.Canny(image, low, high))


def canny():
    """Noise, slopes, shapes with sharp and soft edges, thin lines; in one channel and in three."""
    generator = numpy.random.default_rng(5)
    shapes = numpy.full((60, 80, 3), 40, dtype=numpy.uint8)
    cv2.circle(shapes, (30, 28), 20, (200, 60, 90), -1)
    cv2.rectangle(shapes, (45, 10), (74, 50), (20, 180, 240), 3)
    cv2.line(shapes, (2, 57), (77, 31), (255, 255, 255), 1)
    y, x = numpy.mgrid[:48, :64]
    waves = 127 + 120 * numpy.sin(x / 5 + y / 7) * numpy.cos(y / 6)
    pictures = {
        "shapes": shapes, "soft": cv2.GaussianBlur(shapes, (0, 0), 1.7),
        "noise": generator.integers(0, 256, (37, 53, 3), dtype=numpy.uint8),
        "rough": cv2.GaussianBlur(
            generator.integers(0, 256, (64, 48, 3), dtype=numpy.uint8), (0, 0), 1.2),
        "waves": waves.astype(numpy.uint8), "dot": numpy.array([[7]], dtype=numpy.uint8),
        "row": generator.integers(0, 256, (1, 17), dtype=numpy.uint8),
        "column": generator.integers(0, 256, (11, 1, 3), dtype=numpy.uint8)}
    expected = {}
    for name, image in pictures.items():
        expected[name] = torch.from_numpy(image)
        for low, high in ((100, 200), (20, 60), (0, 255), (200, 100), (33.7, 80.2), (300, 900)):
            expected[f"{name}/{low}/{high}"] = edges(image, low, high)
    save(expected, path("canny.safetensors"))


def main():
    source, hole = Image.fromarray(picture(WIDTH, HEIGHT)), Image.fromarray(mask(WIDTH, HEIGHT))
    lines = numpy.zeros((HEIGHT, WIDTH, 3), dtype=numpy.uint8)
    cv2.circle(lines, (11, 7), 5, (255, 255, 255), 1)
    cv2.line(lines, (2, 13), (21, 3), (255, 40, 90), 1)
    first, other = Image.fromarray(lines), Image.fromarray(picture(50, 33)[:, ::-1])
    expected = {
        "picture": torch.from_numpy(numpy.array(source)),
        "mask": torch.from_numpy(numpy.array(hole)), "lines": torch.from_numpy(lines),
        "other": torch.from_numpy(numpy.array(other))}
    plain, pooled, second, xl = nets(expected)
    stable_diffusion(expected, plain, pooled, first, other)
    editing(expected, plain, first, source, hole)
    pipeline = load(
        StableDiffusionControlNetPipeline, "tiny-sd2", controlnet=second, safety_checker=None)
    record(expected, "sd2", pipeline, image=first, height=HEIGHT, width=WIDTH)
    large(expected, xl, first, source, hole)
    save(expected, path("control.safetensors"))
    canny()


if __name__ == "__main__":
    main()
