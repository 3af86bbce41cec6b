"""SDXL, few steps, adapters and single files against diffusers; see parity.py."""

import json
import os
import shutil
import subprocess
import tempfile

import numpy
import torch
from safetensors.torch import save_file

from diffusers import (
    DDIMScheduler, DPMSolverMultistepScheduler, EDMDPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler, LatentConsistencyModelPipeline, LCMScheduler,
    StableDiffusionPipeline, StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline)

from parity_models import small_sd1, small_sdxl
from parity_tools import OWN, PINXIT, ROOT, WIDTH, compare, ours, passes, show


def fixture(*names):
    return os.path.join(ROOT, "Tests", "Fixtures", *names)


def loaded(kind, folder, **more):
    if "XL" in kind.__name__:
        more["add_watermarker"] = False
    pipeline = kind.from_pretrained(folder, **more)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def seeded(request):
    return torch.Generator().manual_seed(request["seed"])


def decoded(pipeline, latents):
    config = pipeline.vae.config
    z = latents / config.scaling_factor
    if config.get("latents_mean") is not None:
        mean, deviation = (
            torch.tensor(config[name]).view(1, -1, 1, 1) for name in ("latents_mean", "latents_std"))
        z = latents * deviation / config.scaling_factor + mean
    with torch.no_grad():
        image = pipeline.vae.decode(z).sample
    return image, numpy.array(pipeline.image_processor.postprocess(image, output_type="pil")[0])


