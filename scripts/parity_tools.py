"""What the comparisons with diffusers share: running pinxit, and what counts as the same."""

import os
import subprocess
import tempfile

import numpy
from PIL import Image
from safetensors.torch import load_file

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PINXIT = os.environ.get("PINXIT", os.path.join(ROOT, ".build", "release", "pinxit"))
TENSOR_LIMIT, LEVEL_LIMIT = 2e-4, 1
# Called once without a name: the scheduler in the model's own folder.
OWN = "(own)"
WIDTH = 22


def ours(folder, name, request, more=(), source=None):
    """What pinxit makes: tensors and the picture.

    `more` are further options, `name` a sampler or OWN, `source` a picture's file to change.
    """
    with tempfile.TemporaryDirectory() as scratch:
        dump = os.path.join(scratch, "dump.safetensors")
        picture = os.path.join(scratch, "picture.png")
        width, height = request["size"]
        command = [
            PINXIT, "edit" if source else "paint", "--model", folder, "--steps", str(request["steps"]),
            "--cfg-scale", str(request["cfg_scale"]), "--seed", str(request["seed"]),
            "--size", f"{width}x{height}", "--precision", "f32", "--quiet",
            "--output", picture, "--dump-latents", dump]
        if name != OWN:
            command += ["--sampler", name]
        words = [source, request["prompt"]] if source else [request["prompt"]]
        done = subprocess.run(command + [*more, "--", *words], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip() or f"exit code {done.returncode}")
        with Image.open(picture) as opened:
            return load_file(dump), numpy.array(opened.convert("RGB"))


def match_range(image, reference):
    """Decoded floats as the decoder gave them, or already as [0, 1]: whichever was written."""
    as_decoded = (image - reference).abs().max()
    as_shown = (image - (reference / 2 + 0.5).clamp(0, 1)).abs().max()
    return min(as_decoded, as_shown).item()


def compare(mine, my_picture, reference, picture):
    """The largest difference of each, None where the shapes differ."""
    found = {}
    for key, expected in reference.items():
        actual = mine.get(key)
        if actual is None or actual.shape != expected.shape:
            found[key] = None
        elif key == "image":
            found[key] = match_range(actual.float(), expected)
        else:
            found[key] = (actual.float() - expected).abs().max().item()
    same = my_picture.shape == picture.shape
    found["picture"] = (
        int(numpy.abs(my_picture.astype(int) - picture.astype(int)).max()) if same else None)
    return found


def passes(found):
    return all(
        value is not None and value <= (LEVEL_LIMIT if key == "picture" else TENSOR_LIMIT)
        for key, value in found.items())


COLUMNS = ("noise", "latents", "image", "picture")


def heading():
    print(f"{'model':<14}{'run':<{WIDTH}}" + "".join(f"{name:>10}" for name in COLUMNS))


def show(label, name, found):
    def number(value):
        if value is None:
            return "absent"
        return str(value) if isinstance(value, int) else f"{value:.1e}"

    cells = "".join(f"{number(found[key]):>10}" for key in COLUMNS)
    print(f"{label:<14}{name:<{WIDTH}}{cells}  {'PASS' if passes(found) else 'FAIL'}", flush=True)
