"""Folders of captioned pictures as other tools write them, for `Tests/DatasetsTests`.

Needs `datasets`, `webdataset` and `PIL`. Metadata are written by Hugging Face `datasets` and read
back by its ImageFolder; shards by `webdataset.ShardWriter`; kohya's layout is folders and texts.
"""

import io
import pathlib
import shutil

import datasets
import webdataset
from PIL import Image

here = pathlib.Path(__file__).parent / "folders"
things = ["red square", "green square", "blue square"]
colours = [(220, 30, 30), (30, 200, 60), (40, 60, 220)]


def picture(number, size=(24, 16)):
    """A square of one colour in the middle of white, with a dot that tells pictures apart."""
    image = Image.new("RGB", size, (255, 255, 255))
    left, top = size[0] // 2 - 6, size[1] // 2 - 6
    image.paste(colours[number % 3], (left, top, left + 12, top + 12))
    image.putpixel((number, 0), (0, 0, 0))
    return image


def fresh(name):
    folder = here / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def image_folder(name, table, ending):
    folder = fresh(name)
    rows = {"file_name": [], "text": []}
    (folder / "train").mkdir()
    for number, thing in enumerate(things):
        file = f"{number:04}.{ending}"
        picture(number).save(folder / "train" / file)
        rows["file_name"].append(file)
        rows["text"].append(f'a {thing}, "drawn"')
    written = datasets.Dataset.from_dict(rows)
    if table == "metadata.csv":
        written.to_csv(folder / "train" / table, index=False)
    else:
        written.to_json(folder / "train" / table)
    read = datasets.load_dataset("imagefolder", data_dir=str(folder), split="train")
    assert read["text"][:] == rows["text"], read["text"][:]


def shards():
    folder = fresh("webdataset")
    with webdataset.ShardWriter(str(folder / "shard-%03d.tar"), maxcount=2, verbose=0) as sink:
        for number, thing in enumerate(things):
            sample = {"__key__": f"sample{number:03}", "png": picture(number)}
            if number == 2:
                sample["json"] = {"caption": f"a {thing}", "width": 24}
            else:
                sample["txt"] = f"a {thing}"
            sink.write(sample)
    read = webdataset.WebDataset(str(folder / "shard-{000..001}.tar"), shardshuffle=False)
    assert len(list(read)) == 3


def kohya():
    folder = fresh("kohya")
    for name, numbers in [("10_sks dog", [0, 1]), ("1_dog", [2])]:
        (folder / name).mkdir()
        for number in numbers:
            picture(number).save(folder / name / f"{number}.webp", lossless=True)
    (folder / "10_sks dog" / "0.txt").write_text("sks dog, sitting\nsks dog on grass\n")
    (folder / "10_sks dog" / "1.caption").write_text("\ufeffsks dog, 跑步")


def odd():
    """Pictures of every kind: turned by EXIF, CMYK, 16 bits, half transparent, and broken ones."""
    folder = fresh("odd")
    turned = Image.new("RGB", (24, 16), (255, 0, 0))
    turned.paste((0, 0, 255), (12, 0, 24, 16))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(folder / "a turned one.jpg", exif=exif, quality=95)
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(folder / "cmyk.jpg", quality=95)
    Image.new("I;16", (16, 16), 0x8000).save(folder / "deep.png")
    Image.new("RGBA", (16, 16), (0, 0, 0, 0)).save(folder / "clear.png")
    buffer = io.BytesIO()
    picture(0, (64, 64)).save(buffer, "PNG")
    (folder / "cut.png").write_bytes(buffer.getvalue()[:60])
    (folder / "text.jpg").write_text("no picture")
    (folder / "cmyk.txt").write_bytes(b"not UTF-8: \xff\xfe")
    (folder / "notes.md").write_text("passed over")


image_folder("imagefolder-jsonl", "metadata.jsonl", "png")
image_folder("imagefolder-csv", "metadata.csv", "jpg")
shards()
kohya()
odd()
