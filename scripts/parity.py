"""Runs pinxit and Hugging Face diffusers on the same request, in f32, and compares all they made.

For each model and sampler, each kind of checkpoint, LoRA and textual inversion: the starting noise,
the final latents, the decoded picture as numbers, and the picture as bytes. PASS means at most 2e-4 on tensors and at most 1 level of 255 on pictures.
"""

import argparse
import inspect
import json
import os
import subprocess
import sys
import tempfile
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
warnings.filterwarnings("ignore")

import numpy
import torch
from PIL import Image
from safetensors.torch import load_file

import diffusers
from diffusers import (
    AutoencoderKL, DDIMScheduler, DPMSolverMultistepScheduler, EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler, StableDiffusionPipeline, StableUnCLIPImg2ImgPipeline,
    StableUnCLIPPipeline, UNet2DConditionModel)
from transformers import (
    CLIPImageProcessor, CLIPTextConfig, CLIPTextModel, CLIPTokenizer,
    CLIPVisionModelWithProjection)

from parity_families import check_families
from parity_full import CHECKS, check_full
from parity_tools import OWN, PINXIT, ROOT, WIDTH, compare, heading, ours, passes, show

diffusers.utils.logging.set_verbosity_error()
diffusers.utils.logging.disable_progress_bar()

SAMPLERS = {
    "ddim": DDIMScheduler, "euler": EulerDiscreteScheduler,
    "euler_a": EulerAncestralDiscreteScheduler, "dpmpp_2m": DPMSolverMultistepScheduler,
}


def scheduler_for(name, pipeline):
    config = pipeline.scheduler.config
    if name == OWN:
        return pipeline.scheduler
    if config.get("prediction_type") == "flow_prediction":
        if name == "euler_a":
            return None  # diffusers has none that its pipeline can run
        # On straight paths DDIM and Euler are order one; a distilled model's own is, too.
        order = config["solver_order"] if name == "dpmpp_2m" else 1
        return DPMSolverMultistepScheduler.from_config(config, solver_order=order)
    return SAMPLERS[name].from_config(config)


def theirs(pipeline, scheduler, request):
    pipeline.scheduler = type(scheduler).from_config(scheduler.config)
    width, height = request["size"]
    factor = pipeline.vae_scale_factor
    shape = (1, pipeline.unet.config.in_channels, height // factor, width // factor)
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(request["seed"]))
    latents = pipeline(
        request["prompt"], width=width, height=height, num_inference_steps=request["steps"],
        guidance_scale=request["cfg_scale"], output_type="latent",
        generator=torch.Generator().manual_seed(request["seed"])).images
    with torch.no_grad():
        image = pipeline.vae.decode(latents / pipeline.vae.config.scaling_factor).sample
    picture = pipeline.image_processor.postprocess(image, output_type="pil")[0]
    return {"noise": noise, "latents": latents, "image": image}, numpy.array(picture)


