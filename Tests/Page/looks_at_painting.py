"""Painting: the grid, previews, the queue, cancelling, the history."""

import io

from harness import Sheet, comes, equal, expect, test
from PIL import Image, ImageChops, ImageStat


def difference(sheet, hash, other):
    """Levels by which two pictures differ on average, at the size of the first."""
    one, two = (Image.open(io.BytesIO(sheet.bytes(h))).convert("RGB") for h in (hash, other))
    two = two.resize(one.size, Image.Resampling.BOX)
    return sum(ImageStat.Stat(ImageChops.difference(one, two)).mean) / 3


@test
def it_opens_with_the_caret_in_the_prompt_and_examples_in_sight(browser, server):
    for width, height in ((1280, 800), (390, 844)):
        sheet = Sheet(browser, server.address, width, height)
        if width > 760:
            equal(sheet.page.evaluate("document.activeElement.id"), "prompt", "focus")
        for example in sheet.page.locator(".try").all():
            box = example.bounding_box()
            expect(box["y"] + 60 < height, f"an example begins at {box['y']} of {height}")
        equal(sheet.page.locator(".try").count(), 4, "examples")
        sheet.picture(f"empty-{width}")
        sheet.close()


@test
def an_example_gives_a_grid_at_once_and_four_pictures(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.page.locator(".try").first.click()
    equal(sheet.page.locator(".job .pic").count(), 4, "frames right after the click")
    card = sheet.page.locator(".job").first
    sheet.wait_done(card)
    equal(card.locator(".pic.done img").count(), 4, "pictures")
    equal(len(set(sheet.hashes(card))), 4, "different pictures")
    expect(card.locator(".pic.sel").count() == 1, "the first picture of a first job is chosen")
    sheet.picture("done")
    sheet.close()


@test
def previews_come_before_the_picture_and_the_grid_fills(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.page.evaluate("""() => {
        window.seen = new Set();
        new MutationObserver(() => {
            for (const i of document.querySelectorAll('.pic:not(.done) img')) seen.add(i.src);
            const done = document.querySelectorAll('.pic.done').length;
            if (done) seen.add('done ' + done);
        }).observe(document.querySelector('#stage'), { subtree: true, childList: true,
            attributes: true });
    }""")
    sheet.page.select_option("#quality", "fine")
    sheet.paint("a red car on a yellow background")
    seen = sheet.page.evaluate("[...window.seen]")
    expect(any("previews" in s or "images" in s for s in seen), f"no preview was shown: {seen}")
    expect("done 1" in seen or "done 2" in seen, f"the grid did not fill one by one: {seen}")
    sheet.close()


@test
def enter_while_it_paints_puts_the_next_one_in_line(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.page.select_option("#quality", "fine")
    first = sheet.paint("a castle", done=False)
    first.locator("[role=progressbar]").wait_for()
    second = sheet.paint("two penguins", done=False)
    sheet.page.select_option("#quality", "normal")
    third = sheet.paint("a pink flower", done=False)
    sheet.wait("document.querySelectorAll('.job.brief').length === 2")
    expect("1st in line" in second.inner_text(), second.inner_text())
    expect("2nd in line" in third.inner_text(), third.inner_text())
    sheet.page.keyboard.press("Escape")  # nothing: the prompt is not empty, the first is cancelled
    sheet.page.wait_for_timeout(200)
    equal(first.count(), 0, "cards of the cancelled job")
    comes(lambda: "1st in line" in third.inner_text(), True, "the last one moved up")
    sheet.wait_done(second)
    sheet.wait_done(third)
    sheet.close()


@test
def the_queue_is_seen_reordered_paused_and_cancelled(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    page.click("#queueBtn")
    page.locator("#queue p").wait_for()
    expect("Nothing" in page.inner_text("#queue"), page.inner_text("#queue"))
    page.keyboard.press("Escape")
    sheet.context.request.post(
        f"{server.address}api/v1/queue", data={"paused": True},
        headers={"Origin": server.address.rstrip("/")})
    for words in ("a snowman", "a whale", "a rocket"):
        sheet.paint(words, done=False)
    sheet.wait("document.querySelectorAll('.job').length >= 3")
    page.click("#queueBtn")
    names = lambda: page.locator("#queue .qi b").all_inner_texts()  # noqa: E731
    comes(names, ["a snowman", "a whale", "a rocket"], "the line")
    sheet.picture("queue")
    page.locator("#queue .qi").nth(2).get_by_role("button", name="Earlier").click()
    comes(names, ["a snowman", "a rocket", "a whale"], "after Earlier")
    order = [j["prompt"] for j in sheet.json("jobs?active=1")["jobs"]]
    equal(order, ["a snowman", "a rocket", "a whale"], "the server's line")
    page.locator("#queue .qi").nth(0).get_by_role("button", name="Cancel").click()
    comes(names, ["a rocket", "a whale"], "after Cancel")
    page.get_by_role("button", name="Go on").click()
    page.keyboard.press("Escape")
    sheet.wait("document.querySelector('#queueN').textContent === ''")
    sheet.close()


@test
def escape_cancels_and_the_prompt_is_back(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.page.select_option("#quality", "fine")
    card = sheet.paint("a brown bear on a green background", done=False)
    card.locator("[role=progressbar]").wait_for()
    sheet.page.fill("#prompt", "")
    sheet.page.keyboard.press("Escape")
    equal(card.count(), 0, "cards after Escape")
    equal(sheet.page.input_value("#prompt"), "a brown bear on a green background", "the prompt")
    sheet.wait("fetch('api/v1/jobs?active=1').then(a => a.json()).then(j => !j.jobs.length)")
    sheet.close()


@test
def hovering_a_picture_shows_its_actions_and_moves_nothing(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.count(4)
    card = sheet.paint("a red apple")
    boxes = "() => [...document.querySelectorAll('.frame')].map(f => f.getBoundingClientRect().y)"
    before = sheet.page.evaluate(boxes)
    card.locator(".frame").nth(2).hover()
    expect(card.locator(".pic").nth(2).locator(".acts").is_visible(), "the actions are there")
    expect(not card.locator(".pic").nth(2).locator(".cap").is_visible(), "the caption is gone")
    equal(sheet.page.evaluate(boxes), before, "places of the frames")
    for width in (820, 1280):
        sheet.page.set_viewport_size({"width": width, "height": 800})
        lefts = sheet.page.evaluate("""() => ['.sheet', '.job', '.job .frame'].map(
            s => Math.round(document.querySelector(s).getBoundingClientRect().left))""")
        equal(len(set(lefts)), 1, f"left edges at {width}: {lefts}")
    shown = card.locator(".frame img").first.evaluate(
        "i => [getComputedStyle(i).imageRendering, i.width]")
    equal(shown, ["pixelated", 256], "small pictures have crisp pixels at twice the size")
    sheet.close()


@test
def pictures_are_varied_upscaled_repeated_saved_and_copied(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sheet.count(1)
    card = sheet.paint("a blue car on a yellow background")
    hash = sheet.hashes(card)[0]

    def press(name):
        card.locator(".frame").first.hover()
        card.locator(f'[data-act="{name}"]').click()

    for name, count in (("vary", 4), ("varyMore", 4), ("upscale", 1), ("repeat", 1)):
        before = sheet.keys()
        press(name)
        sheet.wait(f"document.querySelectorAll('.job').length > {len(before)}")
        fresh = sheet.page.locator(".job").first
        sheet.wait_done(fresh)
        equal(fresh.locator(".pic.done").count(), count, f"pictures of {name}")
        expect(hash not in sheet.hashes(fresh), f"{name} gave the same picture")
        if name == "upscale":
            size = fresh.locator("img").evaluate("i => [i.naturalWidth, i.naturalHeight]")
            equal(size, [256, 256], "twice the size")
            expect(difference(sheet, hash, sheet.hashes(fresh)[0]) < 6, "it is another picture")
    with sheet.page.expect_download() as download:
        press("save")
    expect(download.value.suggested_filename.startswith("a-blue-car"), "the file's name")
    press("copy")
    sheet.wait("document.querySelector('#toast').textContent.startsWith('Copied')")
    sheet.close()


@test
def the_history_survives_a_reload_is_searched_and_recalls_everything(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    sheet.count(1)
    page.fill("#seed", "4711")
    page.click("#shapes button >> nth=-1")
    page.click("#drawerBtn")
    page.locator("#f-steps").fill("7")
    sheet.paint("a purple elephant on a white background")
    page.fill("#prompt", "half a thought")
    page.reload()
    sheet.wait("document.querySelectorAll('#reel .thumb').length > 0")
    equal(page.input_value("#prompt"), "half a thought", "the draft")
    page.wait_for_timeout(300)
    page.keyboard.press("Escape")
    page.fill("#search", "elephant")
    sheet.wait("document.querySelectorAll('#reel .thumb').length === 1")
    page.click("#reel .thumb")
    card = page.locator(".job").first
    expect("elephant" in card.inner_text(), card.inner_text())
    page.fill("#seed", "")
    card.locator('[data-act="reuse"]').click()
    equal(page.input_value("#prompt"), "a purple elephant on a white background", "the prompt")
    equal(page.input_value("#seed"), "4711", "the seed")
    shape = page.locator("#shapes [aria-checked=true]").get_attribute("data-size")
    expect(shape != "128x128", "the shape")
    if page.locator("#drawer").is_hidden():
        page.click("#drawerBtn")
    equal(page.input_value("#f-steps"), "7", "the steps")
    page.fill("#search", "xylophone")
    sheet.wait("document.querySelector('#reel .none')")
    page.fill("#search", "")
    sheet.close()


@test
def deleting_can_be_undone(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.count(1)
    card = sheet.paint("a yellow lemon")
    card.get_by_role("button", name="Delete from the history").click()
    equal(card.count(), 0, "cards")
    sheet.page.locator("#toast button").click()
    card.wait_for()
    ids = sheet.json("history?q=lemon")["items"]
    equal(len(ids), 1, "items of the history")
    sheet.close()


@test
def a_word_that_is_pointed_at_lights_up_where_it_went(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.count(1)
    card = sheet.paint("a red apple on a blue background")
    heat = card.locator("canvas.heat")
    card.locator(".title .w", has_text="apple").hover()
    heat.wait_for()
    dim = heat.evaluate("""c => { const d = c.getContext('2d')
        .getImageData(0, 0, c.width, c.height).data; const a = [];
        for (let i = 3; i < d.length; i += 4) a.push(d[i]); return [Math.min(...a), Math.max(...a)] }""")
    expect(dim[0] < 20 and dim[1] > 200, f"a part is lit and the rest dim: {dim}")
    sheet.picture("heat")
    sheet.page.mouse.move(0, 0)
    heat.wait_for(state="detached")
    equal(len(sheet.json("history")["items"]), 1, "jobs of the history")
    equal(sheet.page.locator("#stage .job").count(), 1, "jobs on the stage")
    sheet.close()


@test
def every_painter_that_explains_lights_up_its_words(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    models = sheet.json("capabilities")["models"]

    def tell(route):
        answer = route.fetch()
        told = answer.json()
        for model in told["models"]:
            model["can"] = sorted({*model["can"], "explain"})
        route.fulfill(response=answer, json=told)

    place = {"width": 2, "height": 2, "values": [0, 0, 0, 1]}
    words = [{"text": text, "map": place} for text in ("a", "red", "apple")]
    page.route("**/api/v1/capabilities", tell)
    page.route("**/explain", lambda route: route.fulfill(
        json={"texts": [{"words": words}], "steps": []}))
    sheet.open()
    sheet.count(1)
    for family, tip in (("gan", "what it changed"), ("tokens", "where it went")):
        model = next((m["id"] for m in models if m["family"] == family), None)
        if not model:
            continue
        page.select_option("#model", model)
        card = sheet.paint("a red apple")
        card.locator(".title .w", has_text="apple").hover()
        card.locator("canvas.heat").wait_for()
        card.locator(".frame").click()
        expect(tip in page.inner_text("#viewer .side"), page.inner_text("#viewer .side"))
        equal(page.locator("#viewer [data-act=steps]").count(), 0, f"steps of {model}")
        page.keyboard.press("Escape")
    sheet.close()


@test
def the_steps_of_an_old_picture_are_painted_again(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.count(1)
    card = sheet.paint("a green duck")
    hash = sheet.hashes(card)[0]
    # The server keeps previews while there is room; in the page they are gone with the page.
    sheet.page.goto("about:blank")
    sheet.open()
    sheet.page.locator("#history img").first.click()
    sheet.page.locator(".job .frame").first.click()
    sheet.page.locator("[data-act=steps]").click()
    scrub = sheet.page.locator(".scrub input")
    scrub.wait_for()
    scrub.press("Home")
    comes(lambda: f"images/{hash}/explain/steps/1" in sheet.page.locator(".big > img")
          .get_attribute("src"), True, "the first step is shown")
    sheet.picture("steps")
    sheet.close()
