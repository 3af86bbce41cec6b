"""A server of our own, a browser, and what the tests of the page have in common."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "Sources/Playground/Page"
# Where screenshots go, for eyes: PICTURES=FOLDER.
PICTURES = os.environ.get("PICTURES")
# Milliseconds that four pictures of the small painter may take on a slow machine, in debug too.
LONG = int(os.environ.get("PATIENCE", "60000"))

tests = []


def test(function):
    """Marks a function as a test; its name is the sentence that it proves."""
    tests.append(function)
    return function


def expect(truth, what):
    if not truth:
        raise AssertionError(what)


def equal(found, wanted, what):
    expect(found == wanted, f"{what}: {found!r}, not {wanted!r}")


def comes(read, wanted, what, seconds=10):
    """What is read becomes what is wanted, however slow the machine is."""
    end = time.monotonic() + seconds
    while (found := read()) != wanted and time.monotonic() < end:
        time.sleep(0.05)
    equal(found, wanted, what)


class Server:
    """`pinxit serve` on a port and a data folder of its own. It can be killed and started again."""

    def __init__(self, *more):
        self.more = list(more)
        self.folder = tempfile.mkdtemp(prefix="pinxit-page-")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}/"
        self.process = None

    def start(self):
        line = os.environ.get("PAGE_SERVER") or (
            "{pinxit} serve --port {port} --data {folder}"
        )
        words = line.format(pinxit=os.environ["PINXIT"], port=self.port, folder=self.folder)
        self.log = open(f"{self.folder}/log", "ab")
        self.process = subprocess.Popen(
            words.split() + self.more, cwd=ROOT, stdout=self.log, stderr=self.log,
            start_new_session=True,
        )
        end = time.time() + 60
        while time.time() < end:
            try:
                return urllib.request.urlopen(self.address + "healthz", timeout=1)
            except OSError:
                expect(self.process.poll() is None, f"the server ended: {self.said()}")
                time.sleep(0.05)
        raise AssertionError(f"the server does not answer: {self.said()}")

    def said(self):
        return Path(f"{self.folder}/log").read_text(errors="replace")[-2000:]

    def kill(self):
        """SIGKILL to the server and its workers: all that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Sheet:
    """A page in a context of its own: nothing stored, nothing logged that is wrong."""

    def __init__(self, browser, address, width=1280, height=800, lang="en", **more):
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN" if lang == "zh" else "en-US",
            **more,
        )
        self.context.set_default_timeout(LONG)
        self.page = self.context.new_page()
        self.faults = []
        self.forgiven = []
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.address = address
        self.clear()
        self.open()

    def clear(self):
        """No jobs, no history: tests share a server."""
        send = self.context.request
        own = {"Origin": self.address.rstrip("/")}
        send.post(f"{self.address}api/v1/queue", data={"paused": False}, headers=own)
        for job in self.json("jobs?active=1")["jobs"]:
            send.post(f"{self.address}api/v1/jobs/{job['id']}/cancel", data={}, headers=own)
        for job in self.json("history?limit=200")["items"]:
            send.delete(f"{self.address}api/v1/history/{job['id']}", headers=own)

    def open(self, more=""):
        self.page.goto(self.address + more)
        self.wait("document.querySelector('#model').options.length > 0")
        self.page.wait_for_timeout(150)

    def hear(self, message):
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def forgive(self, pattern):
        """What the browser itself logs where a test breaks something on purpose."""
        self.forgiven.append(pattern)

    def close(self):
        self.context.close()
        wrong = [f for f in self.faults if not any(re.search(p, f) for p in self.forgiven)]
        equal(wrong, [], "what the browser complained of")

    def picture(self, name):
        if PICTURES:
            self.page.screenshot(path=f"{PICTURES}/{name}.png")

    # What users do.

    def paint(self, words, done=True):
        """Paints, and gives the card: the newest job."""
        box = self.page.locator("#prompt")
        box.fill(words)
        before = self.keys()
        box.press("Enter")
        self.wait("[...document.querySelectorAll('#stage .job')].some(j =>"
                  f" !{before}.includes(j.dataset.job))")
        key = next(k for k in self.keys() if k not in before)
        card = self.page.locator(f'[data-job="{key}"].job')
        if done:
            self.wait_done(card)
        return card

    def keys(self):
        return self.page.eval_on_selector_all(
            "#stage .job", "all => all.map(j => j.dataset.job)")

    def wait_done(self, card):
        card.locator(".meta .now").wait_for(state="detached")
        expect(card.locator(".fail").count() == 0,
               "not painted: " + " ".join(card.locator(".fail").all_inner_texts()))

    def count(self, n):
        self.page.select_option("#count", str(n))

    def hashes(self, card):
        """The pictures of a card by their hash."""
        sources = card.locator(".frame img").evaluate_all("all => all.map(i => i.src)")
        return [s.rsplit("/", 1)[-1] for s in sources]

    def bytes(self, hash):
        return self.context.request.get(f"{self.address}api/v1/images/{hash}").body()

    def json(self, path):
        return self.context.request.get(f"{self.address}api/v1/{path}").json()

    def wait(self, truth, limit=LONG):
        """Until an expression is true. The page's policy forbids Playwright's own way."""
        end = time.time() + limit / 1000
        while not self.page.evaluate(truth):
            expect(time.time() < end, f"still not after {limit} ms: {truth}")
            self.page.wait_for_timeout(30)
