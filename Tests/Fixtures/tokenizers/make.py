"""Makes the tokenizer fixtures beside this script; needs transformers 5.

    python3 Tests/Fixtures/tokenizers/make.py

captions.txt    the training text (this script writes it)
trained/        the files a trainer must write for it: a slow, plain implementation of the rules
                in Sources/Tokenizers/CLIP/CLIPTokenizerTrainer.swift
<kind>.json     texts with their ids and decoded form from transformers' CLIPTokenizer, for several
                ways of writing the small configuration files
saved/<kind>/   the same tokenizers as transformers 5 saves them
scalars.json    the words (as ids) of every scalar that CLIP's rules could treat specially
"""
import json
import os
import random
import unicodedata
from collections import Counter

import regex
from transformers import CLIPTokenizer

HERE = os.path.dirname(os.path.abspath(__file__))
START, END = "<|startoftext|>", "<|endoftext|>"
PATTERN = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
SIZE, LENGTH, LONGEST_RUN = 660, 32, 3


def alphabet():
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    other = [byte for byte in range(256) if byte not in printable]
    characters = {byte: chr(byte) for byte in printable}
    characters.update({byte: chr(256 + index) for index, byte in enumerate(other)})
    return characters


CHARACTERS = alphabet()
BYTES = {character: byte for byte, character in CHARACTERS.items()}


def captions():
    chance = random.Random(0)
    colours = [("red", "红色"), ("blue", "蓝色"), ("yellow", "黄色"), ("green", "绿色"), ("black", "黑色")]
    nouns = [("cat", "猫"), ("dog", "狗"), ("apple", "苹果"), ("bicycle", "自行车"), ("house", "房子"),
             ("star", "星星"), ("fish", "鱼"), ("guitar", "吉他")]
    places = [("to the left of", "左边"), ("above", "上面")]
    lines = []
    for _ in range(120):
        (a, ca), (b, cb), (c, cc) = (chance.choice(colours) for _ in range(3))
        (n, cn), (m, cm) = chance.choice(nouns), chance.choice(nouns)
        place, cplace = chance.choice(places)
        if chance.random() < 0.5:
            lines.append(f"A {a} {n} {place} a {b} {m}, {c} background.")
        else:
            lines.append(f"一只{ca}的{cn}在一只{cb}的{cm}的{cplace}，{cc}背景")
    return lines + ["It's café Élan, it's", "it's 2 cafés, naïve Ελλάδος Ελλάδος"]


def allowed(symbol):
    data = bytes(BYTES[c] for c in symbol.removesuffix("</w>"))
    if sum(byte >= 0xE0 for byte in data) > LONGEST_RUN:
        return False
    try:
        data.decode()
        return True
    except UnicodeDecodeError:
        return len(data) < 4 and data[0] >= 0x80 and all(b & 0xC0 == 0x80 for b in data[1:])


def train(lines):
    words = Counter()
    for line in lines:
        text = regex.sub(r"\s+", " ", unicodedata.normalize("NFC", line))
        text = "".join(character.lower() for character in text)
        for word in PATTERN.findall(text):
            symbols = [CHARACTERS[byte] for byte in word.encode()]
            symbols[-1] += "</w>"
            words[tuple(symbols)] += 1
    base = list(CHARACTERS.values())
    vocabulary = base + [symbol + "</w>" for symbol in base]
    merges = []
    while len(vocabulary) < SIZE - 2:
        pairs = Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                if allowed(pair[0] + pair[1]):
                    pairs[pair] += count
        if not pairs or max(pairs.values()) < 2:
            break
        pair = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(pair)
        if pair[0] + pair[1] not in vocabulary:
            vocabulary.append(pair[0] + pair[1])
        merged = Counter()
        for word, count in words.items():
            out, index = [], 0
            while index < len(word):
                if word[index:index + 2] == pair:
                    out.append(pair[0] + pair[1])
                    index += 2
                else:
                    out.append(word[index])
                    index += 1
            merged[tuple(out)] += count
        words = merged
    return vocabulary + [START, END], merges


def write(path, value, **options):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, **options)
        file.write("\n")


def token(content, normalized, **more):
    return {"content": content, "lstrip": False, "normalized": normalized, "rstrip": False,
            "single_word": False, **more}


def kinds():
    """Configuration files in the forms found beside the published models."""
    old = {name: {"__type": "AddedToken", **token(text, True)}
           for name, text in (("bos_token", START), ("eos_token", END), ("unk_token", END))}
    plain = {name: token(text, True)
             for name, text in (("bos_token", START), ("eos_token", END), ("unk_token", END))}
    names = {"bos_token": START, "eos_token": END, "unk_token": END}
    length = {"model_max_length": LENGTH, "tokenizer_class": "CLIPTokenizer"}
    last = SIZE - 1
    return {
        "trained": None,
        "sd1": ({**length, **old, "pad_token": END}, {**plain, "pad_token": END}, None),
        "sd2": ({**length, **old, "pad_token": END}, {**plain, "pad_token": "!"}, None),
        "sdxl2": ({**length, **names, "pad_token": "!", "added_tokens_decoder": {
            "0": token("!", False, special=True), str(last - 1): token(START, True, special=True),
            str(last): token(END, True, special=True)}}, None, None),
        "inversion": ({**length, **names, "pad_token": END, "model_max_length": 16}, None,
                      {"<My-Cat>": last + 1, "<My-Cat>_1": last + 2}),
    }


