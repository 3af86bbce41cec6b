"""PyTorch's side of `equal_hour.py`, which runs it: `equal_hour_torch.py FOLDER TASK`.

`start` writes random weights, `pace` finds the fastest configuration, `check` takes a few steps,
`train` trains, `losses` measures finished U-Nets.
"""

import argparse
import copy
import csv
import itertools
import json
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderTiny, UNet2DConditionModel
from PIL import Image
from safetensors.torch import load_file
from transformers import CLIPTextModel, CLIPTokenizer

import equal_hour_data
import torch_training

TIMES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the held-out loss, as `pinxit train` measures it
HELD_OUT = 128


class Hour:
    """What both programs learn from and how: the recipe, the pictures' latents and captions."""

    def __init__(self, folder, bf16=False, channels_last=False):
        self.folder, self.bf16 = folder, bf16
        self.format = torch.channels_last if channels_last else torch.contiguous_format
        with open(self.path("recipe.json"), encoding="utf-8") as file:
            recipe = json.load(file)
        self.task, self.optimisation = recipe["task"], recipe["optimisation"]
        self.seed, self.batch = self.optimisation["seed"], self.optimisation["batch"]
        self.pictures = equal_hour_data.Pictures(self.path("pictures"))
        self.order = self.pictures.stream("train", self.seed)
        self.epochs = equal_hour_data.EpochOrder(len(self.order), self.seed)
        self.latents = load_file(self.path("latents.safetensors"))["latents"]
        self.tokenizer = CLIPTokenizer.from_pretrained(self.path("parts/tokenizer"))
        self.text = CLIPTextModel.from_pretrained(self.path("parts/text_encoder")).eval()

    def path(self, name):
        return os.path.join(self.folder, name)

    def unet(self, name):
        return UNet2DConditionModel.from_pretrained(
            self.path(name), subfolder="unet", torch_dtype=torch.float32)

    @torch.no_grad()
    def states(self, captions):
        """Text states, `[captions, tokens, features]`, 64 at a time."""
        parts = []
        for start in range(0, len(captions), 64):
            ids = self.tokenizer(
                captions[start:start + 64], padding="max_length", truncation=True,
                max_length=self.tokenizer.model_max_length, return_tensors="pt").input_ids
            with self.autocast():
                parts.append(self.text(input_ids=ids).last_hidden_state)
        states = torch.cat(parts)
        return states.bfloat16() if self.bf16 else states

    def remember_states(self):
        """Makes the states of every different caption of the training pictures, and the empty one's."""
        captions = [self.pictures.captions[i] for i in self.order]
        rows = {caption: row for row, caption in enumerate(dict.fromkeys([""] + captions))}
        self.rows = [rows[caption] for caption in captions]
        self.known = self.states(list(rows))

    def autocast(self):
        return torch.autocast("cpu", torch.bfloat16, enabled=self.bf16)

    def encoded(self, numbers):
        """Latents of pictures in f32 by diffusers' autoencoder, `[pictures, height, width, channels]`."""
        vae = AutoencoderTiny.from_pretrained(self.path("parts/vae"), torch_dtype=torch.float32)
        pixels = torch.stack([
            torch.from_numpy(np.array(Image.open(self.pictures.paths[i]).convert("RGB")))
            for i in numbers]).permute(0, 3, 1, 2) / 127.5 - 1
        with torch.no_grad():
            return (vae.encode(pixels).latents * vae.config.scaling_factor).permute(0, 2, 3, 1)

    def loss(self, unet, x0, noise, times, states):
        """`FlowLoss.swift`; latents and noise are `[batch, height, width, channels]`."""
        x0, target = (
            each.permute(0, 3, 1, 2).contiguous(memory_format=self.format) for each in (x0, noise - x0))
        with self.autocast():
            velocity = unet(x0 + times[:, None, None, None] * target, times * 1000, states).sample
        return F.mse_loss(velocity.float(), target)

    def step_loss(self, unet, step):
        indices = self.epochs.batch(step, self.batch)
        dropped, times, noise = equal_hour_data.draws(
            self.seed, step, self.batch, self.latents.shape[1:], self.task["caption_dropout"],
            self.task["time_mean"])
        rows = [0 if drop else self.rows[i] for i, drop in zip(indices, dropped)]
        return self.loss(
            unet, self.latents[indices].float(), torch.from_numpy(noise), torch.from_numpy(times),
            self.known[rows])

    def held_out(self):
        numbers = self.pictures.stream("test", 1, HELD_OUT)
        noise = equal_hour_data.SplitMix64(7).normal(HELD_OUT * self.latents[0].numel())
        x0 = self.encoded(numbers)
        return (
            x0, torch.from_numpy(noise).reshape(x0.shape),
            self.states([self.pictures.captions[i] for i in numbers]))

    @torch.no_grad()
    def held_out_losses(self, unet, held_out):
        x0, noise, states = held_out
        return [self.loss(unet, x0, noise, torch.full((len(x0),), t), states).item() for t in TIMES]


