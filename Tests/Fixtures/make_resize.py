"""What Pillow makes of a picture that is brought to another shape, as AUTOMATIC1111's web UI asks it.

`resize.safetensors`: pictures, and `MODE/NAME/WIDTHxHEIGHT`. Its `fill` asks for strips that are
resized from an empty box at the picture's edge.
"""

from oracle import path, save

import numpy
import torch
from PIL import Image

SIZES = ((24, 16), (64, 41), (40, 64), (64, 24), (9, 65))


def pictures():
    generator = numpy.random.default_rng(11)

    def noise(*shape):
        return Image.fromarray(generator.integers(0, 256, shape, dtype=numpy.uint8))

    return {"wide": noise(33, 50, 3), "high": noise(41, 17, 3), "mask": noise(31, 48)}


def shape(picture, width, height, covers):
    """The size of the picture's own shape that covers another, or lies within it."""
    flatter = width / height < picture.width / picture.height
    if width / height == picture.width / picture.height:
        return width, height
    if flatter == covers:
        return picture.width * height // picture.height, height
    return width, picture.height * width // picture.width


def resized(picture, width, height):
    """Rows first, then columns, as Pillow did up to 12; 13 chooses the order by the picture."""
    return picture.resize((width, picture.height), Image.LANCZOS).resize(
        (width, height), Image.LANCZOS)


def crop(picture, width, height):
    across, down = shape(picture, width, height, True)
    canvas = Image.new(picture.mode, (width, height))
    canvas.paste(
        resized(picture, across, down), ((width - across) // 2, (height - down) // 2))
    return canvas


def fill(picture, width, height):
    """None where the web UI leaves a line black."""
    across, down = shape(picture, width, height, False)
    left, top = (width - across) // 2, (height - down) // 2
    if 2 * left != width - across or 2 * top != height - down:
        return None
    inner = resized(picture, across, down)
    canvas = Image.new(picture.mode, (width, height))
    canvas.paste(inner, (left, top))
    if top:
        for edge, place in ((0, 0), (down, top + down)):
            canvas.paste(inner.resize((width, top), box=(0, edge, width, edge)), (0, place))
    if left:
        for edge, place in ((0, 0), (across, left + across)):
            canvas.paste(inner.resize((left, height), box=(edge, 0, edge, height)), (place, 0))
    return canvas


def main():
    expected = {}
    for name, picture in pictures().items():
        expected[name] = torch.from_numpy(numpy.array(picture))
        for width, height in SIZES:
            for mode in (crop, fill):
                made = mode(picture, width, height)
                if made is not None:
                    key = f"{mode.__name__}/{name}/{width}x{height}"
                    expected[key] = torch.from_numpy(numpy.array(made))
    save(expected, path("resize.safetensors"))


if __name__ == "__main__":
    main()
