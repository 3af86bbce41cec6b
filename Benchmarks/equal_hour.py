"""Pinxit and PyTorch train the same model for an hour each, one after the other.

The same U-Net (64/128/192 channels on 16x16x8 latents, 11.0M parameters) from the same random
weights, on the same captioned pictures in the same order, with the same dropped captions, times and
noise, by the same loss, optimiser and average of weights; tokenizer, text tower and autoencoder are
those of Models/pinxit-small and stay. So a step is the same in both, which is checked first: in f32
the losses of the first steps must agree. Then each trains as it is fastest: Pinxit in bf16, PyTorch
in the best of f32 and bf16 autocast, with or without channels last, compiled or not.

Pinxit's pace says how many samples fill its hour, and so how long its learning rate falls. PyTorch
gets the seconds that Pinxit then took, and its rate falls by the clock. Before the hour latents are
made, by Pinxit, and torch.compile does its work; text states, reports and checkpoints are within the
hour of both. Held-out losses are of the same 128 pictures at the same times and noise; both finished
models are measured by the same `pinxit evaluate`.

Run it when nothing else runs; with its measuring it takes some two and a half hours. What is done is
kept in the folder, and what was stopped goes on from its last report when the same command is given
again: scripts/python Benchmarks/equal_hour.py
"""

import argparse
import glob
import json
import os
import shutil
import struct
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Benchmarks"))
import equal_hour_report  # noqa: E402
import start_to_file  # noqa: E402

PINXIT = start_to_file.PINXIT
SHIPPED = os.path.join(ROOT, "Models", "pinxit-small")
CHECKED = 8  # steps whose losses are compared


def run(*command):
    """Runs a program, whose failure ends this one."""
    status = subprocess.run(command).returncode
    if status:
        sys.exit(f"{' '.join(command)}: ended with {status}; the same command goes on from here")


def recipe(*names):
    return os.path.join(ROOT, "Recipes", *names)


class Folder:
    """Where everything lies; a step whose result is there is not taken again."""

    def __init__(self, options):
        self.path, self.options = os.path.abspath(options.folder), options
        os.makedirs(self.path, exist_ok=True)
        chosen = {name: value for name, value in vars(options).items() if name != "folder"}
        if self.kept("options.json", lambda: chosen) != chosen:
            sys.exit(f"{self('options.json')}: was begun with other options; accepted: the same, or "
                     "another --folder")

    def __call__(self, *names):
        return os.path.join(self.path, *names)

    def write(self, name, value):
        with open(self(name + ".new"), "w", encoding="utf-8") as file:
            json.dump(value, file, indent=1, ensure_ascii=False)
        os.replace(self(name + ".new"), self(name))

    def kept(self, name, make):
        """What a JSON file says, which is made first if it is not there."""
        if not os.path.exists(self(name)):
            print(f"-- {name}", file=sys.stderr, flush=True)
            self.write(name, make())
        with open(self(name), encoding="utf-8") as file:
            return json.load(file)

    def torch(self, task, **arguments):
        """Runs a task of PyTorch's side in a process of its own."""
        result = self(f"{task}.result")
        run(
            sys.executable, os.path.join(ROOT, "Benchmarks", "equal_hour_torch.py"), self.path, task,
            "--arguments", json.dumps(arguments), "--result", result)
        with open(result) as file:
            return json.load(file)

    def pinxit(self, name, **optimisation):
        """Trains by Pinxit in a model folder of that name; gives the seconds of logged steps."""
        place, latents = self(name + ".run"), "latents.safetensors"
        shutil.copytree(self("parts"), self(name), dirs_exist_ok=True)
        os.makedirs(place, exist_ok=True)
        link(self(latents), os.path.join(place, latents))
        changes = [f"--set=optimisation.{key}={value}" for key, value in optimisation.items()]
        run(
            PINXIT, "train", "diffusion", "--config", self("recipe.json"), "--quiet",
            "--dataset", self("pictures"), "--model", self(name), "--run", place,
            "--start-from", self("start"), *changes)
        link(os.path.join(place, latents), self(latents))
        return seconds_of_steps(place)

    def remove(self, name):
        """A model and its run, which hold some 200 MB."""
        for each in (name, name + ".run"):
            shutil.rmtree(self(each))