class Learner:
    """The weights that learn, their optimiser and their average, as `Sources/Training` has them."""

    def __init__(self, hour):
        self.hour, o = hour, hour.optimisation
        self.unet = hour.unet("start").train().to(memory_format=hour.format)
        self.average = copy.deepcopy(self.unet).eval().requires_grad_(False)
        self.parameters = list(self.unet.parameters())
        matrices = [p for p in self.parameters if p.dim() > 1]
        others = [p for p in self.parameters if p.dim() < 2]
        self.optimiser = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": o["weight_decay"]},
             {"params": others, "weight_decay": 0}],
            betas=(o["beta1"], o["beta2"]), eps=o["epsilon"], fused=True)

    def compile(self):
        """By `torch.compile`, with one loss of the right shapes to have it done."""
        self.unet.compile()
        x0 = self.hour.latents[:self.hour.batch].float()
        states = self.hour.states([""] * len(x0))
        self.hour.loss(self.unet, x0, torch.zeros_like(x0), torch.ones(len(x0)), states).backward()

    def advance(self, step, progress):
        """One step; `progress` is how much of the learning rate's half cosine is over."""
        o = self.hour.optimisation
        rate = o["learning_rate"] * (
            (step + 1) / o["warm_up"] if step < o["warm_up"]
            else (1 + math.cos(math.pi * min(progress, 1))) / 2)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.hour.step_loss(self.unet, step)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, o["clip"])
        self.optimiser.step()
        decay = min(o["average_decay"], (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), self.parameters, 1 - decay)
        return loss.item()

    def state(self):
        return [part.state_dict() for part in (self.unet, self.average, self.optimiser)]

    def restore(self, state):
        for part, kept in zip((self.unet, self.average, self.optimiser), state):
            part.load_state_dict(kept)


def start(folder):
    """Weights as diffusers draws them, in f32."""
    torch.manual_seed(1)
    with open(os.path.join(folder, "unet.json"), encoding="utf-8") as file:
        unet = UNet2DConditionModel.from_config(json.load(file))
    unet.save_pretrained(os.path.join(folder, "start", "unet"))


def pace(seconds):
    """The fastest of f32 and bf16, with and without channels last, compiled and not."""
    rates = {}
    for bf16, last, compiled in itertools.product((False, True), repeat=3):
        torch.compiler.reset()
        try:
            rate, _ = torch_training.measure(torch_training.unet, bf16, last, seconds, compiled)
        except Exception as error:
            if not compiled:
                raise
            # It needs a C++ compiler.
            print(f"torch.compile is left out: {error}", flush=True)
            continue
        rates[bf16, last, compiled] = rate
        print(f"bf16 {bf16}, channels last {last}, compiled {compiled}: {rate:.1f} samples/s", flush=True)
    bf16, channels_last, compiled = max(rates, key=rates.get)
    return {"bf16": bf16, "channels_last": channels_last, "compiled": compiled}


def check(folder, steps):
    """Losses of the first steps in f32, and how far diffusers' latents are from the kept ones."""
    hour = Hour(folder)
    own, kept = hour.encoded(hour.order[:256]), hour.latents[:256].float()
    hour.remember_states()
    learner = Learner(hour)
    losses = [learner.advance(step, 0) for step in range(steps)]
    return {
        "losses": losses, "latents": ((own - kept).square().mean() / own.square().mean()).sqrt().item()}


def train(folder, seconds, reports, bf16, channels_last, compiled):
    """Trains for so long; goes on where a killed run's last report was."""
    hour = Hour(folder, bf16, channels_last)
    held_out, learner = hour.held_out(), Learner(hour)
    kept, step, before, warm, rows = os.path.join(folder, "pytorch.pt"), 0, 0, 0, []
    if os.path.exists(kept):
        step, before, warm, rows, state = torch.load(kept)
        learner.restore(state)
    if compiled:
        learner.compile()
    clock = time.monotonic() - before
    hour.remember_states()
    elapsed, losses = time.monotonic() - clock, []
    while True:
        if step <= hour.optimisation["warm_up"]:
            warm = elapsed
        losses.append(learner.advance(step, (elapsed - warm) / (seconds - warm)))
        step, elapsed = step + 1, time.monotonic() - clock
        if elapsed < min(seconds, seconds * (len(rows) + 1) / reports):
            continue
        rows.append([elapsed, step, *hour.held_out_losses(learner.average, held_out)])
        print(f"{elapsed:.0f} s, step {step}, training loss {sum(losses) / len(losses):.4f}, "
              f"held-out loss {sum(rows[-1][2:]) / len(TIMES):.4f}", flush=True)
        losses = []
        if elapsed >= seconds:
            break
        torch.save([step, elapsed, warm, rows, learner.state()], kept + ".new")
        os.replace(kept + ".new", kept)
        elapsed = time.monotonic() - clock
    finished = learner.average.half().to(memory_format=torch.contiguous_format)
    finished.save_pretrained(os.path.join(folder, "pytorch", "unet"))
    with open(os.path.join(folder, "pytorch.csv"), "w", newline="") as file:
        csv.writer(file).writerows([["seconds", "step", *TIMES], *rows])
    return {"seconds": rows[-1][0], "steps": step}


def losses(folder, models):
    """The mean held-out loss of finished U-Nets in f32."""
    hour = Hour(folder)
    held_out = hour.held_out()
    found = [hour.held_out_losses(hour.unet(model).eval(), held_out) for model in models]
    return dict(zip(models, [sum(each) / len(TIMES) for each in found]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("task", choices=["start", "pace", "check", "train", "losses"])
    parser.add_argument("--arguments", type=json.loads, default={}, help="of the task, as JSON")
    parser.add_argument("--result", help="the file for what it found, JSON")
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", len(os.sched_getaffinity(0)))))
    tasks = {
        "start": start, "check": check, "train": train, "losses": losses,
        "pace": lambda _, seconds: pace(seconds)}
    result = tasks[options.task](options.folder, **options.arguments)
    if options.result:
        with open(options.result, "w") as file:
            json.dump(result, file)


if __name__ == "__main__":
    main()
