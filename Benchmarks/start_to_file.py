"""From the start of a process to the picture's file: Pinxit beside diffusers and OpenVINO, in one run.

What someone waits who asks for one picture: programs load, models load, the first step packs or
compiles, the picture is written. Random weights in the exact shapes (speed does not depend on
values), stored in f16, 512x512. Every picture is a process of its own, whose files are in the page
cache. OpenVINO's models are converted before and lie compiled in its own cache; its process imports
nothing else than it needs. Prints a table and, with --json, writes the figures.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PINXIT = os.environ.get("PINXIT", os.path.join(ROOT, ".build", "release", "pinxit"))
CACHE = os.path.join(
    os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "pinxit")
# model, its decoder's folder if it is another, steps, classifier-free guidance
TASKS = {
    "1 step": ("random-sd-turbo", None, 1, None),
    "1 step, TAESD": ("random-sd-turbo", "random-taesd", 1, None),
    "4 steps, LCM": ("random-lcm", None, 4, None),
    "20 guided steps": ("random-sd1.5", None, 20, 7.5),
}
PROGRAMS = [
    "pinxit-packed bf16", "pinxit bf16", "pinxit int8", "pinxit f32", "diffusers bf16", "diffusers f32",
    "openvino bf16", "openvino f32",
]
PROMPT = "a red apple on a blue background"
SIGMAS = (14.6146, 0.0292)  # Stable Diffusion's largest and smallest


def prepared(*arguments):
    """Runs `--prepare` in a process of its own: the memory of this one is counted to its children."""
    subprocess.run(
        [sys.executable, os.path.abspath(__file__), "--prepare", *arguments], check=True)


def parity():
    """The script of `make parity`, which makes models of full size."""
    spec = importlib.util.spec_from_file_location(
        "parity", os.path.join(ROOT, "scripts", "parity.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def model(name):
    """The folder of a model with random weights, made the first time."""
    folder = os.path.join(CACHE, name)
    if not os.path.exists(folder):
        prepared("make", name)
    return folder


def make(name):
    folder = os.path.join(CACHE, name)
    base = parity().full_size_model()
    if name == "random-sd1.5":
        return
    print(f"making {folder}", file=sys.stderr)
    import torch
    from diffusers import (
        AutoencoderTiny, EulerDiscreteScheduler, LCMScheduler, StableDiffusionPipeline,
        UNet2DConditionModel)
    from transformers import CLIPTextConfig, CLIPTextModel
    torch.manual_seed(0)
    if name == "random-taesd":
        AutoencoderTiny().half().save_pretrained(folder)
        return
    pipeline = StableDiffusionPipeline.from_pretrained(base, torch_dtype=torch.float16)
    shape = dict(sample_size=64, block_out_channels=(320, 640, 1280, 1280))
    if name == "random-lcm":
        pipeline.unet = UNet2DConditionModel(
            **shape, cross_attention_dim=768, attention_head_dim=8, time_cond_proj_dim=256).half()
        pipeline.scheduler = LCMScheduler.from_config(pipeline.scheduler.config)
    else:
        pipeline.unet = UNet2DConditionModel(
            **shape, cross_attention_dim=1024, attention_head_dim=[5, 10, 20, 20],
            use_linear_projection=True).half()
        pipeline.text_encoder = CLIPTextModel(CLIPTextConfig(
            vocab_size=49408, hidden_size=1024, intermediate_size=4096, num_hidden_layers=23,
            num_attention_heads=16, hidden_act="gelu",
            eos_token_id=pipeline.tokenizer.eos_token_id,
            bos_token_id=pipeline.tokenizer.bos_token_id,
            pad_token_id=pipeline.tokenizer.pad_token_id)).half()
        pipeline.scheduler = EulerDiscreteScheduler.from_config(
            pipeline.scheduler.config, timestep_spacing="trailing")
    pipeline.save_pretrained(folder + ".partial")
    parity().keep_plain_tokenizer(os.path.join(folder + ".partial", "tokenizer"))
    os.rename(folder + ".partial", folder)


def asked(task, precision):
    """What both painting and packing of a task are told."""
    name, decoder, _, guidance = TASKS[task]
    command = ["--size", "512x512", "--precision", precision]
    command += ["--vae", model(decoder)] if decoder else []
    if guidance is not None:
        command += ["--cfg-scale", str(guidance)]
    elif name == "random-sd-turbo":
        command += ["--cfg-scale", "1"]
    return command


def pinxit(task, precision, picture):
    name, _, steps, _ = TASKS[task]
    return [
        PINXIT, "paint", "--model", model(name), "--steps", str(steps), "--seed", "1", "--quiet",
        "--output", picture] + asked(task, precision) + ["--", PROMPT]


def pack(task, precision):
    subprocess.run(
        [PINXIT, "models", "pack", model(TASKS[task][0])] + asked(task, precision), check=True,
        stdout=subprocess.DEVNULL)


def peer(program):
    """The command that paints in a process of its own, through `--paint` below."""
    return lambda task, precision, picture: [
        sys.executable, os.path.abspath(__file__), "--paint", program, task, precision, picture]


def paint_with_diffusers(task, precision, picture):
    import torch
    from diffusers import AutoencoderTiny, DiffusionPipeline
    name, decoder, steps, guidance = TASKS[task]
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    pipeline = DiffusionPipeline.from_pretrained(model(name), torch_dtype=kind)
    if decoder:
        pipeline.vae = AutoencoderTiny.from_pretrained(model(decoder), torch_dtype=kind)
    pipeline.set_progress_bar_config(disable=True)
    given = {} if name == "random-lcm" else {"guidance_scale": guidance or 0.0}
    pipeline(
        PROMPT, width=512, height=512, num_inference_steps=steps, **given,
        generator=torch.Generator().manual_seed(1)).images[0].save(picture)


def converted(task):
    """OpenVINO's models of a task, converted the first time: text, one step, decoder."""
    name, decoder, _, _ = TASKS[task]
    folder = os.path.join(CACHE, "openvino", name + ("-" + decoder if decoder else ""))
    if not os.path.exists(folder):
        prepared("convert", task, folder)
    return folder


