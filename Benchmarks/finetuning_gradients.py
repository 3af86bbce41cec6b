"""The gradients of one step of fine-tuning: Pinxit beside PyTorch (with PEFT for a LoRA).

Pinxit trains two steps on one picture by its own command, with a first moment that forgets, so that
its checkpoint holds the second step's gradients, and the one before it the weights they are of.
PyTorch is given those weights, the cached latents, and the same noise and time step, which follow
from seed and step. Prints both losses and how far gradients are apart; in f32 more than --limit for
all together is an error. By default a LoRA of Stable Diffusion 1.5's exact shapes at 512x512, with
random weights (made the first time): about a minute a step in f32, and 10 GB of memory.

    python3 Benchmarks/finetuning_gradients.py                        # a LoRA at full size
    python3 Benchmarks/finetuning_gradients.py --precision bf16
    python3 Benchmarks/finetuning_gradients.py --stage finetune --model Tests/Fixtures/tiny-sd1
"""

import argparse
import csv
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Benchmarks"))
import start_to_file  # noqa: E402  makes the model the first time

SEED, RANK, CAPTION = 1, 8, "a photo of sks dog"
MASK = (1 << 64) - 1


class SplitMix64:
    """As `Sources/Tensors/Random/SplitMix64.swift`: the stream of one step of a seed."""

    def __init__(self, seed, index=None):
        self.state = seed
        if index is not None:
            offset = SplitMix64(seed ^ 0x6A09E667F3BCC908).next()
            self.state = SplitMix64((offset + index) & MASK).next()

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def uniform(self):
        return (self.next() >> 40) * 2.0**-24

    def below(self, bound):
        return (self.next() * bound) >> 64

    def normals(self, count):
        values = []
        for _ in range((count + 1) // 2):
            radius = math.sqrt(-2 * math.log(1 - self.uniform()))
            angle = 2 * math.pi * self.uniform()
            values += [radius * math.cos(angle), radius * math.sin(angle)]
        return values[:count]


def train(options, folder):
    """Two steps: the run's folder, and the checkpoints after each."""
    from PIL import Image

    data = os.path.join(folder, "data")
    os.makedirs(data)
    Image.radial_gradient("L").rotate(30).convert("RGB").resize((options.size,) * 2).save(
        os.path.join(data, "0.png"))
    with open(os.path.join(data, "0.txt"), "w") as file:
        file.write(CAPTION)
    task = {"rank": RANK, "alpha": RANK} if options.stage == "lora" else {}
    checkpoints = []
    for steps in (1, 2):
        recipe = os.path.join(folder, f"{steps}.json")
        with open(recipe, "w") as file:
            json.dump({
                "task": {**task, "recompute": options.recompute},
                "dataset": {"size": options.size, "crop": "center"},
                "optimisation": {
                    "samples": steps, "batch": 1, "warm_up": 0, "beta1": 0, "clip": 1e20, "seed": SEED,
                    "learning_rate": 1e-2 if task else 1e-4, "weight_decay": 0, "average_decay": 0,
                    "precision": options.precision, "log_every": 1, "report_every": 9,
                    "save_every": 1}}, file)
        output = os.path.join(folder, "it" + (".safetensors" if task else ""))
        subprocess.run(
            [start_to_file.PINXIT, "train", options.stage, "--config", recipe, "--dataset", data,
             "--model", options.model, "--output", output, "--quiet", "--accept-changes"], check=True)
        run = f"{output}.runs/{options.stage}"
        checkpoints.append(os.path.join(folder, f"{steps}.safetensors"))
        shutil.copy(os.path.join(run, "checkpoint.safetensors"), checkpoints[-1])
    return run, checkpoints


def torch_step(options, run, weights):
    """PyTorch's loss and gradients of the second step, by Pinxit's names."""
    import torch
    from diffusers import DDPMScheduler, StableDiffusionPipeline
    from peft import LoraConfig, inject_adapter_in_model
    from safetensors.torch import load_file

    pipe = StableDiffusionPipeline.from_pretrained(
        options.model, torch_dtype=torch.float32, safety_checker=None, feature_extractor=None,
        requires_safety_checker=False)
    scheduler = DDPMScheduler.from_config(pipe.scheduler.config)
    kind = scheduler.config.prediction_type
    if kind not in ("epsilon", "v_prediction"):
        sys.exit(f"{options.model}: prediction_type: {kind}; epsilon and v_prediction are accepted")
    unet = pipe.unet
    if options.stage == "lora":
        unet.requires_grad_(False)
        inject_adapter_in_model(LoraConfig(
            r=RANK, lora_alpha=RANK, target_modules=["to_q", "to_k", "to_v", "to_out.0"]), unet)
    learnt = {"unet." + name.replace(".default", ""): parameter
              for name, parameter in unet.named_parameters() if parameter.requires_grad}
    assert learnt.keys() == weights.keys(), sorted(learnt.keys() ^ weights.keys())[:8]
    with torch.no_grad():
        for name, parameter in learnt.items():
            parameter.copy_(weights[name].reshape(parameter.shape))
    latents = load_file(os.path.join(run, "latents.safetensors"))["latents"].float()
    x0 = latents.permute(0, 3, 1, 2)
    random = SplitMix64(SEED + 1, 1)
    random.next()  # whether the caption is left out
    t = torch.tensor([random.below(scheduler.config.num_train_timesteps)])
    noise = torch.tensor(random.normals(latents.numel())).reshape(latents.shape).permute(0, 3, 1, 2)
    with torch.no_grad():
        ids = pipe.tokenizer(
            CAPTION, padding="max_length", max_length=pipe.tokenizer.model_max_length,
            truncation=True, return_tensors="pt").input_ids
        states = pipe.text_encoder(ids).last_hidden_state
    if options.recompute:
        unet.enable_gradient_checkpointing()
        unet.train()
    x = scheduler.add_noise(x0, noise, t)
    target = scheduler.get_velocity(x0, noise, t) if kind == "v_prediction" else noise
    loss = ((unet(x, t, states).sample - target) ** 2).mean()
    loss.backward()
    return loss.item(), {name: parameter.grad for name, parameter in learnt.items()}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage", choices=["lora", "finetune"], default="lora")
    parser.add_argument("--model", help="a Stable Diffusion in diffusers' layout")
    parser.add_argument("--size", type=int, help="pixels of a side, by default the model's")
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32", help="Pinxit's")
    parser.add_argument("--recompute", action="store_true", help="both compute layers again")
    parser.add_argument("--limit", type=float, default=2e-4)
    options = parser.parse_args()
    options.model = options.model or start_to_file.model("random-sd1.5")
    with open(os.path.join(options.model, "unet", "config.json")) as file:
        latent = json.load(file)["sample_size"]
    with open(os.path.join(options.model, "vae", "config.json")) as file:
        levels = len(json.load(file)["block_out_channels"])
    options.size = options.size or latent << (levels - 1)
    with tempfile.TemporaryDirectory() as folder:
        run, (before, after) = train(options, folder)
        # The heavy imports only now: Pinxit has ended and left its memory.
        from safetensors.torch import load_file

        def part(file, start):
            return {name[len(start):]: tensor for name, tensor in load_file(file).items()
                    if name.startswith(start)}

        own = part(after, "first/")
        with open(os.path.join(run, "train.csv")) as file:
            own_loss = float(list(csv.DictReader(file))[-1]["loss"])
        loss, gradients = torch_step(options, run, part(before, "weights/"))
    differences = []
    both = [0.0, 0.0, 0.0, 0.0]
    for name, wanted in gradients.items():
        found = own[name].double().flatten()
        wanted = wanted.double().flatten()
        apart, size = (found - wanted).norm().item(), wanted.norm().item()
        differences.append((apart / max(size, 1e-30), name))
        for index, value in enumerate((apart**2, size**2, (found @ wanted).item(), (found @ found).item())):
            both[index] += value
    differences.sort()
    whole = math.sqrt(both[0] / both[1])
    print(f"loss: {own_loss:.7f}, PyTorch's {loss:.7f}")
    print(f"{len(differences)} gradients, all together {whole:.1e} apart, cosine "
          f"{both[2] / math.sqrt(both[1] * both[3]):.9f}")
    print(f"each by itself: half within {differences[len(differences) // 2][0]:.1e}, the farthest "
          f"{differences[-1][0]:.1e} ({differences[-1][1]})")
    if options.precision == "f32" and whole > options.limit:
        sys.exit(f"more than {options.limit}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
