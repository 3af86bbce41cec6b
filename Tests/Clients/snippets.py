"""Writes the programs of a page into a folder, with another address in place of the usual one, and
prints their names: snippets.py PAGE FOLDER ADDRESS."""

import pathlib
import re
import sys

page, folder, address = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
host, port = address.removeprefix("http://").rsplit(":", 1)
blocks = re.findall(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", page.read_text(), re.S | re.M)
assert blocks, f"{page} has no programs"
endings = {"sh": "sh", "python": "py", "js": "mjs", "swift": "swift"}
for number, (language, kind, text) in enumerate(blocks, 1):
    text = text.replace("http://127.0.0.1:7860", address).replace("port=7860", f"port={port}")
    file = folder / f"{number}-{kind or language}.{endings[language]}"
    file.write_text(text)
    print(file.name)