def run(label, name, folder, request, pipeline, more=(), sampler=OWN, last=None, **options):
    """Compares one run. `last` decodes where it is another pipeline, and takes the last steps."""
    width, height = request["size"]
    shape = (1, 4, height // pipeline.vae_scale_factor, width // pipeline.vae_scale_factor)
    noise = torch.randn(shape, generator=seeded(request))
    settings = dict(
        num_inference_steps=request["steps"], guidance_scale=request["cfg_scale"],
        output_type="latent")
    generator = seeded(request)
    ends = {"denoising_end": 0.7} if last else {}
    latents = pipeline(
        request["prompt"], width=width, height=height, generator=generator, **settings, **ends,
        **options).images
    if last:
        latents = last(
            request["prompt"], image=latents, denoising_start=0.7, generator=generator,
            **settings).images
    image, picture = decoded(last or pipeline, latents)
    try:
        mine, my_picture = ours(folder, sampler, request, more)
    except (OSError, RuntimeError) as problem:
        print(f"{label:<14}{name:<{WIDTH}}  FAIL: {problem}", flush=True)
        return False
    found = compare(mine, my_picture, {"noise": noise, "latents": latents, "image": image}, picture)
    show(label, name, found)
    return passes(found)


def check_sdxl(request):
    folder = fixture("tiny-sdxl")
    base = loaded(StableDiffusionXLPipeline, folder)
    own, config, label = base.scheduler, base.scheduler.config, "tiny-sdxl"
    good = [run(label, "base", folder, request, base)]
    good.append(run(
        label, "sizes and negatives", folder, request, base,
        ["--original-size", "640x512", "--crop", "8,16", "--negative-prompt", "two blue apples!"],
        original_size=(512, 640), crops_coords_top_left=(16, 8),
        negative_prompt="two blue apples!"))
    for sampler, kind in (
            ("euler_a", EulerAncestralDiscreteScheduler), ("ddim", DDIMScheduler),
            ("dpmpp_2m", DPMSolverMultistepScheduler)):
        # As the pipelines' own schedulers have it: clipping is for pixels.
        base.scheduler = kind.from_config(config, **(
            {"clip_sample": False} if kind is DDIMScheduler else {}))
        good.append(run(label, sampler, folder, request, base, sampler=sampler))
    base.scheduler = EulerAncestralDiscreteScheduler.from_config(config, timestep_spacing="trailing")
    for steps in (1, 4):
        few = {**request, "steps": steps, "cfg_scale": 1}
        good.append(run(
            label, f"turbo, steps {steps}", folder, few, base, ["--spacing", "trailing"],
            sampler="euler_a"))
    base.scheduler = own
    second = fixture("tiny-refiner")
    good.append(run(
        label, "refiner from 0.7", folder, request, base,
        ["--refiner", second, "--refiner-at", "0.7"],
        last=loaded(StableDiffusionXLImg2ImgPipeline, second)))
    return all(good)


def check_edm(request, scratch):
    """SDXL's networks with the schedule and the latents of Playground 2.5."""
    folder = os.path.join(scratch, "edm")
    shutil.copytree(fixture("tiny-sdxl"), folder)
    for name, place in (("vae", "vae/config.json"), ("scheduler", "scheduler/scheduler_config.json")):
        shutil.copy(fixture("tiny-playground", f"{name}.json"), os.path.join(folder, place))
    index = os.path.join(folder, "model_index.json")
    with open(index) as file:
        content = {**json.load(file), "scheduler": ["diffusers", "EDMDPMSolverMultistepScheduler"]}
    with open(index, "w") as file:
        json.dump(content, file)
    pipeline = loaded(StableDiffusionXLPipeline, folder)
    assert isinstance(pipeline.scheduler, EDMDPMSolverMultistepScheduler)
    return run("tiny-sdxl", "EDM", folder, request, pipeline)


def check_lcm(request):
    folder = fixture("tiny-lcm")
    pipeline = loaded(LatentConsistencyModelPipeline, folder)
    return all([
        run("tiny-lcm", f"LCM, steps {steps}", folder, {**request, "steps": steps}, pipeline)
        for steps in (1, 2, 4)])


def lora(pipeline, spell, seed):
    """A random LoRA of all attention, with the names that `spell` gives a module's two matrices."""
    generator = torch.Generator().manual_seed(seed)
    file = {}
    for component, root in (("unet", pipeline.unet), ("text_encoder", pipeline.text_encoder)):
        for place, layer in root.named_modules():
            if not isinstance(layer, torch.nn.Linear) or "attn" not in place:
                continue
            if component != "unet" and not place.startswith("text_model."):
                place = "text_model." + place
            down = torch.randn(2, layer.in_features, generator=generator) * 0.2
            up = torch.randn(layer.out_features, 2, generator=generator) * 0.2
            file.update(spell(component, place, down, up))
    return file


def kohya(component, place, down, up):
    key = {"unet": "lora_unet_", "text_encoder": "lora_te_"}[component] + place.replace(".", "_")
    return {
        f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up,
        f"{key}.alpha": torch.tensor(1.5)}


def peft(component, place, down, up):
    key = f"{component}.{place}"
    return {f"{key}.lora_A.weight": down, f"{key}.lora_B.weight": up}


def check_adapters(request, scratch):
    folder, good = fixture("tiny-sd1"), []
    for name, spell in (("kohya", kohya), ("PEFT", peft)):
        pipeline = loaded(StableDiffusionPipeline, folder, safety_checker=None)
        path = os.path.join(scratch, f"{name}.safetensors")
        save_file(lora(pipeline, spell, 3), path)
        pipeline.load_lora_weights(scratch, weight_name=f"{name}.safetensors")
        pipeline.fuse_lora(lora_scale=0.75)
        good.append(run(
            "tiny-sd1", f"LoRA, {name}", folder, request, pipeline, ["--lora", f"{path}:0.75"]))
        pipeline.scheduler = LCMScheduler.from_config(pipeline.scheduler.config)
        few = {**request, "steps": 4, "cfg_scale": 1}
        good.append(run(
            "tiny-sd1", f"LCM-LoRA, {name}", folder, few, pipeline, ["--lora", f"{path}:0.75"],
            sampler="lcm"))
    pipeline = loaded(StableDiffusionPipeline, folder, safety_checker=None)
    vectors = torch.randn(2, 16, generator=torch.Generator().manual_seed(5))
    for name, file in (("word.safetensors", save_file), ("word.pt", torch.save)):
        path = os.path.join(scratch, name)
        file({"<ink>": vectors}, path)
    pipeline.load_textual_inversion({"<ink>": vectors})
    words = {**request, "prompt": "a red <ink> apple"}
    for name in ("word.safetensors", "word.pt"):
        good.append(run(
            "tiny-sd1", f"inversion, {name[5:]}", folder, words, pipeline,
            ["--embedding", os.path.join(scratch, name)]))
    return all(good)


def converted(*arguments, type="f32"):
    done = subprocess.run(
        [PINXIT, "models", "convert", *arguments, "--type", type], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())


def check_single(label, kind, make, request, scratch):
    """A model written as one file by pinxit, read by diffusers and by pinxit."""
    folder = os.path.join(scratch, label)
    file = f"{folder}.safetensors"
    try:
        converted(make(f"{folder}-before"), file)
        # With the tokenizers of published models.
        converted(file, folder)
    except RuntimeError as problem:
        print(f"{label:<14}{'convert':<{WIDTH}}  FAIL: {problem}", flush=True)
        return False
    pipeline = kind.from_single_file(file, config=folder, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    small = {**request, "size": (64, 64), "steps": 4}
    ending = ["--sampler", "ddim"] if kind is StableDiffusionPipeline else []
    if ending:
        pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    good = [
        run(label, name, path, small, pipeline, ending)
        for name, path in (("folder", folder), ("single file", file))]
    torch.save({"state_dict": dict(load(file))}, file.replace(".safetensors", ".ckpt"))
    good.append(run(
        label, "single .ckpt", file.replace(".safetensors", ".ckpt"), small, pipeline, ending))
    return all(good)


def load(file):
    from safetensors.torch import load_file

    return load_file(file)


def check_families(request, quick):
    """All of them; `quick` leaves out what is not tiny."""
    request = {**request, "size": (16, 16)}
    with tempfile.TemporaryDirectory() as scratch:
        good = [check_sdxl(request), check_edm(request, scratch), check_lcm(request),
                check_adapters(request, scratch),
                check_single("small-sd1", StableDiffusionPipeline, small_sd1, request, scratch)]
        if not quick:
            good.append(check_single(
                "small-sdxl", StableDiffusionXLPipeline, small_sdxl, request, scratch))
    return all(good)