def link(source, target):
    """Gives a file another name, unless that is there."""
    if os.path.exists(source) and not os.path.exists(target):
        os.link(source, target)


def seconds_of_steps(place):
    """Since the first step began, by TensorBoard's event files; waiting after a kill is left out."""
    seconds, before = {}, 0
    for path in sorted(glob.glob(os.path.join(place, "events.out.tfevents.*"))):
        begin, last = None, before
        with open(path, "rb") as file:
            while len(header := file.read(12)) == 12:
                event = file.read(struct.unpack("<Q", header[:8])[0])
                file.read(4)
                wall, step = struct.unpack("<d", event[1:9])[0], 0
                begin = begin or wall
                if b"samples_per_second" not in event:
                    continue
                for place, byte in enumerate(event[10:20]):
                    step |= (byte & 127) << 7 * place
                    if byte < 128:
                        break
                last = seconds[step] = before + wall - begin
        before = last
    return seconds


def data(folder):
    """Pictures by `pinxit dataset`, with the first of each one's captions alone."""
    run(
        PINXIT, "dataset", "make", "--config", recipe("dataset.json"), "--download",
        "--output", folder("sprites"), "--export", str(folder.options.pictures),
        "--export-to", folder("pictures"))
    table = folder("pictures", "metadata.jsonl")
    with open(table, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    with open(table + ".new", "w", encoding="utf-8") as file:
        for line in lines:
            kept = {name: line[name] for name in ("file_name", "text")}
            file.write(json.dumps(kept, ensure_ascii=False) + "\n")
    os.replace(table + ".new", table)
    return {"pictures": len(lines)}


def start(folder):
    """The parts that stay, the random weights, and the recipe but for its length."""
    for part in ("tokenizer", "text_encoder", "vae"):
        shutil.copytree(os.path.join(SHIPPED, part), folder("parts", part), dirs_exist_ok=True)
    shutil.copyfile(os.path.join(SHIPPED, "unet", "config.json"), folder("unet.json"))
    folder.torch("start")
    with open(recipe("pictures", "diffusion.json"), encoding="utf-8") as file:
        hour = json.load(file)
    hour["note"] = "One hour beside PyTorch: Benchmarks/equal_hour.py."
    hour["task"].update(train_text_encoder=False, pictures=folder.options.pictures)
    hour["optimisation"] = {
        "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8, "clip": 1.0, "seed": 1, "precision": "bf16",
        **hour["optimisation"], "batch": folder.options.batch}
    hour["prompts"] = ["a red apple"]
    folder.write("recipe.json", hour)
    return {}


def check(folder):
    """Whether both take the same steps: the losses of the first ones, in f32."""
    folder.pinxit(
        "check", precision="f32", samples=CHECKED * folder.options.batch, log_every=1)
    with open(folder("check.run", "train.csv")) as file:
        names, *rows = [line.strip().split(",") for line in file]
    own = [float(row[names.index("loss")]) for row in rows]
    theirs = folder.torch("check", steps=CHECKED)
    found = {
        "pinxit": own, "pytorch": theirs["losses"],
        "difference": max(abs(a - b) / b for a, b in zip(own, theirs["losses"], strict=True)),
        "latents": theirs["latents"]}
    print(f"the first {CHECKED} losses differ by {found['difference']:.1e} at most, latents by "
          f"{found['latents']:.1e}", file=sys.stderr)
    if found["difference"] > 1e-3 or found["latents"] > 0.02:
        sys.exit(f"the programs do not do the same: {found}")
    folder.remove("check")
    return found


def plan(folder):
    """How many steps fill Pinxit's hour; the recipe is then whole."""
    steps = folder.options.pilot
    seconds = folder.pinxit(
        "pilot", samples=steps * folder.options.batch, log_every=steps // 2, report_every=steps)
    half, whole = seconds[steps // 2], seconds[steps]
    # What the first half took longer is text states that are made once.
    each = (whole - half) / (steps - steps // 2)
    rest = folder.options.minutes * 60 - max(0, half - each * (steps // 2))
    reports = folder.options.reports
    every = max(4, round(rest / each / reports / 4) * 4)
    with open(folder("recipe.json"), encoding="utf-8") as file:
        hour = json.load(file)
    hour["optimisation"].update(
        samples=every * reports * folder.options.batch, report_every=every, save_every=every,
        log_every=every // 4, warm_up=min(300, every * reports // 20))
    folder.write("recipe.json", hour)
    folder.remove("pilot")
    return {"seconds_of_a_step": each, "steps": every * reports}


def train_pinxit(folder):
    """The hour of Pinxit."""
    seconds = folder.pinxit("pinxit")
    with open(folder("pinxit.run", "heldout.csv")) as file, open(folder("pinxit.csv"), "w") as copy:
        for line in file:
            step, _, losses = line.partition(",")
            copy.write(f"{seconds.get(int(step)) if step.isdigit() else 'seconds'},{step},{losses}")
    return {"seconds": max(seconds.values()), "steps": max(seconds), "bf16": True}


def train_pytorch(folder):
    """The same time of PyTorch, and the rest of its model's folder."""
    seconds = folder.kept("pinxit.json", dict)["seconds"]
    fastest = folder.kept("pace.json", lambda: folder.torch(
        "pace", seconds=min(20, folder.options.minutes * 10)))
    shutil.copytree(
        folder("pinxit"), folder("pytorch"), dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("unet", "report"))
    found = folder.torch("train", seconds=seconds, reports=folder.options.reports, **fastest)
    return {**found, **fastest}


def evaluate(folder, name):
    """What `pinxit evaluate` says of a finished model."""
    run(
        PINXIT, "evaluate", folder(name), "--config", folder.options.evaluation, "--short", "--quiet",
        "--dataset", folder("sprites"), "--evaluator", os.path.join(ROOT, "Models", "pinxit-clip"),
        "--output", folder(name, "report"))
    with open(folder(name, "report", "evaluation.json"), encoding="utf-8") as file:
        return json.load(file)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60, help="of each program (default: 60)")
    parser.add_argument("--pictures", type=int, default=60000, help="(default: 60000; 470 MB)")
    parser.add_argument("--batch", type=int, default=32, help="samples of a step (default: 32)")
    parser.add_argument(
        "--pilot", type=int, default=240, help="steps that tell Pinxit's pace (default: 240)")
    parser.add_argument("--reports", type=int, default=12, help="in the hour (default: 12)")
    parser.add_argument(
        "--evaluation", default=recipe("evaluation.json"),
        help="what is asked of the finished models (default: Recipes/evaluation.json, --short)")
    parser.add_argument(
        "--folder", default=os.path.join(start_to_file.CACHE, "equal-hour"),
        help="where all is kept (default: ~/.cache/pinxit/equal-hour)")
    folder = Folder(parser.parse_args())
    folder.kept("data.json", lambda: data(folder))
    folder.kept("start.json", lambda: start(folder))
    folder.kept("check.json", lambda: check(folder))
    folder.kept("plan.json", lambda: plan(folder))
    folder.kept("pinxit.json", lambda: train_pinxit(folder))
    folder.kept("pytorch.json", lambda: train_pytorch(folder))
    for name in ("pinxit", "pytorch"):
        folder.kept(f"evaluation-{name}.json", lambda: evaluate(folder, name))
    folder.kept("losses.json", lambda: folder.torch("losses", models=["start", "pinxit", "pytorch"]))
    equal_hour_report.write(folder.path)


if __name__ == "__main__":
    main()
