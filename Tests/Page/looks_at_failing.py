"""What happens when something breaks: the server, the line, the request."""

import tempfile

from harness import LONG, Server, Sheet, equal, expect, test


@test
def a_killed_server_is_told_and_nothing_is_lost_or_doubled(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    sheet.forgive("ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|Failed to load resource|ERR_EMPTY")
    page.select_option("#quality", "fine")
    page.select_option("#count", "9")
    card = sheet.paint("a green dinosaur", done=False)
    card.locator("[role=progressbar]").wait_for()
    page.fill("#prompt", "half a thought")
    sheet.wait("document.querySelector('.pic:not(.done) img')?.naturalWidth > 0")
    server.kill()
    page.locator("#away").wait_for(timeout=2000)
    expect("does not answer" in page.inner_text("#away"), "the notice")
    expect("Last heard" in card.inner_text(), card.inner_text())
    widths = card.locator(".frame img").evaluate_all("all => all.map(i => i.naturalWidth)")
    expect(widths and all(widths), f"widths of the pictures that stay: {widths}")
    equal(page.input_value("#prompt"), "half a thought", "the prompt")
    sheet.picture("away")
    page.select_option("#count", "1")
    unsent = sheet.paint("an orange pumpkin", done=False)
    expect("Not sent" in unsent.inner_text(), unsent.inner_text())
    server.start()
    equal(page.locator("#away button").inner_text(), "Try now", "the button")
    page.evaluate("document.querySelector('#away:not([hidden]) button')?.click()")
    page.locator("#away").wait_for(state="hidden")
    sheet.wait_done(card)
    sheet.wait_done(unsent)
    equal(card.locator(".pic.done").count(), 9, "pictures")
    for words in ("dinosaur", "pumpkin"):
        equal(len(sheet.json(f"history?q={words}")["items"]), 1, f"{words} in the history")
    sheet.close()


@test
def unsent_requests_survive_a_reload(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.forgive("Failed to load resource|ERR_FAILED|ERR_INTERNET_DISCONNECTED")
    sheet.count(1)
    sheet.page.route("**/api/v1/jobs", lambda route: route.abort()
                     if route.request.method == "POST" else route.continue_())
    card = sheet.paint("a white ghost", done=False)
    sheet.wait("localStorage.getItem('pinxit.unsent')?.includes('ghost')")
    sheet.page.unroute("**/api/v1/jobs")
    sheet.page.reload()
    sheet.wait("document.querySelector('#stage').textContent.includes('a white ghost')")
    sheet.wait_done(sheet.page.locator(".job").first)
    equal(len(sheet.json("history?q=ghost")["items"]), 1, "the history")
    equal(sheet.page.evaluate("localStorage.getItem('pinxit.unsent')"), None, "what is unsent")
    sheet.close()


@test
def a_full_queue_or_disk_is_told_and_tried_again(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.forgive("429|503")
    answers = []
    refusals = [(429, "queue_full"), (503, "unavailable")]

    def refuse_twice(route):
        if route.request.method != "POST":
            return route.continue_()
        answers.append(route.request.headers["idempotency-key"])
        if not refusals:
            return route.continue_()
        status, code = refusals.pop(0)
        return route.fulfill(status=status, headers={"Retry-After": "1"},
                             json={"error": {"code": code, "message": "full"}})

    sheet.page.route("**/api/v1/jobs", refuse_twice)
    sheet.count(1)
    card = sheet.paint("a blue whale", done=False)
    expect("trying again in 1 s" in card.inner_text(), card.inner_text())
    sheet.wait_done(card)
    equal(len(answers), 3, "requests")
    equal(len(set(answers)), 1, "keys of all requests")
    sheet.close()


@test
def a_failed_job_says_why_and_offers_a_way_out(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.forgive("400")
    answer = {"error": {"code": "invalid_value", "message": "steps: 0 is not from 1 to 150"}}
    refuse = lambda route: route.fulfill(status=400, json=answer)  # noqa: E731
    sheet.page.route("**/api/v1/jobs", refuse)
    sheet.count(1)
    card = sheet.paint("a pink pig", done=False)
    card.locator(".fail").wait_for()
    expect("steps: 0" in card.inner_text(), card.inner_text())
    equal(sheet.page.input_value("#prompt"), "a pink pig", "the prompt stays")
    sheet.picture("failed")
    sheet.page.unroute("**/api/v1/jobs")
    card.get_by_role("button", name="Try again").click()
    sheet.wait("document.querySelectorAll('.job .pic.done').length === 1")
    sheet.close()


@test
def a_slow_line_still_shows_the_card_at_once(browser, server):
    sheet = Sheet(browser, server.address)
    line = sheet.context.new_cdp_session(sheet.page)
    line.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": 800, "downloadThroughput": 40_000,
        "uploadThroughput": 20_000})
    sheet.count(1)
    sheet.page.fill("#prompt", "a red tent")
    ms = sheet.page.evaluate("""() => {
        const begin = performance.now();
        document.querySelector('#form').requestSubmit();
        return document.querySelectorAll('.job').length ? performance.now() - begin : 1e9; }""")
    expect(ms < 100, f"the card came after {ms} ms")
    sheet.wait_done(sheet.page.locator(".job").first)
    sheet.close()


@test
def a_server_with_a_key_asks_for_it_once(browser, server):
    with tempfile.NamedTemporaryFile("w", suffix=".keys") as keys:
        keys.write("a-long-and-secret-key-of-this-test\n")
        keys.flush()
        locked = Server("--key-file", keys.name)
        try:
            locked.start()
            context = browser.new_context(locale="en-US")
            context.set_default_timeout(LONG)
            page = context.new_page()
            page.goto(locked.address)
            page.fill("#key", "wrong")
            page.get_by_role("button", name="Go on").click()
            page.locator("#keySay:not(:empty)").wait_for()
            page.fill("#key", "a-long-and-secret-key-of-this-test")
            page.keyboard.press("Enter")
            page.locator(".try").first.wait_for()
            page.reload()
            page.locator(".try").first.wait_for()
            expect(page.locator("#key").count() == 0, "it asks again")
            equal(page.evaluate("document.cookie"), "", "what scripts see of the cookie")
            expect("this machine" not in page.inner_text("#stage"), "with a key others come in")
            context.close()
        finally:
            locked.stop()


@test
def what_the_policy_refuses_is_said_in_the_pages_language(browser, server):
    for lang, words, reason in (("en", "hardcore porn", "sexual content"),
                                ("zh", "色情图片", "色情内容")):
        sheet = Sheet(browser, server.address, lang=lang)
        sheet.forgive("400")
        card = sheet.paint(words, done=False)
        fault = card.locator(".fail")
        fault.wait_for()
        expect(reason in fault.inner_text(), f"the reason: {fault.inner_text()}")
        equal(fault.locator("button").count(), 0, "buttons")
        equal(sheet.page.input_value("#prompt"), words, "the words are kept")
        sheet.picture(f"blocked-{lang}")
        sheet.close()
