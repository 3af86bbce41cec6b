#!/usr/bin/env python3
"""How often the heat map of a word lies where the sentence says.

    Benchmarks/heat_maps.py [--pinxit .build/release/pinxit] [--model Models/pinxit-small]

Paints sentences such as "a red apple to the left of a green pear" and the same in Chinese with
`--explain`, half of them with right in place of left, and compares the centres of the two things'
maps. A map that knows nothing is right half of the time. The sentences are drawn from the model's
words.json by a fixed seed, so that a run can be repeated.
"""

import argparse
import json
import os
import random
import subprocess
import tempfile

COLOURS = [("red", "红色的"), ("green", "绿色的"), ("blue", "蓝色的"), ("yellow", "黄色的"),
           ("purple", "紫色的"), ("orange", "橙色的")]


def article(words):
    return ("an " if words[0] in "aeiou" else "a ") + words


def sentences(model, count):
    """Pairs of a sentence in two languages, with the two things and whether the first is left."""
    with open(os.path.join(model, "words.json"), encoding="utf-8") as file:
        words = json.load(file)
    things = list(zip(words["english"]["things"], words["chinese"]["things"]))
    draw = random.Random(1)
    # The sentence everybody asks about comes first.
    known = dict(things)
    chosen = [(("apple", known["apple"]), ("pear", known["pear"]), COLOURS[0], COLOURS[1])]
    while len(chosen) < count:
        first, second = draw.sample(things, 2)
        chosen.append((first, second, *draw.sample(COLOURS, 2)))
    for index, (a, b, ca, cb) in enumerate(chosen):
        left = index % 2 == 0
        side, zh_side = ("left", "左边") if left else ("right", "右边")
        english = (f"{article(ca[0] + ' ' + a[0])} to the {side} of "
                   f"{article(cb[0] + ' ' + b[0])}")
        chinese = f"{ca[1]}{a[1]}在{cb[1]}{b[1]}的{zh_side}"
        yield {"en": (english, a[0], b[0]), "zh": (chinese, a[1], b[1])}, left


def map_of(explanation, phrase):
    """The mean of the maps of the words of a phrase, as PictureExplanation.map(of:)."""
    text = explanation["texts"][0]
    wanted = phrase.replace(" ", "").lower()
    letters = [(letter, index) for index, word in enumerate(text["words"]) for letter in word["text"]]
    line = "".join(letter for letter, _ in letters)
    start = line.find(wanted)
    if start < 0:
        raise SystemExit(f"{phrase} is not in {line}")
    used = sorted({index for _, index in letters[start:start + len(wanted)]})
    maps = [text["words"][index]["map"] for index in used]
    width, height = maps[0]["width"], maps[0]["height"]
    values = [sum(column) / len(maps) for column in zip(*(map["values"] for map in maps))]
    return width, height, values


def centre(width, height, values):
    """From 0 at the left edge to 1, as HeatMap.centre."""
    least = min(values)
    weights = [value - least for value in values]
    return sum(w * (place % width + 0.5) / width for place, w in enumerate(weights)) / sum(weights)


def run(arguments, language, cases):
    with tempfile.TemporaryDirectory() as folder:
        lines = os.path.join(folder, "prompts.txt")
        with open(lines, "w", encoding="utf-8") as file:
            file.writelines(texts[language][0] + "\n" for texts, _ in cases)
        # Only a model that denoises step by step has previews.
        steps = os.path.isdir(os.path.join(arguments.model, "unet"))
        subprocess.run(
            [arguments.pinxit, "paint", "--model", arguments.model, "--prompts-file", lines,
             "--seed", str(arguments.seed), "--output", os.path.join(folder, "{index}-{seed}.png"),
             "--explain", os.path.join(folder, "why"), "--quiet",
             *(["--previews", "1000"] if steps else [])],
            check=True, stdout=subprocess.DEVNULL)
        found = {}
        for name in os.listdir(os.path.join(folder, "why")):
            with open(os.path.join(folder, "why", name, "explanation.json"), encoding="utf-8") as file:
                explanation = json.load(file)
            found[explanation["texts"][0]["text"]] = explanation
    right, distance = 0, 0
    for texts, left in cases:
        sentence, a, b = texts[language]
        explanation = found[sentence]
        first, second = (centre(*map_of(explanation, phrase)) for phrase in (a, b))
        agrees = (first < second) == left
        right += agrees
        distance += abs(first - second)
        if arguments.verbose or not agrees:
            print(f"  {'right' if agrees else 'WRONG'}  {first:.2f} {second:.2f}  {sentence}")
    print(f"{language}: {right} of {len(cases)} ({right / len(cases):.0%}); "
          f"the centres are {distance / len(cases):.2f} of the width apart")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pinxit", default=".build/release/pinxit")
    parser.add_argument("--model", default="Models/pinxit-small")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="tell of every sentence")
    arguments = parser.parse_args()
    cases = list(sentences(arguments.model, arguments.count))
    for language in ("en", "zh"):
        run(arguments, language, cases)


main()
