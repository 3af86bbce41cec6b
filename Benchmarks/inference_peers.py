"""Stable Diffusion 1.5 or SDXL on this processor: Pinxit beside its peers, in one run.

Random weights in the exact shapes (speed does not depend on values), 512x512, or with `--family sdxl`
1024x1024. One guided step is the U-Net on a batch of two. Each program and type runs in a process of
its own, one after the other, so that times are alone and memory is its own. Prints a table and, with
--json, writes the figures.
"""

import argparse
import importlib.util
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PINXIT = os.environ.get("PINXIT", os.path.join(ROOT, ".build", "release", "pinxit"))
CASES = [
    "pinxit bf16", "pinxit f32", "pinxit int8", "diffusers bf16", "diffusers f32",
    "openvino bf16", "openvino f32", "onnxruntime f32", "stable-diffusion.cpp f16",
]
# Width of the latents, and of the text's states.
LATENTS = {"sd1.5": 64, "sdxl": 128}
STATES = {"sd1.5": 768, "sdxl": 2048}


def median_seconds(run, count):
    run()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def pinxit(job, precision, runs):
    side = 8 * LATENTS[job.family]
    found = {}
    for stage, name in (("step", "guided step"), ("decode", "decoding")):
        if stage not in job.stages:
            continue
        done = subprocess.run(
            [PINXIT, "bench", "model", "--model", job.model, "--precision", precision, "--size",
             f"{side}x{side}", "--runs", str(runs), "--stage", {"decode": "decoding"}.get(stage, stage),
             "--json"], capture_output=True, text=True, check=True)
        report = json.loads(done.stdout)
        seconds = {stage["stage"]: stage["seconds"] for stage in report["stages"]}
        found[stage] = seconds[name]
        found["memory"] = max(found.get("memory", 0), report["peak_memory"])
    return found


def modules(job, dtype):
    """By stage: a module with plain tensors in and out, as exporters want it, and its inputs."""
    import torch
    from diffusers import AutoencoderKL, UNet2DConditionModel
    torch.set_grad_enabled(False)
    load = lambda kind, part: kind.from_pretrained(
        os.path.join(job.model, part), torch_dtype=dtype).eval()
    side = LATENTS[job.family]

    class Step(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = load(UNet2DConditionModel, "unet")

        def forward(self, x, time, states, pooled=None, sizes=None):
            added = None if pooled is None else {"text_embeds": pooled, "time_ids": sizes}
            return self.inner(x, time, states, added_cond_kwargs=added, return_dict=False)[0]

    class Decoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = load(AutoencoderKL, "vae")

        def forward(self, z):
            return self.inner.decode(z, return_dict=False)[0]

    x = torch.randn(2, 4, side, side)
    step = [x, torch.tensor(500.0), torch.randn(2, 77, STATES[job.family])]
    if job.family == "sdxl":
        step += [torch.randn(2, 1280), torch.full((2, 6), 8.0 * side)]
    made = {"step": lambda: (Step(), step), "decode": lambda: (Decoder(), [x[:1]])}
    for name in job.stages:
        module, inputs = made[name]()
        yield name, module, [value.to(dtype or torch.float32) for value in inputs]


def diffusers(job, precision, runs):
    import torch
    best = {}
    for name, module, inputs in modules(
            job, torch.bfloat16 if precision == "bf16" else torch.float32):
        # Channels last is the faster of the two for some shapes and the slower for others.
        for layout in (torch.contiguous_format, torch.channels_last):
            module.to(memory_format=layout)
            inputs[0] = inputs[0].to(memory_format=layout)
            found = median_seconds(lambda: module(*inputs), runs)
            best[name] = min(best.get(name, found), found)
    return {**best, "memory": peak_bytes()}


def convert(job):
    """Writes OpenVINO's files of `job.stages` to the folder `job.convert`.

    A process of its own does it, so that its memory is not counted. Weights of SDXL stay in 16 bits on
    their way: in 32 and traced they are more than 24 GiB.
    """
    import openvino
    import torch
    from openvino.frontend.pytorch import patch_model
    small = job.family == "sdxl"
    for name, module, inputs in modules(job, torch.float16 if small else None):
        inputs = tuple(value.float() for value in inputs)
        if small:
            getattr(patch_model, "__make_16bit_traceable")(module)
        model = openvino.convert_model(
            module, example_input=inputs, input=[tuple(value.shape) for value in inputs])
        openvino.save_model(model, os.path.join(job.convert, name + ".xml"))


def openvino(job, precision, runs):
    import numpy
    import openvino
    core = openvino.Core()
    settings = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    seconds = {}
    random = numpy.random.default_rng(0)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(job.model)) as folder:
        for name in job.stages:
            subprocess.run(
                own_process(job) + ["--stages", name, "--convert", folder], check=True,
                stdout=subprocess.DEVNULL)
            compiled = core.compile_model(os.path.join(folder, name + ".xml"), "CPU", settings)
            request = compiled.create_infer_request()
            arrays = [
                random.standard_normal(tuple(port.shape)).astype(numpy.float32)
                for port in compiled.inputs]
            seconds[name] = median_seconds(lambda: request.infer(arrays), runs)
            del compiled, request
    return {**seconds, "memory": peak_bytes()}


