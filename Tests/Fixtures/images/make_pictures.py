"""Writes pictures.json: small files as other programs write them, and the pixels that Pillow reads
from them, turned upright, to compare with `Picture.init(encoded:name:)`.

Run: python3 make_pictures.py   (Pillow 13.0.0 and libjpeg-turbo 2.1.5 wrote the committed file)
A C compiler and libjpeg are needed: Pillow writes no YCCK.
"""

import io
import json
import os
import random
import struct
import subprocess
import tempfile

from PIL import Image, ImageOps

random.seed(13)
ORIENTATION = 0x0112

YCCK = r"""
#include <stdio.h>
#include <jpeglib.h>
int main(void) {
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    unsigned char row[4 * 24];
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    jpeg_stdio_dest(&info, stdout);
    info.image_width = 24;
    info.image_height = 16;
    info.input_components = 4;
    info.in_color_space = JCS_CMYK;
    jpeg_set_defaults(&info);
    jpeg_set_colorspace(&info, JCS_YCCK);
    jpeg_set_quality(&info, 95, TRUE);
    for (int i = 0; i < 4; i++) info.comp_info[i].h_samp_factor = info.comp_info[i].v_samp_factor = 1;
    jpeg_start_compress(&info, TRUE);
    for (int y = 0; y < 16 && fread(row, 1, sizeof row, stdin) == sizeof row; y++) {
        JSAMPROW rows = row;
        jpeg_write_scanlines(&info, &rows, 1);
    }
    jpeg_finish_compress(&info);
}
"""


def smooth(mode, width, height):
    """A gradient in each channel, so that lossy files stay close to it."""
    channels = len(mode)
    slopes = [(random.uniform(2, 8), random.uniform(2, 8)) for _ in range(channels)]
    values = [
        int(10 + 11 * c + x * slopes[c][0] + y * slopes[c][1]) % 256
        for y in range(height) for x in range(width) for c in range(channels)
    ]
    return Image.frombytes(mode, (width, height), bytes(values))


def exif(orientation):
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def little_endian(orientation):
    entry = struct.pack("<HHII", ORIENTATION, 3, 1, orientation)
    return b"II*\0" + struct.pack("<IH", 8, 1) + entry + b"\0\0\0\0"


def ycck(cmyk):
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/ycck.c", "w") as file:
            file.write(YCCK)
        subprocess.run(
            ["cc", f"{folder}/ycck.c", "-o", f"{folder}/ycck", "-ljpeg"], check=True)
        # As Photoshop does it, the values are inverted.
        inverted = bytes(255 - value for value in cmyk.tobytes())
        return subprocess.run(
            [f"{folder}/ycck"], input=inverted, check=True, capture_output=True).stdout


def without_adobe(jpeg):
    start = jpeg.index(b"\xff\xee")
    length = struct.unpack(">H", jpeg[start + 2:start + 4])[0]
    return jpeg[:start] + jpeg[start + 2 + length:]


files = {}
for orientation in range(1, 9):
    image = smooth("RGB", 5, 3)
    files[f"png, orientation {orientation}"] = saved(image, "png", exif=exif(orientation))
files["png, orientation 6, little-endian"] = saved(
    smooth("RGB", 5, 3), "png", exif=little_endian(6))
files["png, palette with a transparent colour"] = saved(
    smooth("RGB", 9, 4).quantize(8), "png", transparency=2)
files["jpeg, orientation 6"] = saved(
    smooth("RGB", 24, 16), "jpeg", exif=exif(6), quality=95, subsampling=0)
files["jpeg, gray, orientation 3"] = saved(smooth("L", 24, 16), "jpeg", exif=exif(3))
files["jpeg, orientation 9, which is none"] = saved(
    smooth("RGB", 24, 16), "jpeg", exif=exif(9), quality=95, subsampling=0)
files["jpeg, progressive"] = saved(
    smooth("RGB", 24, 16), "jpeg", progressive=True, subsampling=0)
files["jpeg, CMYK"] = saved(smooth("CMYK", 24, 16), "jpeg", quality=95, subsampling=0)
files["jpeg, CMYK without Adobe's marker"] = without_adobe(files["jpeg, CMYK"])
files["jpeg, YCCK"] = ycck(smooth("CMYK", 24, 16))
files["webp, lossless, orientation 8"] = saved(
    smooth("RGB", 9, 7), "webp", lossless=True, exif=exif(8))
