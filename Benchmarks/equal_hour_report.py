"""What `equal_hour.py` found, side by side: `report.md`, `curves.csv`, `curves.png`, `sheet.png`."""

import csv
import json
import os
import subprocess

from PIL import Image, ImageDraw, ImageFont

import start_to_file

NAMES = {"pinxit": "Pinxit", "pytorch": "PyTorch"}
COLOURS = {"pinxit": (200, 60, 30), "pytorch": (40, 90, 170)}
PROMPTS = [
    "a red apple", "a cat", "a house", "a guitar", "a blue car on a yellow background",
    "a small key at the top left", "three stars", "a red apple to the left of a green pear",
    "a cat above a dog", "a cartoon of a penguin", "a line drawing of a rabbit", "a purple house"]


def write(folder):
    def path(name):
        return os.path.join(folder, name)

    def read(name):
        with open(path(name), encoding="utf-8") as file:
            return json.load(file)

    batch = read("recipe.json")["optimisation"]["batch"]
    curves = {name: curve(path(name + ".csv"), batch) for name in NAMES}
    with open(path("curves.csv"), "w", newline="") as file:
        csv.writer(file).writerows(
            [["program", "minutes", "samples", "held_out_loss"]]
            + [[NAMES[name], *point] for name in NAMES for point in curves[name]])
    plot(curves, path("curves.png"))
    sheet(folder, path("sheet.png"))
    trained = {name: {**read(name + ".json"), "batch": batch} for name in NAMES}
    rows = [
        *facts(trained), *losses(read("losses.json"), curves),
        *figures(*(read(f"evaluation-{name}.json") for name in NAMES))]
    table = ["| | " + " | ".join(NAMES.values()) + " |", "|---|---|---|"]
    table += [f"| {title} | {own} | {other} |" for title, own, other in rows]
    with open(path("report.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(table) + "\n")
    print("\n".join(table), f"\nin {folder}: report.md, curves.csv, curves.png, sheet.png")


def curve(path, batch):
    """Minutes, samples seen and the mean of the held-out losses, of each report."""
    with open(path) as file:
        rows = list(csv.reader(file))[1:]
    return [
        [round(float(row[0]) / 60, 3), int(row[1]) * batch,
         round(sum(map(float, row[2:])) / len(row[2:]), 5)] for row in rows]


def facts(trained):
    def each(tell):
        return [tell(trained[name]) for name in NAMES]

    def computed(t):
        return ("bf16" if t["bf16"] else "f32") + (", channels last" * t.get("channels_last", False)) + (
            ", compiled" * t.get("compiled", False))

    return [
        ["computed in", *each(computed)],
        ["minutes", *each(lambda t: f"{t['seconds'] / 60:.1f}")],
        ["samples seen", *each(lambda t: f"{t['steps'] * t['batch']:,}")],
        ["a second", *each(lambda t: f"{t['steps'] * t['batch'] / t['seconds']:.1f}")]]


def losses(measured, curves):
    last = curves["pytorch"][-1][2]
    reached = next((minutes for minutes, _, loss in curves["pinxit"] if loss <= last), None)
    return [
        ["held-out loss, by its own last report"] + [f"{curves[name][-1][2]:.4f}" for name in NAMES],
        ["the same of the finished U-Net in f32, by PyTorch"]
        + [f"{measured[name]:.4f}" for name in NAMES],
        ["reports at or below PyTorch's last loss, from minute",
         "none" if reached is None else f"{reached:.0f}", f"{curves['pytorch'][-1][0]:.0f}"]]


def figures(own, other):
    """The figures of both evaluations that can be set side by side, each with what is real's."""
    def share(title, a, b):
        return [
            f"{title}, {a['painted']['n']} pictures (real {a['real']['accuracy']:.2f})",
            *(f"{x['painted']['accuracy']:.2f}" for x in (a, b))]

    rows = [
        share(f"{a['attribute']}, {a['combinations']}", a, b)
        for a, b in zip(own["attributes"], other["attributes"], strict=True)]
    rows += [
        share(f"object R@{a['rank']}", a, b)
        for a, b in zip(own["object_retrieval"], other["object_retrieval"], strict=True)]
    rows += [
        share(f"R-precision, {a['prompts']}", a, b)
        for a, b in zip(own["r_precision"], other["r_precision"], strict=True)]
    for key, title, tell in [
        ("kernel_distance", "KID x 1000",
         lambda k: f"{1000 * k['mean']:.2f} ± {1000 * k['deviation']:.2f}"),
        ("memorisation", "nearer to a training picture than 95 % of real ones",
         lambda m: f"{m['painted_below_5%_of_real']:.2f}"),
        ("diversity", "variety over seeds, of real pictures'",
         lambda d: f"{d['within_prompts'] / d['real_within_prompts']:.2f}"),
    ]:
        if own.get(key) and other.get(key):
            rows.append([title, tell(own[key]), tell(other[key])])
    return rows


def plot(curves, path, size=(960, 560), margin=70):
    """Held-out loss over minutes."""
    image = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(16)
    points = [point for each in curves.values() for point in each]
    most = max(point[0] for point in points)
    low, high = (pick(point[2] for point in points) for pick in (min, max))
    low, high = low - 0.05 * (high - low + 1e-6), high + 0.05 * (high - low + 1e-6)

    def at(minutes, loss):
        return (
            margin + minutes / most * (size[0] - 1.5 * margin),
            size[1] - margin - (loss - low) / (high - low) * (size[1] - 1.5 * margin))

    for part in range(6):
        loss, minutes = low + part / 5 * (high - low), part / 5 * most
        draw.line([at(0, loss), at(most, loss)], "lightgray")
        draw.text((margin - 8, at(0, loss)[1]), f"{loss:.3f}", "black", font, "rm")
        draw.text((at(minutes, low)[0], size[1] - margin + 8), f"{minutes:.3g}", "black", font, "mt")
    draw.text((size[0] / 2, size[1] - 16), "minutes", "black", font, "mm")
    draw.text((margin, 16), "held-out loss", "black", font, "lm")
    for row, (name, each) in enumerate(curves.items()):
        line = [at(minutes, loss) for minutes, _, loss in each]
        draw.line(line, COLOURS[name], 3)
        for x, y in line:
            draw.ellipse([x - 4, y - 4, x + 4, y + 4], COLOURS[name])
        draw.text((size[0] - margin, 60 + 24 * row), NAMES[name], COLOURS[name], font, "rm")
    image.save(path)


def sheet(folder, path, columns=6, side=128, label=34):
    """The same prompts from the same seed, Pinxit's above PyTorch's; nothing is selected."""
    heading, height = 80, label + 2 * side + 12
    rows = -(-len(PROMPTS) // columns)
    image = Image.new("RGB", (heading + columns * (side + 8), rows * height), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(12)
    for number, prompt in enumerate(PROMPTS):
        x, y = heading + number % columns * (side + 8), number // columns * height
        draw.multiline_text((x, y + 2), wrapped(prompt, 22), "black", font)
        for line, name in enumerate(NAMES):
            file = os.path.join(folder, name, "painted.png")
            subprocess.run(
                [start_to_file.PINXIT, prompt, "--model", os.path.join(folder, name), "--seed", "1",
                 "--quiet", "--output", file], check=True, stdout=subprocess.DEVNULL)
            with Image.open(file) as picture:
                image.paste(picture, (x, y + label + line * (side + 4)))
            os.remove(file)
            if number % columns == 0:
                draw.text((4, y + label + line * (side + 4) + 60), NAMES[name], COLOURS[name], font)
    image.save(path)


def wrapped(text, width):
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)
