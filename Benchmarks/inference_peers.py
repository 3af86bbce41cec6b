"""Stable Diffusion 1.5 on this processor: Pinxit beside its peers, in one run.

Random weights in the exact shapes (speed does not depend on values), 512x512. One guided step is the
U-Net on a batch of two. Each program and type runs in a process of its own, one after the other, so
that times are alone and memory is its own. Prints a table and, with --json, writes the figures.
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
PINXIT = os.path.join(ROOT, ".build", "release", "pinxit")
CASES = [
    "pinxit bf16", "pinxit f32", "pinxit int8", "diffusers bf16", "diffusers f32",
    "openvino bf16", "openvino f32", "onnxruntime f32", "stable-diffusion.cpp f16",
]


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


def pinxit(folder, precision, runs):
    done = subprocess.run(
        [PINXIT, "bench", "model", "--model", folder, "--precision", precision, "--size", "512x512",
         "--runs", str(runs), "--json"], capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    seconds = {stage["stage"]: stage["seconds"] for stage in report["stages"]}
    return {"step": seconds["guided step"], "decode": seconds["decoding"],
            "memory": report["peak_memory"]}


def networks(folder, dtype):
    import torch
    from diffusers import AutoencoderKL, UNet2DConditionModel
    torch.set_grad_enabled(False)
    unet = UNet2DConditionModel.from_pretrained(os.path.join(folder, "unet"), torch_dtype=dtype)
    vae = AutoencoderKL.from_pretrained(os.path.join(folder, "vae"), torch_dtype=dtype)
    return torch, unet.eval(), vae.eval()


def diffusers(folder, precision, runs):
    import torch
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    torch, unet, vae = networks(folder, dtype)
    best = {}
    # Channels last is the faster of the two for some shapes and the slower for others.
    for layout in (torch.contiguous_format, torch.channels_last):
        unet, vae = unet.to(memory_format=layout), vae.to(memory_format=layout)
        x = torch.randn(2, 4, 64, 64).to(dtype).to(memory_format=layout)
        states = torch.randn(2, 77, 768).to(dtype)
        z = x[:1]
        found = {"step": median_seconds(lambda: unet(x, 500, states), runs),
                 "decode": median_seconds(lambda: vae.decode(z), runs)}
        for key, value in found.items():
            best[key] = min(best.get(key, value), value)
    return {**best, "memory": peak_bytes()}


class Step:
    """The U-Net with plain tensors in and out, as exporters want it."""

    @staticmethod
    def of(torch, unet):
        class Module(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.unet = unet

            def forward(self, x, time, states):
                return self.unet(x, time, states, return_dict=False)[0]
        return Module()

    @staticmethod
    def inputs(torch):
        return torch.randn(2, 4, 64, 64), torch.tensor(500.0), torch.randn(2, 77, 768)


def decoder(torch, vae):
    class Module(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.vae = vae

        def forward(self, z):
            return self.vae.decode(z, return_dict=False)[0]
    return Module()


def openvino(folder, precision, runs):
    import openvino
    torch, unet, vae = networks(folder, None)
    core = openvino.Core()
    settings = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    seconds = {}
    jobs = {"step": (Step.of(torch, unet), Step.inputs(torch)),
            "decode": (decoder(torch, vae), (torch.randn(1, 4, 64, 64),))}
    for name, (module, inputs) in jobs.items():
        shapes = [tuple(value.shape) for value in inputs]
        model = openvino.convert_model(module, example_input=inputs, input=shapes)
        compiled = core.compile_model(model, "CPU", settings)
        request = compiled.create_infer_request()
        arrays = [value.numpy() for value in inputs]
        seconds[name] = median_seconds(lambda: request.infer(arrays), runs)
        del model, compiled, request
    return {**seconds, "memory": None}  # converting in the same process would count too


def onnxruntime(folder, precision, runs):
    import onnxruntime as runtime
    torch, unet, vae = networks(folder, None)
    seconds = {}
    with tempfile.TemporaryDirectory() as scratch:
        jobs = {"step": (Step.of(torch, unet), Step.inputs(torch)),
                "decode": (decoder(torch, vae), (torch.randn(1, 4, 64, 64),))}
        for name, (module, inputs) in jobs.items():
            path = os.path.join(scratch, name, "model.onnx")
            os.makedirs(os.path.dirname(path))
            torch.onnx.export(module, inputs, path, dynamo=False, external_data=True)
            session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
            feed = {i.name: v.numpy() for i, v in zip(session.get_inputs(), inputs)}
            seconds[name] = median_seconds(lambda: session.run(None, feed), runs)
            del session
    return {**seconds, "memory": None}


def stable_diffusion_cpp(folder, precision, runs):
    import stable_diffusion_cpp as peer
    best = {}
    # As it comes, with its attention in blocks, and with its other convolutions: none is always the fastest.
    for options in ((), ("--diffusion-fa",), ("--diffusion-conv-direct", "--vae-conv-direct")):
        for key, value in peer.seconds(folder, precision, 1, options).items():
            best[key] = min(best.get(key, value), value)
    return best


def in_own_process(case, folder, runs):
    done = subprocess.run(
        [sys.executable, os.path.abspath(__file__), "--model", folder, "--runs", str(runs),
         "--case", case], capture_output=True, text=True)
    if done.returncode != 0:
        return {"error": (done.stderr.strip().splitlines() or ["failed"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def full_size_model():
    """The folder that `make parity` uses, made if it is not there."""
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
        print(f"| {case} | {cell(found['step'])} | {cell(found['decode'])} | {cell(memory, 1)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cases", nargs="*", help=f"of {', '.join(CASES)}; default all")
    parser.add_argument("--model", help="a Stable Diffusion 1.x folder; default: random weights")
    parser.add_argument("--runs", type=int, default=3, help="timed runs of each")
    parser.add_argument("--json", help="also write the figures to this file")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        program, precision = options.case.split()
        program = re.sub(r"\W", "_", program)
        print(json.dumps(globals()[program](options.model, precision, options.runs)))
        return
    unknown = set(options.cases) - set(CASES)
    if unknown:
        parser.error(f"unknown {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    folder = options.model or full_size_model()
    results = {}
    for case in options.cases or CASES:
        print(f"{case} ...", file=sys.stderr, flush=True)
        results[case] = in_own_process(case, folder, options.runs)
    table(results)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results, file, indent=2)


if __name__ == "__main__":
    main()
