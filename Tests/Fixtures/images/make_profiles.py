"""Writes profiles.json: small pictures with colour profiles and with XMP's orientation, and the
pixels that Pillow and Little CMS make of them in sRGB, standing upright.

Run: python3 make_profiles.py   (Pillow 13.0.0 wrote the committed file; PNG, JPEG and WebP)
"""

import io
import json
import os
import struct
import zlib

from PIL import Image, ImageCms, ImageOps

SRGB = ImageCms.createProfile("sRGB")
D50 = (0.9642, 1.0, 0.8249)


def fixed(*values):
    return b"".join(struct.pack(">i", round(v * 65536)) for v in values)


def xyz(*values):
    return b"XYZ \0\0\0\0" + fixed(*values)


def gamma(value):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256)) + b"\0\0"


def srgb_curve():
    return b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + fixed(
        2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def text(value):
    return b"text\0\0\0\0" + value.encode() + b"\0"


def description(value):
    value = value.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(value)) + value + bytes(78)


def profile(space, pcs, tags, kind=b"mntr", version=0x02400000):
    tags = {b"desc": description("test"), b"cprt": text("none"), b"wtpt": xyz(*D50), **tags}
    table, body = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = start + len(body)
    head = struct.pack(">I4sI", size, b"\0\0\0\0", version) + kind + space + pcs
    head += bytes(12) + b"acsp" + bytes(28) + fixed(*D50) + bytes(48)
    assert len(head) == 128
    return head + struct.pack(">I", len(tags)) + table + body


def matrix(columns, curve, tags={}):
    names = (b"r", b"g", b"b")
    tags = tags | {n + b"XYZ": xyz(*c) for n, c in zip(names, columns)}
    tags |= {n + b"TRC": curve for n in names}
    return profile(b"RGB ", b"XYZ ", tags)


def chain(count):
    """So many times the same curves that change nothing, one after the other (D2B0)."""
    curve = b"curf\0\0\0\0" + struct.pack(">HH", 1, 0)
    curve += b"parf\0\0\0\0" + struct.pack(">HH4f", 0, 0, 1, 1, 0, 0)
    element = b"cvst\0\0\0\0" + struct.pack(">HH", 3, 3)
    element += struct.pack(">II", 36, len(curve)) * 3 + curve
    head = b"mpet\0\0\0\0" + struct.pack(">HHI", 3, 3, count)
    return head + struct.pack(">II", 16 + 8 * count, len(element)) * count + element


# Adapted to D50, as the profiles of their makers have them.
P3_COLUMNS = [
    (0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)]
P3 = matrix(P3_COLUMNS, srgb_curve())
ADOBE = matrix(
    [(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)],
    gamma(563 / 256))


def gray(value):
    return profile(b"GRAY", b"XYZ ", {b"kTRC": gamma(value)})


def table(space, channels, colour):
    """A profile of a table of two points a channel, in 8-bit Lab (lut8)."""
    lines = bytes(range(256))
    grid = b""
    for index in range(2 ** channels):
        grid += bytes(colour([(index >> (channels - 1 - c)) & 1 for c in range(channels)]))
    lut = b"mft1\0\0\0\0" + bytes([channels, 3, 2, 0])
    lut += fixed(1, 0, 0, 0, 1, 0, 0, 0, 1) + lines * channels + grid + lines * 3
    return profile(space, b"Lab ", {b"A2B0": lut}, kind=b"prtr")


def ink(values):
    # Black is black: versions of Little CMS find the black points of others differently.
    c, m, y, k = values
    light = 255 - 60 * c - 90 * m - 20 * y
    return [
        light * (1 - k), 128 + (60 * m - 30 * c) * (1 - k), 128 + (70 * y - 40 * c) * (1 - k)]


CMYK = table(b"CMYK", 4, ink)
LUT = table(b"RGB ", 3, lambda v: [
    60 * v[0] + 120 * v[1] + 75 * v[2], 128 + 60 * v[0] - 60 * v[1], 128 + 60 * v[1] - 70 * v[2]])


def smooth(mode, width, height):
    channels = len(mode)
    values = [
        (10 + 61 * c + x * (9 - c) + y * (5 + 3 * c)) % 256
        for y in range(height) for x in range(width) for c in range(channels)
    ]
    return Image.frombytes(mode, (width, height), bytes(values))


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pieces(jpeg, icc, order):
    """The profile in as many APP2 segments as `order` has, in that order."""
    count = len(order)
    cuts = [len(icc) * i // count for i in range(count + 1)]
    segments = b""
    for number in order:
        body = b"ICC_PROFILE\0" + bytes([number, count]) + icc[cuts[number - 1]:cuts[number]]
        segments += b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body
    return jpeg[:2] + segments + jpeg[2:]


def xmp(orientation, as_element=False):
    space = 'xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
    inner = (
        f"<rdf:Description {space}><tiff:Orientation>{orientation}</tiff:Orientation>"
        "</rdf:Description>" if as_element else
        f'<rdf:Description {space} tiff:Orientation="{orientation}"/>')
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"{inner}</rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>").encode()


