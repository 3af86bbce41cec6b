"""Runs the tests of the page, one after the other, each in a browser context of its own."""

import sys
import time
import traceback

import harness
from playwright.sync_api import sync_playwright

import looks_at_access  # noqa: F401
import looks_at_editing  # noqa: F401
import looks_at_failing  # noqa: F401
import looks_at_files  # noqa: F401
import looks_at_modes  # noqa: F401
import looks_at_painting  # noqa: F401
import looks_at_settings  # noqa: F401


def main(names):
    chosen = [t for t in harness.tests if not names or any(n in t.__name__ for n in names)]
    server = harness.Server()
    failed = []
    try:
        server.start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=harness.os.environ["CHROMIUM"], args=["--no-sandbox"])
            for one in chosen:
                begin = time.time()
                name = one.__name__.replace("_", " ")
                try:
                    one(browser, server)
                    print(f"ok    {name} ({time.time() - begin:.1f} s)", flush=True)
                except Exception as error:
                    failed.append(name)
                    print(f"WRONG {name}: {error}", flush=True)
                    if not isinstance(error, AssertionError):
                        traceback.print_exc()
            browser.close()
    finally:
        server.stop()
    print(f"{len(chosen) - len(failed)} of {len(chosen)} tests passed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
