"""The viewer, the mask, pictures that are dropped."""

import io

from PIL import Image, ImageChops

from harness import Sheet, equal, expect, test


def opened(sheet, how="look"):
    sheet.count(1)
    card = sheet.paint("a red apple")
    card.locator(".frame").first.hover()
    if how == "edit":
        card.locator('[data-act="edit"]').click()
    else:
        card.locator(".frame").first.click()
    sheet.page.locator("#viewer").wait_for()
    return card


def picture(sheet, hash):
    return Image.open(io.BytesIO(sheet.bytes(hash))).convert("RGB")


@test
def the_viewer_tells_facts_and_scrubs_through_the_steps(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    card = opened(sheet)
    facts = page.inner_text("#viewer .kv")
    for fact in ("pinxit-small", "128 × 128", "Steps", "Guidance"):
        expect(fact in facts, f"{fact} in {facts}")
    last = page.locator("#viewer .big img").get_attribute("src")
    scrub = page.locator("#viewer .scrub input")
    scrub.focus()
    page.keyboard.press("Home")
    first = page.locator("#viewer .big img")
    expect(first.get_attribute("src") != last, "another picture at the first step")
    sheet.wait("document.querySelector('#viewer .big img').naturalWidth > 0")
    sheet.picture("viewer")
    expect("#i=" in page.url, page.url)
    address = page.url
    page.go_back()
    page.locator("#viewer").wait_for(state="hidden")
    equal(card.count(), 1, "the job is still there")
    other = sheet.context.new_page()
    other.goto(address)
    other.locator("#viewer").wait_for()
    expect("a red apple" in other.inner_text("#viewer"), "the picture's address opens it")
    other.close()
    sheet.close()


@test
def a_mask_is_painted_undone_inverted_and_repainted(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    sheet.forgive("willReadFrequently")  # the test itself reads the canvas
    card = opened(sheet, "edit")
    before = picture(sheet, sheet.hashes(card)[0])
    area = lambda: page.evaluate("""() => {  // how much of the mask is painted, 0 to 1
        const c = document.querySelector('.canvas canvas');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let n = 0;
        for (let i = 3; i < d.length; i += 4) n += d[i] > 60;
        return n * 4 / d.length; }""")  # noqa: E731
    equal(area(), 0, "an empty mask")
    page.click("#repaint")
    expect(page.locator("#viewer").is_visible() and page.inner_text("#mk-say"), "asks for a mask")
    box = page.locator(".canvas canvas").bounding_box()
    x, y = box["x"], box["y"]
    page.mouse.move(x + 100, y + 100)
    page.mouse.down()
    page.mouse.move(x + 200, y + 120, steps=4)
    page.mouse.up()
    stroke = area()
    expect(0.01 < stroke < 0.2, f"a stroke covers {stroke}")
    page.click('[data-tool="rect"]')
    page.mouse.move(x + 20, y + 220)
    page.mouse.down()
    page.mouse.move(x + 220, y + 320, steps=3)
    page.mouse.up()
    both = area()
    expect(both > stroke + 0.08, f"with a rectangle {both}")
    page.keyboard.press("Control+z")
    expect(abs(area() - stroke) < 0.002, "undone")
    page.keyboard.press("Control+y")
    expect(abs(area() - both) < 0.002, "done again")
    page.keyboard.press("Control+z")
    page.click('[data-act="invert"]')
    expect(area() > 0.8, f"inverted {area()}")
    page.click('[data-act="invert"]')
    sheet.picture("edit")
    page.locator("#mk-blur").fill("0")
    page.fill("#editPrompt", "a green apple")
    page.keyboard.press("Control+Enter")
    page.locator("#viewer").wait_for(state="hidden")

    def look():
        fresh = page.locator(".job").first
        sheet.wait_done(fresh)
        after = picture(sheet, sheet.hashes(fresh)[0])
        changed = ImageChops.difference(before, after).getbbox()
        expect(changed is not None, "something changed")
        left, top, right, bottom = changed
        scale = 128 / box["width"]
        pad = 17 * 448 / box["width"] * scale + 2
        expect(left >= 100 * scale - pad and right <= 200 * scale + pad, f"changed {changed}")
        expect(top >= 100 * scale - pad and bottom <= 120 * scale + pad, f"changed {changed}")

    look()
    page.reload()  # repeated from the history, it still has its mask
    sheet.wait("document.querySelectorAll('.job').length === 2")
    page.locator(".job .frame").first.hover()
    page.locator('.job [data-act="repeat"]').first.click()
    sheet.wait("document.querySelectorAll('.job').length === 3")
    look()
    sheet.close()


@test
def a_masked_part_is_painted_large_and_fitted_in(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    card = opened(sheet, "edit")
    before = picture(sheet, sheet.hashes(card)[0])
    page.click('[data-tool="rect"]')
    box = page.locator(".canvas canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)
    page.mouse.up()
    page.locator("#mk-blur").fill("0")
    page.check("#mk-alone")
    with page.expect_request(lambda r: r.method == "POST" and r.url.endswith("/jobs")) as asked:
        page.click("#repaint")
    equal(asked.value.post_data_json["padding"], 16, "pixels around the part")
    fresh = page.locator(".job").first
    sheet.wait_done(fresh)
    after = picture(sheet, sheet.hashes(fresh)[0])
    changed = ImageChops.difference(before, after).getbbox()
    expect(changed and changed[0] >= 31 and changed[3] <= 66, f"changed {changed}")
    sheet.close()


@test
def a_mask_is_painted_by_keys_alone(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    opened(sheet, "edit")
    page.locator(".canvas canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.evaluate("""async () => !(await import('./edit.js')).mask.isEmpty"""), "painted")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.evaluate("""async () => (await import('./edit.js')).mask.isEmpty"""), "undone")
    sheet.close()


@test
def dragging_the_frame_paints_beyond_the_edge(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    card = opened(sheet, "edit")
    before = picture(sheet, sheet.hashes(card)[0])
    edge = page.locator(".edge.r").bounding_box()
    x, y = edge["x"] + edge["width"] / 2, edge["y"] + edge["height"] / 4
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 120, y, steps=4)
    page.mouse.up()
    sheet.picture("extend")
    page.click("#repaint")
    fresh = page.locator(".job").first
    sheet.wait_done(fresh)
    after = picture(sheet, sheet.hashes(fresh)[0])
    equal(after.height, before.height, "height")
    expect(after.width > before.width, f"a width of {after.width}")
    kept = (0, 0, before.width // 2, before.height)
    equal(ImageChops.difference(before.crop(kept), after.crop(kept)).getbbox(), None,
          "what changed in the left half")
    sheet.close()


DROP = """async ([bytes, zone]) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], 'a.png', { type: 'image/png' }));
    const fire = (name, target) => target.dispatchEvent(
        new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true }));
    fire('dragenter', document.body);
    if (!zone) return [...document.querySelectorAll('#drop [data-zone]')].map(z => z.dataset.zone);
    const place = document.querySelector(`#drop [data-zone=${zone}]`);
    fire('dragover', place);
    fire('drop', place);
}"""


@test
def a_dropped_picture_gives_its_settings_or_is_where_painting_starts(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    sheet.count(1)
    page.fill("#seed", "42")
    page.click("#drawerBtn")
    page.locator("#f-steps").fill("9")
    card = sheet.paint("a yellow duck")
    bytes = list(sheet.bytes(sheet.hashes(card)[0]))
    page.fill("#prompt", "something else")
    page.fill("#seed", "")
    zones = page.evaluate(DROP, [bytes, None])
    expect({"start", "read"} <= set(zones), f"zones {zones}")
    sheet.picture("drop")
    page.keyboard.press("Escape")
    page.evaluate(DROP, [bytes, "read"])
    sheet.wait("document.querySelector('#prompt').value === 'a yellow duck'")
    equal(page.input_value("#seed"), "42", "the seed")
    equal(page.input_value("#f-steps"), "9", "the steps")
    page.evaluate(DROP, [bytes, "start"])
    page.locator("#start img").wait_for()
    sheet.picture("start")
    page.locator("#start-strength").fill("0.5")
    fresh = sheet.paint("a red duck")
    job = sheet.json("history?q=red+duck")["items"][0]
    equal(job["source"], sheet.hashes(card)[0], "the picture it started from")
    expect(sheet.hashes(fresh) != sheet.hashes(card), "another picture")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#start").is_hidden(), "removed")
    seer = [m["id"] for m in sheet.json("capabilities")["models"]
            if {"blend", "vary"} <= set(m["can"])]
    equal("like" in zones, bool(seer), "the third zone, where an unCLIP is")
    if seer:
        before = sheet.keys()
        page.evaluate(DROP, [bytes, "like"])
        sheet.wait(f"document.querySelectorAll('.job').length > {len(before)}")
        fresh = page.locator(".job").first
        sheet.wait_done(fresh)
        equal(fresh.locator(".pic.done").count(), 4, "others like it")
        expect(seer[0] in fresh.inner_text(), fresh.inner_text())
    sheet.close()
