"""A step of a LoRA of Stable Diffusion 1.5 at 512x512, batch 1: Pinxit beside PyTorch with PEFT.

Random weights in the exact shapes (speed does not depend on values), rank 8 on the attention of the
U-Net, AdamW. Pinxit trains on four pictures by its own command, and its log is read; PyTorch is
given latents and text states, so that it does nothing else than steps. Each is a process of its own,
one after the other. Prints a table: seconds of a step after the first, and the most memory.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Benchmarks"))
import start_to_file  # noqa: E402  makes the model the first time

PINXIT = start_to_file.PINXIT
KINDS = ["pinxit bf16", "pinxit f32", "peft bf16", "peft f32"]


def with_memory(command, folder):
    """Runs a process: what it printed, and the most memory it had in GB."""
    script = (
        "import json,resource,subprocess,sys\n"
        "r=subprocess.run(sys.argv[2:],capture_output=True,text=True)\n"
        "peak=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss/1e6\n"
        "json.dump([r.returncode,r.stdout,r.stderr,peak],open(sys.argv[1],'w'))\n")
    report = os.path.join(folder, "report.json")
    subprocess.run([sys.executable, "-c", script, report, *command], check=True)
    code, output, errors, peak = json.load(open(report))
    if code != 0:
        sys.exit(f"{' '.join(command)}: {errors[-2000:]}")
    return output, peak


def pictures(folder):
    from PIL import Image

    os.makedirs(folder)
    for index in range(4):
        name = os.path.join(folder, str(index))
        Image.radial_gradient("L").resize((512, 512)).rotate(90 * index).convert("RGB").save(
            name + ".png")
        with open(name + ".txt", "w") as file:
            file.write("a photo of sks dog")


def pinxit(precision, recomputes, steps, folder):
    data, recipe = os.path.join(folder, "data"), os.path.join(folder, "lora.json")
    pictures(data)
    with open(recipe, "w") as file:
        json.dump({
            "task": {"rank": 8, "alpha": 8, "recompute": recomputes},
            "optimisation": {
                "samples": steps, "batch": 1, "learning_rate": 1e-4, "warm_up": 1,
                "log_every": 1, "report_every": 1000, "save_every": 1000,
                "precision": precision, "average_decay": 0},
        }, file)
    output = os.path.join(folder, "it.safetensors")
    _, peak = with_memory([
        PINXIT, "train", "lora", "--config", recipe, "--dataset", data, "--quiet",
        "--model", start_to_file.model("random-sd1.5"), "--output", output], folder)
    with open(output + ".runs/lora/train.csv") as file:
        rate = float(list(csv.DictReader(file))[-1]["samples_per_second"])
    return 1 / rate, peak


def peft(precision, recomputes, steps):
    import torch
    from diffusers import UNet2DConditionModel
    from peft import LoraConfig

    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    unet = UNet2DConditionModel.from_pretrained(
        start_to_file.model("random-sd1.5"), subfolder="unet", torch_dtype=kind)
    unet.requires_grad_(False)
    unet.add_adapter(LoraConfig(
        r=8, lora_alpha=8, target_modules=["to_q", "to_k", "to_v", "to_out.0"]))
    if recomputes:
        unet.enable_gradient_checkpointing()
    unet.train()
    learnt = [p for p in unet.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learnt, lr=1e-4)
    x, noise = torch.randn(1, 4, 64, 64, dtype=kind), torch.randn(1, 4, 64, 64)
    states = torch.randn(1, 77, 768, dtype=kind)
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        said = unet(x, torch.tensor([500]), states).sample.float()
        ((said - noise) ** 2).mean().backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        times.append(time.perf_counter() - start)
    print(statistics.median(times[1:]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=KINDS, default=KINDS)
    parser.add_argument("--recompute", action="store_true", help="both compute layers again")
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--peft", choices=["bf16", "f32"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peft:
        return peft(options.peft, options.recompute, options.steps)
    print("| | s a step | GB at most |\n|---|---|---|")
    for kind in options.only:
        program, precision = kind.split()
        with tempfile.TemporaryDirectory() as folder:
            if program == "pinxit":
                seconds, peak = pinxit(precision, options.recompute, options.steps, folder)
            else:
                command = [
                    sys.executable, os.path.abspath(__file__), "--peft", precision,
                    "--steps", str(options.steps)]
                if options.recompute:
                    command.append("--recompute")
                output, peak = with_memory(command, folder)
                seconds = float(output.split()[-1])
        print(f"| {kind} | {seconds:.1f} | {peak:.2f} |", flush=True)
    return 0


if __name__ == "__main__":
    main()
