"""Which things of a data set cannot be told apart when they are drawn: told_apart.py DATA VAE.

The rule for the flag `told` of Recipes/objects.tsv. DATA is what `pinxit dataset make` wrote, VAE an
AutoencoderTiny in the diffusers layout, such as Models/pinxit-small/vae. Each drawing is shown alone:
large and small, under a tint, as a cartoon, a line and a flat drawing where there are such, and for
comparison mirrored and turned by 8 degrees either way. Features are those that `pinxit evaluate` judges objects by: differences
to the background at 32x32 pixels, as a vector of unit length. Two things can be told apart where they
are at least as far from one another as the nearest two of `core`, which the shipped model paints
rightly; and what the autoencoder makes of a drawing is to lie nearest to that. Prints what fails.
"""

import argparse
import json

import numpy
import torch
from diffusers import AutoencoderTiny
from PIL import Image

POSES = [(False, 0), (True, 0), (False, -8), (False, 8)]
# Style, share of the side, whether tinted.
VIEWS = [("plain", 0.86, False), ("plain", 0.38, False), ("plain", 0.86, True), ("cartoon", 0.86, False),
         ("line", 0.86, False), ("flat", 0.86, False)]
BLUE = (41, 98, 255)
COLOURS = set("red orange yellow green blue purple pink brown gray black white grey".split())


def tinted(image):
    """As `Sprite.tinted` does it."""
    pixels = numpy.asarray(image).astype(int)
    light = numpy.minimum(255, pixels[..., :3] @ [77, 150, 29] >> 8)
    seen = numpy.sort(light[pixels[..., 3] > 127])
    middle = min(max(int(seen[len(seen) // 2]) if len(seen) else 128, 40), 215)
    for channel, value in enumerate(BLUE):
        pixels[..., channel] = numpy.where(
            light <= middle, value * light // middle,
            value + (255 - value) * (light - middle) // (255 - middle))
    return Image.fromarray(pixels.astype(numpy.uint8), "RGBA")


def shown(image, share, side, mirrored=False, degrees=0):
    """Alone in the middle of white, [side, side, 3] from 0 to 1."""
    if mirrored:
        image = image.transpose(Image.FLIP_LEFT_RIGHT)
    if degrees:
        image = image.rotate(degrees, Image.BILINEAR)
    size = round(share * side)
    canvas = Image.new("RGBA", (side, side), "white")
    drawing = image.convert("RGBa").resize((size, size), Image.BILINEAR).convert("RGBA")
    canvas.alpha_composite(drawing, ((side - size) // 2, (side - size) // 2))
    return numpy.asarray(canvas.convert("RGB"), numpy.float32) / 255


def features(pictures):
    """[n, side, side, 3] to vectors of unit length, [n, 3072]."""
    cell = pictures.shape[1] // 32
    difference = 1 - pictures.reshape(-1, 32, cell, 32, cell, 3).mean((2, 4))
    mask = numpy.clip((numpy.abs(difference).max(-1, keepdims=True) - 0.05) / 0.2, 0, 1)
    flat = (difference * numpy.minimum(1, 4 * mask)).reshape(len(pictures), -1)
    return flat / numpy.maximum(numpy.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


def distances(vectors, references):
    """[n, m], the least over the poses of references [poses, m, 3072]."""
    return numpy.sqrt(numpy.maximum(0, 2 - 2 * (vectors @ references.transpose(0, 2, 1)).max(0)))


@torch.inference_mode()
def rebuilt(vae, pictures):
    parts = []
    for start in range(0, len(pictures), 16):
        x = torch.from_numpy(pictures[start:start + 16]).permute(0, 3, 1, 2) * 2 - 1
        y = vae.decode(vae.encode(x).latents).sample.clamp(-1, 1)
        parts.append(((y + 1) / 2).permute(0, 2, 3, 1).numpy())
    return numpy.concatenate(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data")
    parser.add_argument("vae")
    options = parser.parse_args()
    manifest = json.load(open(f"{options.data}/manifest.json"))
    words = manifest["vocabulary"]
    names = [word["english"]["noun"] for word in words]
    core = numpy.array([word["isCore"] for word in words])
    coloured = numpy.array([
        not word["isPlain"] and not COLOURS & set(word["english"]["noun"].lower().split()) for word in words])
    vae = AutoencoderTiny.from_pretrained(options.vae).eval()
    failures = 0
    for style, share, is_tinted in VIEWS:
        own = set(manifest["sprites"].get(style, []))
        if not own:
            continue
        paths = [f"{style if word['key'] in own else 'plain'}/{word['key']}" for word in words]
        images = [Image.open(f"{options.data}/sprites/{path}.png").convert("RGBA") for path in paths]
        if is_tinted:
            images = [tinted(image) for image in images]
        references = numpy.stack([
            features(numpy.stack([shown(image, share, 64, *pose) for image in images])) for pose in POSES])
        gaps = distances(references[0], references)
        gaps = numpy.minimum(gaps, gaps.T) + 9 * numpy.eye(len(words))
        if is_tinted:
            gaps += 9 * ~(coloured[:, None] & coloured)
        limit = gaps[numpy.ix_(core, core)].min()
        view = f"{style}{', tinted' if is_tinted else ''}, {share}"
        print(f"{view}: the nearest two of core are {limit:.3f} apart, things and their nearest "
              f"{numpy.median(gaps.min(1)):.3f} (median)")
        for one, other in zip(*numpy.where(numpy.triu(gaps < limit))):
            failures += 1
            print(f"  {names[one]} and {names[other]}: {gaps[one, other]:.3f}")
        back = rebuilt(vae, numpy.stack([shown(image, share, 128) for image in images]))
        for one, nearest in enumerate(distances(features(back), references).argmin(1)):
            if nearest != one:
                failures += 1
                print(f"  {names[one]} comes back as {names[nearest]}")
    print("all can be told apart" if failures == 0 else f"{failures} cannot")


main()
