#!/usr/bin/env python3
"""Kills training at random, again and again, while data are prepared, latents cached, steps made and
models written: each run ends with the same files to the bit as one that nobody disturbed, and nothing
half written stays.

    train_kills.py FOLDER-OF-THE-PROGRAM [KILLS] [SEED]

Every stage is trained by a toy recipe of a few seconds, on pictures made here, with one thread. Where
the sources of `pinxit dataset make` are (PINXIT_SOURCES, by default ~/.cache/pinxit/sources), it is
killed too, while it cuts sprites and writes the data set over the one before."""

import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

program = pathlib.Path(sys.argv[1]).resolve() / "pinxit"
kills = int(sys.argv[2]) if len(sys.argv) > 2 else 100
chance = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
data = pathlib.Path(tempfile.mkdtemp(prefix="pinxit-train-kills-"))
own = {**os.environ, "OMP_NUM_THREADS": "1"}
recipes = pathlib.Path(__file__).resolve().parents[2] / "Recipes"
sources = pathlib.Path(os.environ.get("PINXIT_SOURCES", "~/.cache/pinxit/sources")).expanduser()


def png(width, height, pixel):
    """A picture of 8 bits RGB."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    rows = b"".join(b"\0" + bytes(v for x in range(width) for v in pixel(x, y)) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def make_pictures(folder, count):
    """Discs on plain colours, with captions beside them but for every eighth."""
    colours = {"red": (220, 30, 30), "green": (30, 160, 40), "blue": (40, 60, 220), "white": (250, 250, 250),
               "black": (10, 10, 10), "yellow": (240, 220, 40)}
    folder.mkdir()
    for number in range(count):
        (one, disc), (other, ground) = chance.sample(sorted(colours.items()), 2)
        x0, y0, r = chance.randint(30, 60), chance.randint(30, 60), chance.randint(15, 30)
        noise = chance.randint(1, 250)
        (folder / f"{number:03}.png").write_bytes(png(96, chance.choice([64, 96, 128]), lambda x, y: tuple(
            (v + x * y % noise) % 256 for v in (disc if (x - x0) ** 2 + (y - y0) ** 2 < r * r else ground))))
        if number % 8:
            (folder / f"{number:03}.txt").write_text(f"a {one} disc on {other}\na {one} thing\n")


def steps(count, batch=4, rate=1e-3, **more):
    return {"samples": count * batch, "batch": batch, "learning_rate": rate, "warm_up": 2, "log_every": 1,
            "report_every": count // 2, "save_every": 4, "average_decay": 0.9, **more}


def recipe(size=32, **groups):
    return {"dataset": {"size": size, "crop": "random", "mirror": True}, **groups}


unet = {"sample_size": 8, "block_out_channels": [16, 32], "attention_levels": [1], "heads": 2,
        "norm_num_groups": 8}
clip = {"image_size": 32, "image_widths": [8, 16], "image_layers": 1, "image_heads": 2, "text_width": 16,
        "text_layers": 1, "text_heads": 2, "projection": 16}
words = {"vocabulary_size": 600, "max_length": 16, "captions": 20000}
tuned = {"task": {"offset_noise": 0.1, "pictures": 64}, "dataset": {"size": 32, "mirror": True}}
# The stage, the model it is of, its recipe, and what the command has besides; models are folders of M.
stages = [
    ("tokenizer", "M", recipe(**words), []),
    ("clip", "M", recipe(model=clip, optimisation=steps(60)), []),
    ("autoencoder", "M", recipe(
        model={"_class_name": "AutoencoderTiny", "width": 16, "num_encoder_blocks": [0, 1, 1],
               "num_decoder_blocks": [1, 1, 0]},
        task={"crop": 32}, optimisation=steps(40)), []),
    ("diffusion", "M", recipe(
        model=unet, task={"pictures": 4000, "train_text_encoder": True},
        optimisation=steps(40), prompts=["a red disc on blue", "a thing"]), []),
    ("tokenizer", "D", recipe(**words), []),
    ("tokens", "D", recipe(
        model={"sample_size": 32, "block_out_channels": [8, 16], "encoder_blocks": [1, 1],
               "decoder_blocks": [1, 1], "levels": [5, 5, 5]},
        optimisation=steps(40)), []),
    ("dalle", "D", recipe(
        model={"hidden_size": 32, "num_layers": 2, "num_heads": 2}, task={"pictures": 1000},
        optimisation=steps(40), prompts=["a red disc"]), []),
    ("distillation", "F", {
        "dataset": {"size": 32},
        "task": {"teacher": "{models}/M", "captions": 500}, "optimisation": steps(20)}, []),
    ("finetune", "M", {**tuned, "task": {**tuned["task"], "train_text_encoder": True, "caption_dropout": 0.2},
                       "optimisation": steps(40, rate=1e-4), "prompts": ["a red disc"]},
     ["-o", "{models}/tuned"]),
    ("lora", "M", {**tuned, "task": {**tuned["task"], "rank": 4, "layers": "everything", "dora": True,
                                     "train_text_encoder": True}, "optimisation": steps(40)},
     ["-o", "{models}/lora.safetensors"]),
    ("inversion", "M", {**tuned, "task": {**tuned["task"], "word": "zorp", "initial_word": "thing",
                                          "vectors": 2}, "optimisation": steps(40, rate=1e-2)},
     ["-o", "{models}/zorp.safetensors"]),
    ("tokenizer", "M/clip", recipe(**words), []),
    ("clip", "M/clip", recipe(model=clip, task={"export": "clip"}, optimisation=steps(60)), []),
    ("prior", "M", recipe(
        model={"heads": 2, "head_size": 8, "layers": 2}, task={"pictures": 1000}, optimisation=steps(60)),
     []),
    ("unclip", "M", recipe(
        model=unet, task={"pictures": 1000, "learns": []}, optimisation=steps(40)), []),
    ("gan", "G", recipe(
        model={"noise_size": 16, "condition_size": 16, "generator_widths": [16, 16, 8, 8],
               "generator_convolutions": [1, 1, 1, 1], "generator_attention": [8], "head_size": 8,
               "discriminator_widths": [8, 16, 16], "discriminator_attention": [8]},
        task={"pictures": 1000, "penalty_every": 2, "clip": "{models}/M/clip"},
        optimisation=steps(30), prompts=["a red disc"]), []),
]


def commands(models):
    """What is run in a folder of models, one command a stage, with the texts of pictures at the end."""
    all = []
    for number, (stage, model, text, more) in enumerate(stages):
        file = models / f"{number:02}-{stage}.json"
        file.write_text(json.dumps(text).replace("{models}", str(models)))
        all.append(([program, "train", stage, "--config", file, "--dataset", data / "pictures", "--model",
                     models / model, "--threads", "1",
                     *(word.replace("{models}", str(models)) for word in more)], f"{model} {stage}"))
    if (sources / "root").is_dir():
        made = [program, "dataset", "make", "--config", recipes / "dataset.json", "--cache", sources,
                "--output", models / "sprites", "--export", "12", "--export-to", models / "exported"]
        all.append((made, "dataset make"))
    all.append(([program, "dataset", "caption", models / "mute", "--words", data / "words.txt", "--clip",
                 models / "M/clip", "--threads", "1"], "dataset caption"))
    return all


def run(command, after=None):
    """The command to its end, or killed after so many seconds.

    Returns: whether it was killed."""
    with open(data / "last.log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=own)
        try:
            code = process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            code = process.wait()
            if code == -signal.SIGKILL:
                return True
    assert code == 0, (code, list(map(str, command)), (data / "last.log").read_text()[-2000:])
    return False


def kept(path, models):
    """What of a file is the same whenever it is made: not when, how fast, and after how many stops."""
    parts = path.relative_to(models).parts
    content = path.read_bytes()
    in_run = any(part.endswith(".runs") for part in parts)
    if not in_run or path.suffix == ".png":
        return content.replace(str(models).encode(), b"MODELS")
    if path.name == "checkpoint.safetensors":
        length = struct.unpack("<Q", content[:8])[0]
        return content[8 + length:]
    if path.suffix == ".csv":
        rows = [line.split(",") for line in content.decode().splitlines()]
        timed = {i for i, name in enumerate(rows[0]) if name in ("samples_per_second", "memory_bytes")}
        return repr([[cell for i, cell in enumerate(row) if i not in timed] for row in rows]).encode()
    return content.replace(str(models).encode(), b"MODELS")


def files(models):
    all = {path.relative_to(models): path for path in sorted(models.rglob("*")) if path.is_file()}
    return {name: kept(path, models) for name, path in all.items()
            if not path.name.startswith("events.")}


def prepare(name):
    models = data / name
    models.mkdir()
    shutil.copytree(data / "pictures", models / "mute")
    for text in (models / "mute").glob("*.txt"):
        text.unlink()
    return models


make_pictures(data / "pictures", 160)
(data / "words.txt").write_text("red\ngreen\nblue\nwhite\nblack\nyellow\n")
whole = prepare("whole")
seconds, states = [], []
for command, name in commands(whole):
    begin = time.monotonic()
    run(command)
    seconds.append(time.monotonic() - begin)
    states.append(files(whole))

place = prepare("killed")
rounds, told = 0, {}
left = kills
while True:
    rounds += 1
    for number, (command, name) in enumerate(commands(place)):
        # As many as fall to it; what is left after a round falls to the next.
        for _ in range(min(left, chance.choice([0, 1, 1, 2, 2, 3, 4]))):
            if not run(command, chance.uniform(0, seconds[number])):
                break
            left -= 1
            told[name] = told.get(name, 0) + 1
        run(command)
        found, wanted = files(place), states[number]
        stray = sorted(str(name) for name in found.keys() - wanted.keys())
        assert not stray, (name, "there is too much", stray)
        lost = sorted(str(name) for name in wanted.keys() - found.keys())
        assert not lost, (name, "is missing", lost)
        other = sorted(str(name) for name in wanted if found[name] != wanted[name])
        assert not other, (name, "differs", other, str(data))
    if left == 0:
        break
    shutil.rmtree(place)
    place = prepare("killed")

shutil.rmtree(data)
print(f"{kills} kills in {rounds} rounds of {len(told)} commands "
      f"({', '.join(f'{name} {count}' for name, count in sorted(told.items()))}): "
      f"{len(states[-1])} files, all the same bits, none too many")