def png_text(png, packet, packed=False):
    body = b"XML:com.adobe.xmp\0" + bytes([packed, 0]) + b"\0\0"
    body += zlib.compress(packet) if packed else packet
    chunk = struct.pack(">I", len(body)) + b"iTXt" + body
    chunk += struct.pack(">I", zlib.crc32(b"iTXt" + body))
    return png[:33] + chunk + png[33:]


rgb = {"quality": 95, "subsampling": 0}
files = {
    "png, Display P3": saved(smooth("RGB", 24, 16), "png", icc_profile=P3),
    "png, Display P3 with alpha": saved(smooth("RGBA", 9, 7), "png", icc_profile=P3),
    "png, palette in Adobe RGB": saved(
        smooth("RGB", 24, 16).quantize(16), "png", icc_profile=ADOBE),
    "png, gray of gamma 2.2": saved(smooth("L", 24, 16), "png", icc_profile=gray(2.2)),
    "png, gray of gamma 1.8 with alpha": saved(smooth("LA", 9, 7), "png", icc_profile=gray(1.8)),
    "png, a table": saved(smooth("RGB", 24, 16), "png", icc_profile=LUT),
    "png, sRGB": saved(
        smooth("RGB", 24, 16), "png", icc_profile=ImageCms.ImageCmsProfile(SRGB).tobytes()),
    "jpeg, Adobe RGB": saved(smooth("RGB", 24, 16), "jpeg", icc_profile=ADOBE, **rgb),
    "jpeg, Display P3 in three pieces": pieces(
        saved(smooth("RGB", 24, 16), "jpeg", **rgb), P3, [3, 1, 2]),
    "jpeg, gray of gamma 1.8": saved(smooth("L", 24, 16), "jpeg", icc_profile=gray(1.8)),
    "jpeg, CMYK": saved(smooth("CMYK", 24, 16), "jpeg", icc_profile=CMYK, **rgb),
    "webp, Display P3": saved(smooth("RGB", 9, 7), "webp", lossless=True, icc_profile=P3),
    "webp, Adobe RGB with alpha": saved(
        smooth("RGBA", 9, 7), "webp", lossless=True, exact=True, icc_profile=ADOBE),
    "jpeg, XMP says 6": saved(smooth("RGB", 24, 16), "jpeg", xmp=xmp(6), **rgb),
    "jpeg, XMP says 8 as an element": saved(
        smooth("RGB", 24, 16), "jpeg", xmp=xmp(8, True), **rgb),
    "webp, XMP says 3": saved(smooth("RGB", 9, 7), "webp", lossless=True, xmp=xmp(3)),
    "png, XMP says 5": png_text(saved(smooth("RGB", 9, 7), "png"), xmp(5)),
    "png, packed XMP says 7": png_text(saved(smooth("RGB", 9, 7), "png"), xmp(7), True),
    "png, XMP says 9, which is none": png_text(saved(smooth("RGB", 9, 7), "png"), xmp(9)),
}
tags = Image.Exif()
tags[0x0112] = 3
files["jpeg, EXIF says 3 and XMP 6"] = saved(
    smooth("RGB", 24, 16), "jpeg", exif=tags, xmp=xmp(6), **rgb)
files["jpeg, Adobe RGB, XMP says 6"] = saved(
    smooth("RGB", 24, 16), "jpeg", icc_profile=ADOBE, xmp=xmp(6), **rgb)


# Takes hours, if the chain is followed.
HOSTILE = "png, Display P3 and a chain of 100000 curves"
files[HOSTILE] = saved(
    smooth("RGB", 24, 16), "png",
    icc_profile=matrix(P3_COLUMNS, srgb_curve(), {b"D2B0": chain(100_000)}))


def in_srgb(image, icc):
    """Red, green, blue and, where there is any, alpha."""
    alpha = image.getchannel("A") if image.mode in ("RGBA", "LA") else None
    if image.mode == "P":
        image = image.convert("RGB")
    colours = image.convert({"RGBA": "RGB", "LA": "L"}.get(image.mode, image.mode))
    if icc:
        colours = ImageCms.profileToProfile(
            colours, ImageCms.ImageCmsProfile(io.BytesIO(icc)), SRGB, outputMode="RGB")
    colours = colours.convert("RGB")
    if alpha:
        colours.putalpha(alpha)
    return colours


cases = []
for name, data in files.items():
    image = Image.open(io.BytesIO(data))
    image.load()
    icc = image.info.get("icc_profile")
    image = in_srgb(ImageOps.exif_transpose(image), P3 if name == HOSTILE else icc)
    cases.append({
        "name": name,
        "file": data.hex(),
        "size": list(image.size),
        "channels": len(image.mode),
        "pixels": image.tobytes().hex(),
    })
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "profiles.json"), "w") as out:
    json.dump(cases, out, indent=1)
