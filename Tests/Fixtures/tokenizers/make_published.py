"""Makes published.json: what transformers makes of 10,000 texts with CLIP's published vocabulary.

    python3 Tests/Fixtures/tokenizers/make_published.py bpe_simple_vocab_16e6.txt.gz

The list of merges is OpenAI's, as the package open_clip_torch has it; needs transformers 5. A text
is some of `pieces` one after the other, chosen by `texts`. Left out are characters newer than the
tables of the tokenizers library, which are of Unicode 9 for the order of marks. For each hundred texts there is the
SHA-256 of their ids, of Stable Diffusion's tokenizer and of SDXL's second one, whose padding is "!".
"""
import gzip
import hashlib
import json
import os
import random
import sys
import tempfile
import unicodedata

import regex
from tokenizers import normalizers
from transformers import CLIPTokenizer

from make import END, START, CHARACTERS, HERE, write

COUNT, BLOCK, MOST = 10_000, 100, 24
SCRIPTS = """Adlam Arabic Armenian Avestan Balinese Bengali Bopomofo Braille Cherokee Coptic Cuneiform
Cyrillic Deseret Devanagari Ethiopic Georgian Glagolitic Gothic Greek Gujarati Gurmukhi Han Hangul
Hebrew Hiragana Javanese Kannada Katakana Khmer Lao Latin Lisu Malayalam Mongolian Myanmar Nko Ogham
Oriya Osmanya Phoenician Runic Sinhala Sundanese Syriac Tagalog Tamil Telugu Thaana Thai Tibetan
Tifinagh Vai Yi""".split()
WORDS = """a an the of in on with and red blue green fox cat portrait photo painting highly detailed
masterpiece best quality 4k 8k trending artstation volumetric lighting bokeh watercolor intricate
greg rutkowski unreal engine cinematic film grain f/1.8 35mm 1girl solo iPhone McDonald's NASA""".split()
OTHER = [
    "!", "!!", "?", "...", ",", ";", ":", "-", "--", "_", "'", "\"", "(", ")", "[", "]", "{", "}", "|",
    "<", ">", "/", "\\", "@", "#", "$", "%", "^", "&", "*", "+", "=", "~", "`", "'s", "'re", "'ll",
    "n't", "’s", "“", "”", "«", "»", "、", "。", "「", "」", "！", "？", "٪", "।", "¿", "¡", "€", "™",
    "½", "²", "Ⅷ", "٣", "४", "０", "0", "7", "42", "2024", "1:1.2", "\t", "\n", "\r\n", "\u00a0", "\u2003",
    "\u200b", "\u200d", "\u3000", "\u2028", "\ufeff", "\u0301", "\u0323", "\u20e3", "\ufe0f", "😀", "❤️",
    "👨‍👩‍👧‍👦", "🇨🇳", "👍🏽", "é", "e\u0301", "Å", "ﬁ", "ẞ", "İ", "ς", "ǅ", "각", "각", START, END,
    "<|STARTOFTEXT|>", "</w>", "&amp;", "http://a.b/c?d=e", "\U0001f9d1\u200d\U0001f680", "𝔘𝔫𝔦", "\ue000"]


def is_known(character):
    """Whether the library knows the character, and of a mark where it stands among others."""
    if unicodedata.category(character) == "Cn":
        return False
    overlay = "\u0334"  # It stands before all others but the like of it.
    return unicodedata.combining(character) <= 1 or normalizers.NFC().normalize_str(
        character + overlay) == unicodedata.normalize("NFC", character + overlay)


def pieces():
    chance = random.Random(14)
    found = [" "] * 8 + WORDS + OTHER
    every = "".join(chr(code) for code in range(0x250, 0x20000) if not 0xD800 <= code < 0xE000)
    every = "".join(chr(code) for code in range(0x41, 0x250)) + every
    for script in SCRIPTS:
        letters = regex.findall(rf"(?V1)[\p{{Script={script}}}&&[\p{{L}}\p{{M}}\p{{N}}\p{{S}}]]", every)
        letters = [letter for letter in letters if is_known(letter)]
        assert letters, script
        for _ in range(30):
            found.append("".join(chance.choice(letters) for _ in range(chance.randint(1, 7))))
    return found


def texts(pieces):
    """As the test makes them too."""
    state = 1
    def next(limit):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % limit
    for _ in range(COUNT):
        count = 1 + next(MOST)
        yield "".join(pieces[next(len(pieces))] + (" " if next(2) else "") for _ in range(count))


def tokenizer(merges, pad, folder):
    symbols = list(CHARACTERS.values())
    symbols += [symbol + "</w>" for symbol in symbols]
    symbols += ["".join(merge.split()) for merge in merges] + [START, END]
    write(f"{folder}/vocab.json", {symbol: index for index, symbol in enumerate(symbols)})
    with open(f"{folder}/merges.txt", "w", encoding="utf-8") as file:
        file.write("#version: 0.2\n" + "\n".join(merges) + "\n")
    named = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": pad}
    write(f"{folder}/special_tokens_map.json", named)
    write(f"{folder}/tokenizer_config.json", {
        **named, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer"})
    return CLIPTokenizer.from_pretrained(folder)


def main():
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as file:
        merges = file.read().split("\n")[1:49152 - 256 - 2 + 1]
    made = {"count": COUNT, "block": BLOCK, "most": MOST, "pieces": pieces()}
    all_texts = list(texts(made["pieces"]))
    for name, pad in (("first", END), ("second", "!")):
        with tempfile.TemporaryDirectory() as folder:
            own = tokenizer(merges, pad, folder)
            rows = [own(text, add_special_tokens=False).input_ids for text in all_texts]
        lines = [" ".join(map(str, row)) + "\n" for row in rows]
        made[name] = [
            hashlib.sha256("".join(lines[start:start + BLOCK]).encode()).hexdigest()[:16]
            for start in range(0, COUNT, BLOCK)]
    write(os.path.join(HERE, "published.json"), made, indent=0)


if __name__ == "__main__":
    main()
