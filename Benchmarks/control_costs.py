"""What a ControlNet, a T2I-Adapter and an IP-Adapter cost, with Stable Diffusion 1.5 at 512x512.

Random weights in the exact shapes (speed does not depend on values), made the first time in the
user's cache in f16. Each row is `pinxit paint` with few steps and with more, in turns with the other
rows; a step is the difference of the shortest of each, so that what is done once, packing, and what
else the machine did are left out of it. Prints a table; "before" is what is seen once before the
first step, weights and all.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Benchmarks"))
from lora_step import with_memory  # noqa: E402
from start_to_file import CACHE, PINXIT, model  # noqa: E402

PICTURE, ENCODER = "random-picture.png", "random-vit-h"
NETWORKS = {
    "net": "random-sd1.5-controlnet", "adapter": "random-sd1.5-t2i-adapter",
    "light": "random-sd1.5-t2i-adapter-light", "ip": "random-sd1.5-ip-adapter.safetensors",
    "plus": "random-sd1.5-ip-adapter-plus.safetensors"}
PATHS = {key: os.path.join(CACHE, name) for key, name in NETWORKS.items()}
# Label, network and what stands behind its path, and other options.
ROWS = [
    ("none", None, "", []),
    ("ControlNet", "net", "", []),
    ("ControlNet, first half of the steps", "net", ":1:0:0.5", []),
    ("ControlNet, guess mode", "net", "", ["--guess-mode"]),
    ("T2I-Adapter", "adapter", "", []),
    ("T2I-Adapter, light", "light", "", []),
    ("IP-Adapter", "ip", "", []),
    ("IP-Adapter Plus", "plus", "", []),
]
# Features of Stable Diffusion 1.5's cross-attentions in the order of IP-Adapter's files.
MAPS = [320] * 2 + [640] * 2 + [1280] * 2 + [1280] * 3 + [640] * 3 + [320] * 3 + [1280]
TEXT, EMBEDDING, STATES = 768, 1024, 1280


def save(path, write):
    """A file or folder that is there as a whole or not at all."""
    if os.path.exists(path):
        return
    print(f"making {path}", file=sys.stderr)
    write(path + ".partial")
    os.rename(path + ".partial", path)


def image_prompts(shapes):
    """Random matrices in f16 by their names, ones and zeros for norms and biases."""
    import torch
    return {
        key: torch.randn(shape).div_(shape[-1] ** 0.5).half() if len(shape) > 1
        else torch.full(shape, float(key.endswith("weight"))).half()
        for key, shape in shapes.items()}


def ip_adapter_shapes(is_plus):
    if not is_plus:
        shapes = {
            "proj.weight": (4 * TEXT, EMBEDDING), "proj.bias": (4 * TEXT,), "norm.weight": (TEXT,),
            "norm.bias": (TEXT,)}
    else:
        shapes = {
            "latents": (1, 16, TEXT), "proj_in.weight": (TEXT, STATES), "proj_in.bias": (TEXT,),
            "proj_out.weight": (TEXT, TEXT), "proj_out.bias": (TEXT,), "norm_out.weight": (TEXT,),
            "norm_out.bias": (TEXT,)}
        for layer in range(4):
            for norm in ("0.norm1", "0.norm2", "1.0"):
                shapes |= {
                    f"layers.{layer}.{norm}.{part}": (TEXT,) for part in ("weight", "bias")}
            shapes |= {
                f"layers.{layer}.0.to_q.weight": (TEXT, TEXT),
                f"layers.{layer}.0.to_kv.weight": (2 * TEXT, TEXT),
                f"layers.{layer}.0.to_out.weight": (TEXT, TEXT),
                f"layers.{layer}.1.1.weight": (4 * TEXT, TEXT),
                f"layers.{layer}.1.3.weight": (TEXT, 4 * TEXT)}
    own = {
        f"ip_adapter.{2 * place + 1}.to_{part}_ip.weight": (width, TEXT)
        for place, width in enumerate(MAPS) for part in "kv"}
    return {**{f"image_proj.{key}": shape for key, shape in shapes.items()}, **own}


def make():
    import torch
    from diffusers import ControlNetModel, T2IAdapter
    from full_size_xl import drawn
    from PIL import Image
    from safetensors.torch import save_file
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection
    torch.manual_seed(0)
    unet = dict(
        block_out_channels=(320, 640, 1280, 1280), cross_attention_dim=768, attention_head_dim=8)
    save(PATHS["net"], lambda path: drawn(ControlNetModel, **unet).save_pretrained(path))
    for key, kind, widths, blocks in (
            ("adapter", "full_adapter", [320, 640, 1280, 1280], 2),
            ("light", "light_adapter", [320, 640, 1280], 4)):
        save(PATHS[key], lambda path: drawn(
            T2IAdapter, channels=widths, num_res_blocks=blocks,
            adapter_type=kind).save_pretrained(path))
    for key in ("ip", "plus"):
        save(PATHS[key], lambda path: save_file(
            image_prompts(ip_adapter_shapes(key == "plus")), path))
    save(os.path.join(CACHE, ENCODER), lambda path: drawn(
        CLIPVisionModelWithProjection, CLIPVisionConfig(
            hidden_size=STATES, intermediate_size=4 * STATES, num_hidden_layers=32,
            num_attention_heads=16, patch_size=14, projection_dim=EMBEDDING,
            hidden_act="gelu")).save_pretrained(path))
    save(os.path.join(CACHE, PICTURE), lambda path: Image.radial_gradient("L").resize(
        (512, 512)).convert("RGB").save(path, "png"))


def options(network, behind, more):
    picture = os.path.join(CACHE, PICTURE)
    if network is None:
        return []
    if network in ("ip", "plus"):
        return ["--ip-adapter", PATHS[network] + behind, "--image-prompt", picture,
                "--image-encoder", os.path.join(CACHE, ENCODER), *more]
    return ["--controlnet", PATHS[network] + behind, "--control", picture, *more]


def paint(arguments, steps, row):
    """Seconds of sampling and of what is seen before, and the most memory in GB."""
    with tempfile.TemporaryDirectory() as folder:
        output, memory = with_memory([
            PINXIT, "paint", "--model", model("random-sd1.5"), "--size",
            f"{arguments.side}x{arguments.side}", "--steps", str(steps), "--cfg-scale", "7.5",
            "--seed", "1", "--precision", arguments.precision, "--quiet", "--json", "--output",
            os.path.join(folder, "a.png"), *options(*row), "--", "a red apple"], folder)
    seconds = json.loads(output)["seconds"]
    return seconds["sampling"], seconds["encoding"], memory


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--precision", default="bf16")
    parser.add_argument("--side", type=int, default=512, help="of the picture, in pixels")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--steps", type=int, nargs=2, default=[2, 6], metavar=("FEW", "MORE"))
    parser.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.make:
        return make()
    # In a process of its own: what memory this one has had is counted to those it starts.
    subprocess.run([sys.executable, os.path.abspath(__file__), "--make"], check=True)
    few, more = arguments.steps
    found = {label: [] for label, *_ in ROWS}
    for _ in range(arguments.runs):
        for label, *row in ROWS:
            short, before, _ = paint(arguments, few, row)
            long, _, memory = paint(arguments, more, row)
            found[label].append((short, long, before, memory))
            print(f"{label}: {found[label][-1]}", file=sys.stderr, flush=True)
    print("| what holds it | a step | against none | before | most memory |")
    print("|---|--:|--:|--:|--:|")
    plain = None
    for label, runs in found.items():
        short, long, before, memory = (min(column) for column in zip(*runs))
        step = (long - short) / (more - few)
        plain = plain or step
        print(f"| {label} | {step:.2f} s | {step / plain:.2f} | {before:.2f} s | {memory:.1f} GB |")


main()