TEXTS = [
    "", " ", "a red cat", "A RED  Cat\t\non a   blue dog", "It's the dog's; they'll we've I'm he'd don't",
    "'something 'tis ''s", "12345 apples, 3½ ² Ⅷ 一百二十三 ٣", "café", "cafe\u0301", "CAFÉ E\u0301lan",
    "ΟΔΟΣ Ελλάδος ὈΔΥΣΣΕΎΣ", "İstanbul ISTANBUL ı", "Straße GROẞ", "ﬁne ﬂy ǅ ǆ", "Å Å A\u030a",
    "한국어 각 각", "が か\u3099", "a\u0323\u0307 a\u0307\u0323 \u1e69 s\u0323\u0307", "\u0344 \u0958 \u2126",
    "emoji 😀👨‍👩‍👧‍👦 🇨🇳 ❤️!", "一只红色的猫在一只蓝色的狗的左边，黄色背景", "红色的猫 和 red cat。《书》",
    "日本語テキスト ｶﾞ Ｆｕｌｌ　ｗｉｄｔｈ", "hello!", "hi!!! there!", "!", "a<|startoftext|>b",
    "a <|endoftext|> b<|endoftext|>", "a<|STARTOFTEXT|>!b <|EndOfText|>", "<|startoftext", "!<|endoftext|>!",
    "<My-Cat> on a <my-cat>_1 mat <My-Cat>_1", "zero\u200bwidth\u00a0nbsp\u2028line\x00nul\x1cfs\x85nel",
    "tab\there\r\nthere", "don't'll", "a" * 300, "ab " * 60, "猫" * 90, "x'y'z ... --- ___ a_b a-b",
    "\ufeffbom \ufffd \U0010ffff \ue000", "naïve coöperate", "ÀÉÎÕÜ ÿ Ÿ", "ꙮ Ꙗ ᏸ Ꭰ Ა ა",
    "</w> a</w>b", "#version: 0.2", "((a cat:1.2)), [dog] {x|y}",
]


def cases(tokenizer, texts):
    rows = []
    for text in texts:
        tokens = tokenizer(text, add_special_tokens=False).input_ids
        padded = tokenizer(text, padding="max_length", truncation=True,
                           max_length=tokenizer.model_max_length).input_ids
        rows.append({"text": text, "tokens": tokens, "padded": padded,
                     "decoded": tokenizer.decode(tokens),
                     "plain": tokenizer.decode(tokens, skip_special_tokens=True)})
    return {"length": tokenizer.model_max_length, "bos": tokenizer.bos_token_id,
            "eos": tokenizer.eos_token_id, "pad": tokenizer.pad_token_id,
            "size": len(tokenizer), "cases": rows}


def scalars(tokenizer):
    """One scalar between letters, for a stride over all of Unicode and every block's start."""
    codes = sorted({*range(0x80, 0x600), *range(0x1E00, 0x2300), *range(0x3000, 0x3130),
                    *range(0xFB00, 0xFB50), *range(0xF900, 0xFA70, 3), *range(0, 0x20000, 97)})
    codes = [code for code in codes if not 0xD800 <= code < 0xE000
             and unicodedata.category(chr(code)) != "Cn"]
    ids = [tokenizer(f"a{chr(code)}b", add_special_tokens=False).input_ids for code in codes]
    return {"codes": codes, "ids": ids}


def save_again(tokenizer, folder):
    """As transformers 5 saves it: tokenizer.json without vocab.json and merges.txt."""
    tokenizer.save_pretrained(folder)
    with open(f"{folder}/tokenizer.json", encoding="utf-8") as file:
        value = json.load(file)
    write(f"{folder}/tokenizer.json", value, separators=(",", ":"))


def main():
    folder = os.path.join(HERE, "trained")
    os.makedirs(folder, exist_ok=True)
    lines = captions()
    with open(os.path.join(HERE, "captions.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    vocabulary, merges = train(lines)
    assert len(vocabulary) == SIZE, len(vocabulary)
    write(f"{folder}/vocab.json", {symbol: i for i, symbol in enumerate(vocabulary)}, indent=2)
    with open(f"{folder}/merges.txt", "w", encoding="utf-8") as file:
        file.write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    named = {"bos_token": START, "eos_token": END, "pad_token": END, "unk_token": END}
    write(f"{folder}/special_tokens_map.json", named, indent=2)
    write(f"{folder}/tokenizer_config.json", {
        **named, "model_max_length": LENGTH, "tokenizer_class": "CLIPTokenizer"}, indent=2)

    for kind, files in kinds().items():
        path = folder
        if files:
            path = os.path.join(HERE, kind)
            os.makedirs(path, exist_ok=True)
            names = ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"]
            for name, value in zip(names, files):
                if value is not None:
                    write(f"{path}/{name}", value, indent=2)
            for name in ("vocab.json", "merges.txt"):
                if not os.path.lexists(f"{path}/{name}"):
                    os.symlink(f"../trained/{name}", f"{path}/{name}")
        tokenizer = CLIPTokenizer.from_pretrained(path)
        write(f"{HERE}/{kind}.json", cases(tokenizer, TEXTS))
        if kind != "trained":
            save_again(tokenizer, f"{HERE}/saved/{kind}")
        if kind == "trained":
            write(f"{HERE}/scalars.json", scalars(tokenizer), separators=(",", ":"))


if __name__ == "__main__":
    main()
