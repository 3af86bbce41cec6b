"""The pipelines at their published sizes, on random weights, against diffusers; see parity.py.

Large models are made once in the user's cache, in f16. Here and there they compute in f32, one
program at a time: diffusers' pipeline is let go of before pinxit starts. Pictures are small, since
what full size can show is in the weights: wide layers, long sums, all blocks.
"""

import gc
import json
import os
import shutil
import sys
import tempfile

import numpy
import torch
from PIL import Image

from diffusers import (
    ControlNetModel, DDIMScheduler, EulerAncestralDiscreteScheduler, EulerDiscreteScheduler,
    StableDiffusionControlNetPipeline, StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline, StableDiffusionPipeline, StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLPipeline, UNet2DConditionModel)

from safetensors.torch import save_file

from parity_families import converted, decoded, fixture, kohya, loaded, lora, seeded
from parity_models import BETAS
from parity_tools import OWN, ROOT, WIDTH, compare, ours, passes, show

sys.path.insert(0, os.path.join(ROOT, "Benchmarks"))
import full_size_xl

REFINER = dict(
    sample_size=128, block_out_channels=(384, 768, 1536, 1536),
    down_block_types=(
        "DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    transformer_layers_per_block=4, attention_head_dim=[6, 12, 24, 24], cross_attention_dim=1280,
    use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=256,
    projection_class_embeddings_input_dim=2560)
SD1 = dict(
    block_out_channels=(320, 640, 1280, 1280), cross_attention_dim=768, attention_head_dim=8)


def random_network(name, size, kind, **settings):
    """The folder of one network in the cache, made the first time."""
    folder = os.path.join(full_size_xl.CACHE, name)
    if not os.path.exists(folder):
        print(f"making {folder} ({size} GB)", file=sys.stderr)
        torch.manual_seed(0)
        full_size_xl.drawn(kind, **settings).save_pretrained(folder + ".partial")
        os.rename(folder + ".partial", folder)
    return folder


def with_parts(folder, base, **parts):
    """A model's folder of links: components of `base`, or those that are given (None: left out).

    A scheduler among them is written; so is the kind that the index says.
    """
    with open(os.path.join(base, "model_index.json")) as file:
        index = json.load(file)
    index["_class_name"] = parts.pop("kind", index["_class_name"])
    os.makedirs(folder)
    names = {name for name, value in index.items() if isinstance(value, list) and value[0]}
    for name in sorted(names | set(parts)):
        part = parts.get(name, os.path.join(base, name))
        if part is None:
            index[name] = [None, None]
        elif isinstance(part, str):
            os.symlink(os.path.abspath(part), os.path.join(folder, name))
        else:
            index[name] = ["diffusers", type(part).__name__]
            part.save_pretrained(os.path.join(folder, name))
    with open(os.path.join(folder, "model_index.json"), "w") as file:
        json.dump({**index, **REQUIRED.get(index["_class_name"], {})}, file)
    return folder


REQUIRED = {"StableDiffusionXLImg2ImgPipeline": {
    "requires_aesthetics_score": True, "force_zeros_for_empty_prompt": False}}


def small_words(folder, source, pad):
    """The tests' small vocabulary, at the real ids' places: the towers have their full table."""
    shutil.copytree(source, folder)
    file = os.path.join(folder, "tokenizer_config.json")
    with open(file) as opened:
        config = json.load(opened)
    with open(file, "w") as opened:
        json.dump({**config, "model_max_length": 77, "pad_token": pad}, opened)
    return folder


def ended_by_largest(folder, source):
    """A text encoder that finds a text's end at its largest id, as published configurations say."""
    os.makedirs(folder)
    for name in os.listdir(source):
        if name != "config.json":
            os.symlink(os.path.join(source, name), os.path.join(folder, name))
    with open(os.path.join(source, "config.json")) as opened:
        config = json.load(opened)
    with open(os.path.join(folder, "config.json"), "w") as opened:
        json.dump({**config, "eos_token_id": 2}, opened)
    return folder


def in_f32(kind, folder, **more):
    """A pipeline that computes in f32, whatever its files are in."""
    return loaded(kind, folder, torch_dtype=torch.float32, **more)


def with_lora(path, scale):
    """What opens a pipeline with a LoRA merged."""
    def opened(kind, folder, **more):
        pipeline = in_f32(kind, folder, **more)
        pipeline.load_lora_weights(os.path.dirname(path), weight_name=os.path.basename(path))
        pipeline.fuse_lora(lora_scale=scale)
        return pipeline
    return opened


def from_single_file(config):
    """What opens a model in one file, which has no configuration of its own."""
    def opened(kind, file, **_):
        pipeline = kind.from_single_file(
            file, config=config, local_files_only=True, torch_dtype=torch.float32)
        pipeline.set_progress_bar_config(disable=True)
        pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
        return pipeline
    return opened


def run(
        name, folder, request, kind, more=(), drawn=0, mask=None, net=None, source=None,
        opened=in_f32, **given):
    """Compares one run of a pipeline of diffusers with pinxit's.

    - opened: makes the pipeline of the folder.
    - drawn: how often noise is drawn before the latents', for the picture's.
    - mask: what of the result counts; around it pinxit gives the picture's own pixels back.
    """
    label = os.path.basename(folder).removesuffix(".safetensors")
    beside = {"controlnet": ControlNetModel.from_pretrained(net, torch_dtype=torch.float32)} if net else {}
    if "XL" not in kind.__name__:
        beside["safety_checker"] = None
    pipeline = opened(kind, folder, **beside)
    width, height = request["size"]
    sides = {} if kind is StableDiffusionImg2ImgPipeline or "XLImg" in kind.__name__ else {
        "width": width, "height": height}
    shape = (1, 4, height // pipeline.vae_scale_factor, width // pipeline.vae_scale_factor)
    generator = seeded(request)
    for _ in range(drawn + 1):
        noise = torch.randn(shape, generator=generator)
    latents = pipeline(
        request["prompt"], num_inference_steps=request["steps"],
        guidance_scale=request["cfg_scale"], output_type="latent", generator=seeded(request),
        **sides, **given).images
    image, picture = decoded(pipeline, latents)
    # One program at a time.
    del pipeline, beside
    gc.collect()
    try:
        mine, my_picture = ours(folder, OWN, request, more, source)
    except (OSError, RuntimeError) as problem:
        print(f"{label:<14}{name:<{WIDTH}}  FAIL: {problem}", flush=True)
        return False
    if mask is not None:
        outside = numpy.array(mask) == 0
        picture[outside] = numpy.array(given["image"])[outside]
    found = compare(mine, my_picture, {"noise": noise, "latents": latents, "image": image}, picture)
    show(label, name, found)
    return passes(found)


def drawings(request, scratch):
    """A picture with something in it, and a mask whose edges lie on latents'; their files too."""
    width, height = request["size"]
    y, x = numpy.mgrid[:height, :width] / max(width, height)
    planes = numpy.stack([x, y, (x + y) / 2], axis=2) * 200
    planes += numpy.random.default_rng(7).uniform(0, 55, planes.shape)
    levels = numpy.zeros((height, width), "uint8")
    levels[height // 4:3 * height // 4, width // 2:] = 255
    made = []
    for name, values in (("picture.png", planes.astype("uint8")), ("mask.png", levels)):
        file = os.path.join(scratch, name)
        Image.fromarray(values).save(file)
        made += [Image.open(file), file]
    return made


def check_files(base, request, names, scratch):
    """Stable Diffusion 1.5 with a LoRA, and written as one file, which diffusers and pinxit read."""
    good = []
    if "lora" in names:
        path = os.path.join(scratch, "kohya.safetensors")
        pipeline = in_f32(StableDiffusionPipeline, base, safety_checker=None)
        # So much smaller than of a tiny model that the wide layers' sums stay of their size.
        save_file({
            key: value / 5 if key.endswith("lora_up.weight") else value
            for key, value in lora(pipeline, kohya, 3).items()}, path)
        del pipeline
        gc.collect()
        good.append(run(
            "LoRA, kohya, at 0.75", base, request, StableDiffusionPipeline,
            ["--lora", f"{path}:0.75"], opened=with_lora(path, 0.75)))
    if "single" in names:
        file, folder = os.path.join(scratch, "sd1.5.safetensors"), os.path.join(scratch, "from-file")
        try:
            converted(base, file, type="f16")
            # For its configurations, and the tokenizer of published models.
            converted(file, folder, type="f16")
        except RuntimeError as problem:
            print(f"{'sd1.5':<14}{'convert':<{WIDTH}}  FAIL: {problem}", flush=True)
            return False
        good.append(run(
            "single file, f16", file, request, StableDiffusionPipeline, ["--sampler", "ddim"],
            opened=from_single_file(folder)))
    return all(good)


def check_sd1(base, request, names, scratch):
    """Stable Diffusion 1.5 from pictures."""
    good = []
    image, image_file, mask, mask_file = drawings(request, scratch)
    plain = with_parts(os.path.join(scratch, "sd1.5"), base, scheduler=DDIMScheduler(
        **BETAS, clip_sample=False, set_alpha_to_one=False))
    if "image" in names:
        good.append(run(
            "image to image, 0.7", plain, request, StableDiffusionImg2ImgPipeline,
            ["--strength", "0.7"], drawn=1, source=image_file, image=image, strength=0.7))
    masked = dict(
        source=image_file, mask=mask, image=image, mask_image=mask)
    if "inpaint" in names:
        for strength in (0.7, 1.0):
            good.append(run(
                f"inpainting, {strength}", plain, request, StableDiffusionInpaintPipeline,
                ["--mask", mask_file, "--mask-blur", "0", "--strength", str(strength)], drawn=1,
                strength=strength, **masked))
    if "inpaint-9" in names:
        unet = random_network(
            "random-sd1.5-inpaint-unet", 1.7, UNet2DConditionModel, **SD1, sample_size=64,
            in_channels=9)
        nine = with_parts(os.path.join(scratch, "sd1.5-9"), plain, unet=unet)
        good.append(run(
            "inpainting, 9 channels", nine, request, StableDiffusionInpaintPipeline,
            ["--mask", mask_file, "--mask-blur", "0"], strength=1.0, **masked))
    if "controlnet" in names:
        net = random_network("random-sd1.5-controlnet", 0.7, ControlNetModel, **SD1)
        good.append(run(
            "ControlNet at 0.8", plain, request, StableDiffusionControlNetPipeline,
            ["--controlnet", f"{net}:0.8", "--control", image_file], net=net, image=image,
            controlnet_conditioning_scale=0.8))
    return all(good)


def check_sdxl(request, names, scratch):
    """SDXL's base, its refiner by itself and behind the base, and one step as Turbo takes it."""
    base, good = full_size_xl.folder(), []
    parts = {}
    for name, pad in (("", "<|endoftext|>"), ("_2", "!")):
        parts[f"tokenizer{name}"] = small_words(
            os.path.join(scratch, f"words{name}"), fixture("tiny-sdxl", f"tokenizer{name}"), pad)
        parts[f"text_encoder{name}"] = ended_by_largest(
            os.path.join(scratch, f"texts{name}"), os.path.join(base, f"text_encoder{name}"))
    euler = EulerDiscreteScheduler(**BETAS, timestep_spacing="leading")
    plain = with_parts(os.path.join(scratch, "sdxl"), base, **parts, scheduler=euler)
    if "sdxl" in names:
        good.append(run("base", plain, request, StableDiffusionXLPipeline))
    if "sdxl-turbo" in names:
        turbo = with_parts(
            os.path.join(scratch, "sdxl-turbo"), plain, scheduler=EulerAncestralDiscreteScheduler(
                **BETAS, timestep_spacing="trailing"))
        for steps in (1, 2):
            good.append(run(
                f"Turbo, steps {steps}", turbo, {**request, "steps": steps, "cfg_scale": 1},
                StableDiffusionXLPipeline))
    if "sdxl-refiner" in names:
        unet = random_network("random-sdxl-refiner-unet", 4.5, UNet2DConditionModel, **REFINER)
        refiner = with_parts(
            os.path.join(scratch, "refiner"), plain, kind="StableDiffusionXLImg2ImgPipeline",
            text_encoder=None, tokenizer=None, unet=unet)
        good.append(refined(plain, refiner, {**request, "steps": 4}))
    return all(good)


def refined(base, refiner, request):
    """One schedule divided at a half: two steps of the base, two of the refiner."""
    width, height = request["size"]
    generator = seeded(request)
    noise = torch.randn((1, 4, height // 8, width // 8), generator=seeded(request))
    settings = dict(
        num_inference_steps=request["steps"], guidance_scale=request["cfg_scale"],
        output_type="latent", generator=generator)
    pipeline = in_f32(StableDiffusionXLPipeline, base)
    latents = pipeline(
        request["prompt"], width=width, height=height, denoising_end=0.5, **settings).images
    del pipeline
    gc.collect()
    pipeline = in_f32(StableDiffusionXLImg2ImgPipeline, refiner)
    latents = pipeline(
        request["prompt"], image=latents, denoising_start=0.5, **settings).images
    image, picture = decoded(pipeline, latents)
    del pipeline
    gc.collect()
    label, name = "sdxl", "refiner from 0.5"
    try:
        # In f32 both together would need more than 24 GB.
        mine, my_picture = ours(
            base, OWN, request, ["--refiner", refiner, "--refiner-at", "0.5", "--low-memory"])
    except (OSError, RuntimeError) as problem:
        print(f"{label:<14}{name:<{WIDTH}}  FAIL: {problem}", flush=True)
        return False
    found = compare(mine, my_picture, {"noise": noise, "latents": latents, "image": image}, picture)
    show(label, name, found)
    return passes(found)


CHECKS = [
    "lora", "single", "image", "inpaint", "inpaint-9", "controlnet", "sdxl", "sdxl-turbo",
    "sdxl-refiner"]


def check_full(sd1, request, names):
    """The named ones of CHECKS. `sd1`: a folder of Stable Diffusion 1.5's sizes."""
    with tempfile.TemporaryDirectory() as scratch:
        good = [
            check_files(sd1, request, names, scratch), check_sd1(sd1, request, names, scratch)]
        if any(name.startswith("sdxl") for name in names):
            good.append(check_sdxl(request, names, scratch))
    return all(good)
