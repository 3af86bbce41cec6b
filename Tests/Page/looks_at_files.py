"""The files themselves: what they may weigh, hold and say."""

import re
import urllib.request

from harness import FILES, Sheet, equal, expect, test

# Bytes that may go over the line for the whole page.
LIMIT = 150_000


@test
def the_page_weighs_at_most_150_kB_on_the_line(browser, server):
    sizes = {}
    for file in FILES.iterdir():
        asked = urllib.request.Request(
            server.address + file.name, headers={"Accept-Encoding": "gzip"})
        sizes[file.name] = len(urllib.request.urlopen(asked).read())
    expect(sum(sizes.values()) <= LIMIT, f"all files are {sum(sizes.values())} bytes: {sizes}")


@test
def the_program_holds_every_file_as_it_is(browser, server):
    sheet = Sheet(browser, server.address)
    for file in FILES.iterdir():
        answer = sheet.context.request.get(server.address + file.name)
        equal(answer.status, 200, f"the answer to {file.name}")
        expect(answer.body() == file.read_bytes(), f"{file.name} is not what it is in Page")
    sheet.close()


@test
def no_file_imports_itself_by_way_of_others(browser, server):
    named = re.compile(r'(?:from|^import) "\./([\w.]+)"', re.M)
    imports = {f.name: named.findall(f.read_text()) for f in FILES.glob("*.js")}
    done = set()

    def follow(name, way):
        expect(name not in way, f"a circle: {' -> '.join(way + [name])}")
        if name in done:
            return
        for other in imports[name]:
            follow(other, way + [name])
        done.add(name)

    for name in imports:
        follow(name, [])


@test
def no_file_writes_html_or_loads_from_elsewhere(browser, server):
    for file in FILES.glob("*.js"):
        text = file.read_text()
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            expect(word not in text, f"{file.name} has {word}")
    for file in FILES.iterdir():
        if file.suffix in (".js", ".css", ".html"):
            addresses = re.findall(r"https?://(?!www\.w3\.org/)\S+", file.read_text())
            equal(addresses, [], f"addresses in {file.name}")


@test
def both_languages_say_everything(browser, server):
    def keys(name):
        found = re.findall(r'^  "?([\w.]+)"?: "', (FILES / name).read_text(), re.M)
        equal(len(found), len(set(found)), f"keys of {name}")
        return set(found)

    english, chinese = keys("texts.en.js"), keys("texts.zh.js")
    equal(english, chinese, "keys of the catalogues")
    source = "".join(f.read_text() for f in FILES.iterdir() if f.suffix in (".js", ".html"))
    used = set(re.findall(r'\bt\("(\w+)"[,)]', source))
    used |= set(re.findall(r'data-t[ap]?="(\w+)"', source))
    equal(sorted(used - english), [], "texts that are missing")


@test
def the_policy_of_content_is_strict(browser, server):
    sheet = Sheet(browser, server.address)
    policy = sheet.context.request.get(server.address).headers["content-security-policy"]
    for rule in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'"):
        expect(rule in policy, f"the policy is {policy}")
    expect("unsafe" not in policy, f"the policy is {policy}")
    equal(sheet.page.locator("[style]:not([style*='--'])").count(), 0, "style attributes")
    sheet.close()
