"""Five drawings of a thing that nobody has seen: a zorp. Captions lie beside them.

A zorp is a green egg on orange feet, with one large eye and two antennae. Documentation/LoRA.md
tells what is learnt from them. Needs `PIL`.
"""

import pathlib

from PIL import Image, ImageDraw

folder = pathlib.Path(__file__).parent / "zorp"
folder.mkdir(exist_ok=True)
scale = 4
white, pink, blue = (255, 255, 255), (255, 205, 220), (190, 220, 255)
yellow, mint = (255, 240, 170), (200, 240, 215)


def zorp(background, look, lean, smile, raised):
    image = Image.new("RGB", (128 * scale, 128 * scale), background)
    draw = ImageDraw.Draw(image)

    def oval(x, y, rx, ry, colour):
        box = [(x - rx) * scale, (y - ry) * scale, (x + rx) * scale, (y + ry) * scale]
        draw.ellipse(box, fill=colour)

    def line(x0, y0, x1, y1, width, colour):
        draw.line([x0 * scale, y0 * scale, x1 * scale, y1 * scale], colour, width * scale)

    body, dark, feet = (70, 190, 110), (30, 130, 75), (245, 140, 40)
    for side in (-1, 1):
        oval(64 + side * 17, 112, 14, 7, feet)
        line(64 + side * 12, 36, 64 + side * 22 + lean, 14, 4, dark)
        oval(64 + side * 22 + lean, 12, 6, 6, feet)
        line(64 + side * 30, 76, 64 + side * 50, 76 - raised * side, 6, dark)
    oval(64, 70, 36, 42, body)
    oval(64, 84, 24, 24, (150, 225, 160))
    oval(64, 56, 19, 19, (255, 255, 255))
    oval(64 + look, 57, 9, 9, (40, 40, 60))
    oval(61 + look, 53, 3, 3, (255, 255, 255))
    draw.arc(
        [50 * scale, (84 - smile) * scale, 78 * scale, (92 + smile) * scale],
        20, 160, fill=dark, width=3 * scale,
    )
    return image.resize((128, 128), Image.LANCZOS)


drawings = [
    (white, 0, 0, 4, 0, "a zorp"),
    (pink, 5, 4, 6, 14, "a zorp on a pink background"),
    (blue, -5, -4, 2, -14, "a zorp on a blue background"),
    (yellow, 3, -6, 8, 20, "a zorp on a yellow background"),
    (white, -3, 6, 5, -20, "a zorp"),
]
for number, (background, look, lean, smile, raised, caption) in enumerate(drawings, 1):
    zorp(background, look, lean, smile, raised).save(folder / f"{number}.png", optimize=True)
    (folder / f"{number}.txt").write_text(caption + "\n")