files["webp, lossless with alpha"] = saved(smooth("RGBA", 9, 7), "webp", lossless=True, exact=True)
files["webp, lossy"] = saved(smooth("RGB", 24, 16), "webp", quality=90)
frames = [smooth("RGBA", 10, 8) for _ in range(3)]
files["webp, animation"] = saved(
    frames[0], "webp", save_all=True, append_images=frames[1:], lossless=True, exact=True)



def bitmap(bits, rows, *, header=40, compression=0, height=None, palette=(), extra=b"", width):
    """A BMP of rows as they are stored, which Pillow does not write."""
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
        colours = b"".join(bytes(reversed(c)) for c in palette)
    else:
        info = struct.pack(
            "<IiiHHIIiiII", header, width, height, 1, bits, compression, len(rows), 0, 0,
            len(palette), 0)
        colours = b"".join(bytes(reversed(c)) + b"\0" for c in palette)
    start = 14 + len(info) + len(extra) + len(colours)
    head = struct.pack("<2sIII", b"BM", start + len(rows), 0, start)
    return head + info + extra + colours + rows


def noise(count):
    return bytes(random.randrange(256) for _ in range(count))


colours = [tuple(noise(3)) for _ in range(16)]
palette = smooth("RGB", 24, 19).quantize(16)
files["gif"] = saved(palette, "gif", interlace=0)
files["gif, interlaced"] = saved(palette, "gif", interlace=1)
files["gif with a transparent colour"] = saved(palette, "gif", transparency=3)
files["gif of 256 colours, long codes"] = saved(
    Image.frombytes("L", (90, 80), noise(7200)), "gif", interlace=0)
frames = [smooth("RGB", 20, 18).quantize(32) for _ in range(3)]
files["gif, animation"] = saved(frames[0], "gif", save_all=True, append_images=frames[1:])
# The frame's place is 3, 2 on a canvas of 31x25.
screen = bytearray(files["gif with a transparent colour"])
screen[6:10] = struct.pack("<HH", 31, 25)
place = screen.index(b"\x2c\0\0\0\0")
screen[place + 1:place + 5] = struct.pack("<HH", 3, 2)
files["gif, a frame on a larger canvas"] = bytes(screen)
files["bmp, 1 bit"] = saved(smooth("L", 13, 5).convert("1"), "bmp")
files["bmp, 8 bits"] = saved(smooth("RGB", 13, 5).quantize(16), "bmp")
files["bmp, 24 bits"] = saved(smooth("RGB", 13, 5), "bmp")
files["bmp, 4 bits"] = bitmap(4, noise(5 * 8), palette=colours, width=13, height=5)
files["bmp, 16 bits"] = bitmap(16, noise(5 * 12), width=5, height=5)
files["bmp, 16 bits under masks"] = bitmap(
    16, noise(5 * 12), compression=3, extra=struct.pack("<III", 0xF800, 0x7E0, 0x1F), width=5,
    height=5)
files["bmp, 32 bits from the top"] = bitmap(32, noise(5 * 20), width=5, height=-5)
files["bmp of OS/2"] = bitmap(
    8, bytes(v % 16 for v in noise(3 * 8)), header=12, palette=colours + 240 * [(0, 0, 0)],
    width=7, height=3)
# Runs, single ones, ends of rows, a jump, the end.
files["bmp, runs"] = bitmap(
    8, bytes([
        5, 3, 0, 3, 1, 2, 4, 0, 0, 0, 2, 7, 0, 2, 1, 0, 5, 9, 0, 0, 8, 1, 0, 0, 4, 2, 4, 5, 0, 1]),
    compression=1, palette=colours, width=8, height=4)

cases = []
for name, data in files.items():
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    mode = "RGBA" if image.has_transparency_data else "RGB"
    image = image.convert(mode)
    cases.append({
        "name": name,
        "file": data.hex(),
        "size": list(image.size),
        "channels": len(mode),
        "pixels": image.tobytes().hex(),
    })
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pictures.json"), "w") as out:
    json.dump(cases, out, indent=1)