def onnxruntime(job, precision, runs):
    import onnxruntime as runtime
    import torch
    seconds = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, module, inputs in modules(job, None):
            path = os.path.join(scratch, name, "model.onnx")
            os.makedirs(os.path.dirname(path))
            torch.onnx.export(module, tuple(inputs), path, dynamo=False, external_data=True)
            session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
            feed = {i.name: v.numpy() for i, v in zip(session.get_inputs(), inputs)}
            seconds[name] = median_seconds(lambda: session.run(None, feed), runs)
            del session
    return {**seconds, "memory": None}


def stable_diffusion_cpp(job, precision, runs):
    import stable_diffusion_cpp as peer
    if job.family != "sd1.5":
        raise ValueError("only Stable Diffusion 1.5 is measured with it")
    best = {}
    # As it comes, with its attention in blocks, and with its other convolutions: none is always the fastest.
    for options in ((), ("--diffusion-fa",), ("--diffusion-conv-direct", "--vae-conv-direct")):
        for key, value in peer.seconds(job.model, precision, 1, options).items():
            best[key] = min(best.get(key, value), value)
    return best


def own_process(job):
    """The start of a command that runs this script for the same model."""
    return [
        sys.executable, os.path.abspath(__file__), "--model", job.model, "--family", job.family]


def in_own_process(case, job):
    done = subprocess.run(
        own_process(job) + ["--runs", str(job.runs), "--stages", *job.stages, "--case", case],
        capture_output=True, text=True)
    if done.returncode != 0:
        return {"error": (done.stderr.strip().splitlines() or ["failed"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def full_size_model(family):
    """The folder that `make parity` uses, made if it is not there."""
    if family == "sdxl":
        import full_size_xl
        return full_size_xl.folder()
    spec = importlib.util.spec_from_file_location(
        "parity", os.path.join(ROOT, "scripts", "parity.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.full_size_model()


def table(results):
    def cell(value, digits=2):
        return "" if value is None else f"{value:.{digits}f}"

    print("| program | guided step, s | VAE decode, s | peak memory, GB |")
    print("|---|---|---|---|")
    for case, found in results.items():
        if "error" in found:
            print(f"| {case} | {found['error']} | | |")
            continue
        memory = found["memory"] and found["memory"] / 1e9
        print(f"| {case} | {cell(found.get('step'))} | {cell(found.get('decode'))} | {cell(memory, 1)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cases", nargs="*", help=f"of {', '.join(CASES)}; default all")
    parser.add_argument("--family", default="sd1.5", choices=LATENTS)
    parser.add_argument("--stages", nargs="+", default=["step", "decode"], choices=["step", "decode"])
    parser.add_argument("--model", help="a folder of that family; default: random weights")
    parser.add_argument("--runs", type=int, default=3, help="timed runs of each")
    parser.add_argument("--json", help="also write the figures to this file")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--convert", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.convert:
        convert(options)
        return
    if options.case:
        program, precision = options.case.split()
        program = re.sub(r"\W", "_", program)
        print(json.dumps(globals()[program](options, precision, options.runs)))
        return
    unknown = set(options.cases) - set(CASES)
    if unknown:
        parser.error(f"unknown {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    options.model = options.model or full_size_model(options.family)
    results = {}
    for case in options.cases or CASES:
        print(f"{case} ...", file=sys.stderr, flush=True)
        results[case] = in_own_process(case, options)
    table(results)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results, file, indent=2)


if __name__ == "__main__":
    main()