def full_size_model():
    """Random weights in the shapes of Stable Diffusion 1.5, made once in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    folder = os.path.join(cache, "pinxit", "random-sd1.5")
    if os.path.exists(os.path.join(folder, "model_index.json")):
        return folder
    print(f"making a random model of full size (4 GB) in {folder}", file=sys.stderr)
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=64, cross_attention_dim=768, attention_head_dim=8,
        block_out_channels=(320, 640, 1280, 1280))
    vae = AutoencoderKL(
        block_out_channels=(128, 256, 512, 512), layers_per_block=2, latent_channels=4,
        down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
        sample_size=512)
    # The small vocabulary of the tests, at the real ids' places: the tower has its full table.
    tokenizer = CLIPTokenizer.from_pretrained(
        os.path.join(ROOT, "Tests", "Fixtures", "tiny-sd1", "tokenizer"), model_max_length=77)
    text = CLIPTextModel(CLIPTextConfig(
        vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12,
        num_attention_heads=12, hidden_act="quick_gelu", projection_dim=768,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id))
    scheduler = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
        set_alpha_to_one=False, steps_offset=1)
    StableDiffusionPipeline(
        vae=vae, text_encoder=text, tokenizer=tokenizer, unet=unet, scheduler=scheduler,
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder + ".partial")
    keep_plain_tokenizer(os.path.join(folder + ".partial", "tokenizer"))
    os.rename(folder + ".partial", folder)
    return folder


def keep_plain_tokenizer(folder):
    """The two files and the configuration that published folders have."""
    import json
    import shutil

    source = os.path.join(ROOT, "Tests", "Fixtures", "tiny-sd1", "tokenizer")
    shutil.rmtree(folder)
    shutil.copytree(source, folder)
    file = os.path.join(folder, "tokenizer_config.json")
    with open(file) as opened:
        config = json.load(opened)
    with open(file, "w") as opened:
        json.dump({**config, "model_max_length": 77}, opened)


def check_unclip(label, folder, request):
    """Painting from text through the prior, then variations of that picture, both with pinxit's defaults."""
    text = StableUnCLIPPipeline.from_pretrained(folder)
    with open(os.path.join(folder, "pinxit.json")) as opened:
        own = json.load(opened)
    part = lambda kind, name: kind.from_pretrained(folder, subfolder=name)
    shared = (
        "image_normalizer", "image_noising_scheduler", "tokenizer", "text_encoder", "unet",
        "scheduler", "vae")
    varying = StableUnCLIPImg2ImgPipeline(
        feature_extractor=part(CLIPImageProcessor, "feature_extractor"),
        image_encoder=part(CLIPVisionModelWithProjection, "image_encoder"),
        **{name: getattr(text, name) for name in shared})
    common = dict(
        num_inference_steps=request["steps"], guidance_scale=request["cfg_scale"])
    good = True
    with tempfile.TemporaryDirectory() as scratch:
        source = os.path.join(scratch, "source.png")
        noise = numpy.random.default_rng(request["seed"]).integers(0, 256, (7, 9, 3), "uint8")
        Image.fromarray(noise).resize((90, 70), Image.BICUBIC).save(source)
        with Image.open(source) as opened:
            image = opened.convert("RGB")
        runs = {
            "paint": (["paint", "--", request["prompt"]], lambda output: text(
                request["prompt"], prior_num_inference_steps=own["prior_steps"],
                prior_guidance_scale=own["prior_guidance_scale"], **common, output_type=output,
                generator=torch.Generator().manual_seed(request["seed"])).images),
            "vary": (["vary", "-c", "1", "--noise-level", "200", source], lambda output: varying(
                image, noise_level=200, **common, output_type=output,
                generator=torch.Generator().manual_seed(request["seed"])).images),
        }
        for name, (command, run) in runs.items():
            pipeline = text if name == "paint" else varying
            pipeline.set_progress_bar_config(disable=True)
            picture, dump = (os.path.join(scratch, x) for x in ("p.png", "d.safetensors"))
            options = [
                "--model", folder, "--steps", str(request["steps"]), "--cfg-scale",
                str(request["cfg_scale"]), "--seed", str(request["seed"]), "--precision", "f32",
                "--quiet", "--output", picture, "--dump-latents", dump]
            done = subprocess.run(
                [PINXIT, command[0], *options, *command[1:]], capture_output=True, text=True)
            if done.returncode != 0:
                print(f"{label:<14}{name:<{WIDTH}}  FAIL: {done.stderr.strip()}", flush=True)
                good = False
                continue
            mine = load_file(dump)
            with Image.open(picture) as opened:
                mine_shown = numpy.array(opened.convert("RGB"))
            latents = run("latent")
            with torch.no_grad():
                decoded = pipeline.vae.decode(latents / pipeline.vae.config.scaling_factor).sample
            shown = numpy.array(
                pipeline.image_processor.postprocess(decoded, output_type="pil")[0])
            # Noise comes after the prior's and the embedding's own; that latents agree shows that it does.
            reference = {"noise": mine["noise"], "latents": latents, "image": decoded}
            found = compare(mine, mine_shown, reference, shown)
            show(label, name, found)
            good = good and passes(found)
    return good