def convert(task, folder):
    name, decoder, _, guidance = TASKS[task]
    print(f"converting {folder}", file=sys.stderr)
    import openvino
    import torch
    from diffusers import AutoencoderTiny, DiffusionPipeline
    torch.set_grad_enabled(False)
    pipeline = DiffusionPipeline.from_pretrained(model(name))
    if decoder:
        pipeline.vae = AutoencoderTiny.from_pretrained(model(decoder))
    unet, batch = pipeline.unet, 2 if guidance else 1

    class Text(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = pipeline.text_encoder

        def forward(self, ids):
            return self.inner(ids)[0]

    class Step(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = unet

        def forward(self, x, time, states, condition=None):
            return self.inner(
                x, time, states, timestep_cond=condition, return_dict=False)[0]

    class Decoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = pipeline.vae

        def forward(self, z):
            return self.inner.decode(z, return_dict=False)[0]

    states = torch.randn(batch, 77, unet.config.cross_attention_dim)
    step = [torch.randn(batch, 4, 64, 64), torch.tensor(500.0), states]
    if unet.config.time_cond_proj_dim:
        step.append(torch.randn(batch, unet.config.time_cond_proj_dim))
    jobs = {
        "text": (Text(), [torch.zeros(batch, 77, dtype=torch.long)]),
        "step": (Step(), step), "decoder": (Decoder(), [torch.randn(1, 4, 64, 64)])}
    for part, (module, inputs) in jobs.items():
        found = openvino.convert_model(
            module, example_input=tuple(inputs), input=[tuple(value.shape) for value in inputs])
        openvino.save_model(found, os.path.join(folder + ".partial", part + ".xml"))
    os.rename(folder + ".partial", folder)


def paint_with_openvino(task, precision, picture):
    import numpy
    import openvino
    from PIL import Image
    from tokenizers import Tokenizer
    from tokenizers.models import BPE
    name, decoder, steps, guidance = TASKS[task]
    folder = converted(task)
    core = openvino.Core()
    core.set_property({"CACHE_DIR": os.path.join(folder, "compiled-" + precision)})
    settings = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    part = lambda kind: core.compile_model(os.path.join(folder, kind + ".xml"), "CPU", settings)
    words = os.path.join(model(name), "tokenizer")
    tokenizer = Tokenizer(BPE.from_file(
        os.path.join(words, "vocab.json"), os.path.join(words, "merges.txt"),
        end_of_word_suffix="</w>"))
    ids = tokenizer.encode(PROMPT).ids[:75]
    batch = 2 if guidance else 1
    padded = numpy.zeros((batch, 77), dtype=numpy.int64)
    padded[-1, 1:1 + len(ids)] = ids
    states = part("text")([padded])[0]
    unet = part("step")
    x = numpy.random.default_rng(1).standard_normal((1, 4, 64, 64)).astype(numpy.float32)
    sigmas = numpy.append(numpy.geomspace(*SIGMAS, steps), 0) if steps > 1 else [SIGMAS[0], 0]
    x = x * sigmas[0]
    extra = [numpy.zeros((batch, 256), numpy.float32)] if name == "random-lcm" else []
    for now, then in zip(sigmas[:-1], sigmas[1:]):
        scaled = numpy.repeat(x / numpy.sqrt(now ** 2 + 1), batch, axis=0).astype(numpy.float32)
        noise = unet([scaled, numpy.float32(500), states] + extra)[0]
        if guidance:
            noise = noise[:1] + guidance * (noise[1:] - noise[:1])
        x = x + (then - now) * noise
    pixels = part("decoder")([(x if decoder else x / 0.18215).astype(numpy.float32)])[0][0]
    levels = ((pixels / 2 + 0.5).clip(0, 1) * 255).round().astype(numpy.uint8)
    Image.fromarray(levels.transpose(1, 2, 0)).save(picture)


COMMANDS = {
    "pinxit": pinxit, "pinxit-packed": pinxit, "diffusers": peer("diffusers"),
    "openvino": peer("openvino")}


def measured(case, task, runs):
    """The median of seconds and the most memory in bytes.

    Short runs come after one that fills the page cache, which long ones do not notice.
    """
    warm = 1 if TASKS[task][2] < 4 else 0
    program, precision = case.split()
    converted(task) if program == "openvino" else model(TASKS[task][0])
    found = []
    if program == "pinxit-packed":
        pack(task, precision)
    with tempfile.TemporaryDirectory() as scratch:
        # Nothing is packed there.
        other = {"XDG_CACHE_HOME": scratch} if program == "pinxit" else {}
        picture = os.path.join(scratch, "picture.png")
        for _ in range(runs + warm):
            start = time.perf_counter()
            done = subprocess.Popen(
                COMMANDS[program](task, precision, picture), stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, text=True, env=os.environ | other)
            errors = done.stderr.read()
            _, status, usage = os.wait4(done.pid, 0)
            if status != 0 or not os.path.exists(picture):
                return {"error": (errors.strip().splitlines() or ["failed"])[-1]}
            found.append((time.perf_counter() - start, usage.ru_maxrss * 1024))
            os.remove(picture)
    return {
        "seconds": statistics.median(seconds for seconds, _ in found[warm:]),
        "memory": max(memory for _, memory in found)}


def table(results):
    print("| program | " + " | ".join(f"{task}, s | GB" for task in results) + " |")
    print("|---" * (1 + 2 * len(results)) + "|")
    for case in next(iter(results.values())):
        cells = [
            found["error"] + " | " if "error" in found
            else f"{found['seconds']:.1f} | {found['memory'] / 1e9:.1f}"
            for found in (results[task][case] for task in results)]
        print(f"| {case} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("programs", nargs="*", help=f"of {', '.join(PROGRAMS)}; default all")
    parser.add_argument("--tasks", nargs="*", default=list(TASKS), choices=TASKS)
    parser.add_argument("--runs", type=int, default=1, help="timed runs of each")
    parser.add_argument("--json", help="also write the figures to this file")
    parser.add_argument("--paint", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--prepare", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.prepare:
        what, *rest = options.prepare
        return {"make": make, "convert": convert}[what](*rest)
    if options.paint:
        program, *rest = options.paint
        return globals()[f"paint_with_{program}"](*rest)
    unknown = set(options.programs) - set(PROGRAMS)
    if unknown:
        parser.error(f"unknown {', '.join(sorted(unknown))}; there are {', '.join(PROGRAMS)}")
    results = {}
    for task in options.tasks:
        results[task] = {}
        for case in options.programs or PROGRAMS:
            print(f"{task}: {case} ...", file=sys.stderr, flush=True)
            results[task][case] = measured(case, task, options.runs)
            print(results[task][case], file=sys.stderr, flush=True)
    table(results)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results, file, indent=2)


if __name__ == "__main__":
    main()
