"""Runs `pinxit clip score` and transformers on random CLIPs of published sizes, in every layout, in f32.

PASS means that all cosines are within 2e-4 and the scale within 1e-5 of it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
warnings.filterwarnings("ignore")

import numpy
import torch
import transformers
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Tests", "Fixtures"))

from make_clip import openai_names, openclip_config
from make_models import write_tokenizer

transformers.utils.logging.set_verbosity_error()
torch.set_num_threads(os.cpu_count())
PINXIT = os.path.join(ROOT, ".build", "release", "pinxit")
TEXTS = ["a red apple", "two blue apples on a table", "一只猫", "a " * 90]
MEAN = [0.48145466, 0.4578275, 0.40821073]
STD = [0.26862954, 0.26130258, 0.27577711]
# Text width, heads, layers; image width, heads, inner width, layers, patch; projection; activation; layouts.
# The two largest with two layers of each tower, which have all of their shapes.
MODELS = {
    "ViT-B/32": (512, 8, 12, 768, 12, 3072, 12, 32, 512, "quick_gelu", ("transformers", "openai", "openclip")),
    "ViT-L/14": (768, 12, 12, 1024, 16, 4096, 24, 14, 768, "quick_gelu", ("transformers",)),
    "ViT-H/14": (1024, 16, 2, 1280, 16, 5120, 2, 14, 1024, "gelu", ("transformers", "openclip")),
    "ViT-bigG/14": (1280, 20, 2, 1664, 16, 8192, 2, 14, 1280, "gelu", ("transformers", "openclip")),
}


def random_model(sizes):
    width, heads, layers, image_width, image_heads, inner, image_layers, patch, projection, act, _ = sizes
    return CLIPModel(CLIPConfig(
        text_config={
            "vocab_size": 526, "hidden_size": width, "intermediate_size": 4 * width,
            "num_hidden_layers": layers, "num_attention_heads": heads,
            "max_position_embeddings": 77, "projection_dim": projection, "hidden_act": act,
            "bos_token_id": 524, "eos_token_id": 525, "pad_token_id": 525},
        vision_config={
            "hidden_size": image_width, "intermediate_size": inner,
            "num_hidden_layers": image_layers, "num_attention_heads": image_heads,
            "image_size": 224, "patch_size": patch, "projection_dim": projection,
            "hidden_act": act},
        projection_dim=projection)).eval()


def write(model, layout, folder):
    """The model in a layout, and its tokenizer."""
    if layout == "transformers":
        model.save_pretrained(folder)
    elif layout == "openclip":
        save_file(openai_names(model), os.path.join(folder, "open_clip_model.safetensors"))
        with open(os.path.join(folder, "open_clip_config.json"), "w") as file:
            json.dump(openclip_config(model.config, MEAN, STD), file)
    else:
        save_file(openai_names(model), os.path.join(folder, "ViT.safetensors"))
    tokenizer = write_tokenizer(folder, "<|endoftext|>")
    file = os.path.join(folder, "tokenizer_config.json")
    settings = json.load(open(file))
    json.dump({**settings, "model_max_length": 77}, open(file, "w"))
    return tokenizer


def compare(pinxit, name, layout, model, picture):
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = write(model, layout, folder)
        ids = tokenizer(
            TEXTS, padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
        pixels = CLIPImageProcessor()(Image.open(picture), return_tensors="pt").pixel_values
        with torch.no_grad():
            output = model(input_ids=ids, pixel_values=pixels)
        expected = (output.image_embeds @ output.text_embeds.T)[0].tolist()
        done = subprocess.run(
            [pinxit, "clip", "score", picture, *TEXTS, "--model", folder, "--json"],
            capture_output=True, text=True)
    if done.returncode:
        print(f"FAIL  {name} {layout}: {done.stderr.strip()}")
        return False
    found = json.loads(done.stdout)
    worst = max(abs(a["similarity"] - b) for a, b in zip(found["scores"], expected))
    scale = abs(found["scale"] / model.logit_scale.exp().item() - 1)
    passes = worst <= 2e-4 and scale <= 1e-5
    print(f"{'PASS' if passes else 'FAIL'}  {name:12} {layout:13} cosine {worst:.1e}  scale {scale:.1e}")
    return passes


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", help=f"of {', '.join(MODELS)} (default: all)")
    parser.add_argument("--pinxit", default=PINXIT, help="the program (default: %(default)s)")
    options = parser.parse_args()
    names = options.models or list(MODELS)
    generator = numpy.random.default_rng(3)
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        picture = os.path.join(scratch, "picture.png")
        # 480x321: the long side's fraction is dropped and an odd rest is cut.
        blocks = generator.integers(0, 256, (41, 60, 3), dtype=numpy.uint8)
        pixels = numpy.kron(blocks, numpy.ones((8, 8, 1), dtype=numpy.uint8))[:321]
        Image.fromarray(pixels).save(picture)
        for index, name in enumerate(names):
            torch.manual_seed(index)
            model = random_model(MODELS[name])
            for layout in MODELS[name][-1]:
                results.append(compare(options.pinxit, name, layout, model, picture))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