def pipeline_class(folder):
    file = os.path.join(folder, "model_index.json")
    if not os.path.exists(file):
        return None
    with open(file) as opened:
        return json.load(opened)["_class_name"]


def shipped_models():
    folder = os.path.join(ROOT, "Models")
    if not os.path.isdir(folder):
        return []
    found = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    # The other painters here are no pipelines of diffusers.
    return [path for path in found if pipeline_class(path) == "StableDiffusionPipeline"]


def check(label, folder, names, request):
    pipeline = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None)
    pipeline.set_progress_bar_config(disable=True)
    if "size" not in request:
        side = pipeline.unet.config.sample_size * pipeline.vae_scale_factor
        request["size"] = (side, side)
    own, good = pipeline.scheduler, True
    for name in names:
        pipeline.scheduler = own
        scheduler = scheduler_for(name, pipeline)
        if scheduler is None:
            continue
        # diffusers' PNDM has no counterpart here, so there is no "own" to compare.
        if name == OWN and type(scheduler) not in SAMPLERS.values():
            continue
        try:
            mine, my_picture = ours(folder, name, request)
        except (OSError, RuntimeError) as problem:
            print(f"{label:<14}{name:<{WIDTH}}  FAIL: {problem}", flush=True)
            good = False
            continue
        found = compare(mine, my_picture, *theirs(pipeline, scheduler, request))
        show(label, name, found)
        good = good and passes(found)
    return good


def main():
    parser = argparse.ArgumentParser(description=inspect.getdoc(sys.modules[__name__]))
    parser.add_argument("folders", nargs="*", help="model folders; left out: all the usual ones")
    parser.add_argument("--prompt", default="a red apple on a blue background")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--cfg-scale", type=float, default=5.0)
    parser.add_argument("--samplers", default=",".join([OWN, *SAMPLERS]))
    parser.add_argument("--full-steps", type=int, default=3, help="steps of the full-size model")
    parser.add_argument("--full-size", type=int, default=256, help="its picture's side")
    parser.add_argument("--skip-full", action="store_true", help="leave out the full-size model")
    parser.add_argument(
        "--full", nargs="*", choices=CHECKS, metavar="CHECK",
        help="only Stable Diffusion 1.5 with a LoRA, in one file and from pictures, and SDXL, at "
        f"their full sizes, or these of it: {', '.join(CHECKS)}")
    parser.add_argument(
        "--quick", action="store_true", help="tiny models only: no shipped ones, no larger ones")
    options = parser.parse_args()
    request = {
        "prompt": options.prompt, "seed": options.seed, "steps": options.steps,
        "cfg_scale": options.cfg_scale}
    names = options.samplers.split(",")
    if not os.path.exists(PINXIT):
        sys.exit("build first: make build")

    heading()
    if options.full is not None:
        full = {**request, "steps": options.full_steps, "size": (options.full_size,) * 2}
        sys.exit(0 if check_full(full_size_model(), full, options.full or CHECKS) else 1)
    folders = options.folders or [
        os.path.join(ROOT, "Tests", "Fixtures", name)
        for name in ("tiny-sd1", "tiny-sd2", "tiny-pinxit", "tiny-unclip")]
    if not options.folders and not options.quick:
        folders += shipped_models()
    good = True
    for folder in folders:
        label = os.path.basename(os.path.abspath(folder))
        run = (
            check_unclip(label, folder, request)
            if pipeline_class(folder) == "StableUnCLIPPipeline"
            else check(label, folder, names, dict(request)))
        good = run and good
    if not options.folders:
        good = check_families(request, options.quick) and good
    if not options.folders and not options.skip_full and not options.quick:
        full = {**request, "steps": options.full_steps, "size": (options.full_size,) * 2}
        good = check("random-sd1.5", full_size_model(), names[:2], full) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
