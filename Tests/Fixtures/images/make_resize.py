"""Writes resize.json: small pictures resized by Pillow, to compare with `Picture.resized`.

Run: python3 make_resize.py   (Pillow 13.0.0 wrote the committed file)
"""

import json
import random

from PIL import Image

FILTERS = {
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
MODES = {1: "L", 3: "RGB", 4: "RGBA"}

random.seed(7)
cases = []
for name, resampling in FILTERS.items():
    for channels, (width, height), (new_width, new_height) in [
        (3, (13, 9), (5, 4)),
        (3, (6, 7), (11, 10)),
        (4, (12, 10), (7, 13)),
        (1, (17, 3), (4, 3)),
    ]:
        pixels = bytes(random.randrange(256) for _ in range(width * height * channels))
        image = Image.frombytes(MODES[channels], (width, height), pixels)
        resized = image.resize((new_width, new_height), resampling)
        cases.append({
            "filter": name,
            "channels": channels,
            "from": [width, height],
            "to": [new_width, new_height],
            "pixels": pixels.hex(),
            "resized": resized.tobytes().hex(),
        })
with open("resize.json", "w") as file:
    json.dump(cases, file, indent=1)
