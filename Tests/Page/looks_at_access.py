"""Who can use it: screen readers, phones, both languages, both themes, keys alone."""

from axe_playwright_python.sync_playwright import Axe

from harness import Sheet, comes, equal, expect, test


def scan(sheet, where):
    found = Axe().run(sheet.page).response["violations"]
    said = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]
    equal(said, [], f"axe's findings in {where}")


def walk(sheet, do):
    """Through the states of the page; `do` looks at each."""
    page = sheet.page
    do("empty")
    sheet.count(4) if page.locator("#count").is_visible() else None
    card = sheet.paint("a red car on a yellow background")
    do("done")
    page.locator(".job .frame").first.click()
    page.locator("#viewer").wait_for()
    do("viewer")
    page.locator('#viewer [data-act="compare"]').click()
    do("compare")
    page.locator("#viewer header button").last.click()
    page.locator('#viewer [data-act="edit"]').click()
    do("edit")
    page.keyboard.press("Escape")
    page.locator("#viewer").wait_for(state="hidden")
    page.click("#drawerBtn")
    do("drawer")
    page.locator("#drawer header button").click()
    page.click("#queueBtn")
    do("queue")
    page.keyboard.press("Escape")
    page.click("#histAll")
    do("history")
    page.keyboard.press("Escape")
    page.click('[data-mode="plot"]')
    do("plot")
    page.click('[data-mode="painters"]')
    do("painters")
    page.click('[data-mode="pictures"]')
    return card


@test
def axe_has_no_findings_in_either_theme(browser, server):
    for theme in ("light", "dark"):
        sheet = Sheet(browser, server.address, color_scheme=theme)
        walk(sheet, lambda state: (sheet.picture(f"{state}-{theme}"), scan(sheet, state)))
        sheet.page.keyboard.press("Escape")
        sheet.page.locator("#helpBtn").click()
        scan(sheet, "help")
        sheet.close()


@test
def axe_has_no_findings_in_chinese_on_a_phone(browser, server):
    sheet = Sheet(browser, server.address, 390, 844, lang="zh", has_touch=True, is_mobile=True)

    def look(state):
        wide = sheet.page.evaluate("document.scrollingElement.scrollWidth")
        expect(wide <= 390, f"{state} is {wide} pixels wide")
        sheet.picture(f"{state}-phone")
        scan(sheet, state)

    walk(sheet, look)
    button = sheet.page.locator(".go.small").bounding_box()
    expect(button["y"] > 500 and button["width"] >= 40, f"Paint is at {button}")
    sheet.close()


# What can be pressed and is less than 44 pixels high or wide, measured from its middle outwards by
# what is hit there. Words of a sentence are exempt, as WCAG 2.5.8 has it.
SMALL = """() => {
    const sheets = 'dialog[open], :popover-open, #drawer:not([hidden]), #history.open';
    const whole = document.querySelector(sheets) || document;
    const all = 'button, a[href], input, select, textarea, summary, [role=button]';
    const found = [];
    for (const e of whole.querySelectorAll(all)) {
        if (!e.checkVisibility() || e.disabled || e.matches('.skip, .title .w')) continue;
        e.scrollIntoView({ block: 'center', inline: 'center' });
        const box = e.getBoundingClientRect();
        const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
        const isOn = (x, y) => {
            const hit = document.elementFromPoint(x, y);
            return !!hit && (e.contains(hit) || hit.closest('label')?.control === e);
        };
        const reach = (dx, dy) => {
            let n = 0;
            while (n < 44 && isOn(x + dx * (n + 1), y + dy * (n + 1))) n++;
            return n;
        };
        const across = reach(-1, 0) + reach(1, 0) + isOn(x, y);
        const down = reach(0, -1) + reach(0, 1) + isOn(x, y);
        // A box on half a pixel hits one pixel less.
        if (across < 43 || down < 43) {
            const name = e.id || e.getAttribute('aria-label') || e.className || e.textContent;
            found.push(`${e.tagName} ${name}: ${across} x ${down}`);
        }
    }
    return found; }"""


@test
def whatever_fingers_press_on_a_phone_is_44_pixels_large(browser, server):
    sheet = Sheet(browser, server.address, 390, 844, has_touch=True, is_mobile=True)
    page = sheet.page
    measured = {}

    def look(state):
        measured[state] = page.evaluate(SMALL)

    walk(sheet, look)
    page.fill("#prompt", "a red astronaut")
    page.locator("#hint u, #hint b").first.wait_for()
    look("words that were not learnt")
    sheet.context.request.post(
        f"{server.address}api/v1/queue", data={"paused": True},
        headers={"Origin": server.address.rstrip("/")})
    for words in ("a snowman", "a whale", "a rocket"):
        sheet.paint(words, done=False)
    look("waiting")
    page.click("#queueBtn")
    page.locator("#queue .qi").nth(2).wait_for()
    look("the queue's places")
    page.keyboard.press("Escape")
    page.click("#drawerBtn")
    page.locator("#drawer summary").click()
    page.locator("#f-steps").fill("9")
    look("a changed setting")
    equal(len(measured), 14, "states")
    equal({state: small for state, small in measured.items() if small}, {}, "what is too small")
    sheet.close()


@test
def a_finger_paints_and_turns_to_the_next_picture(browser, server):
    sheet = Sheet(browser, server.address, 390, 844, has_touch=True, is_mobile=True)
    page = sheet.page
    page.fill("#prompt", "a red car")
    page.locator(".go.small").tap()
    card = page.locator(".job").first
    sheet.wait_done(card)
    hashes = sheet.hashes(card)
    card.locator(".frame").first.tap()
    shown = lambda: page.locator("#viewer .big img").get_attribute("src")[-64:]  # noqa: E731
    comes(shown, hashes[0], "the first picture")
    box = page.locator("#viewer .big").bounding_box()
    line = sheet.context.new_cdp_session(page)

    def swipe(start, end):
        y = box["y"] + box["height"] / 2
        for kind, x in (("touchStart", start), ("touchMove", (start + end) / 2), ("touchMove", end)):
            line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        line.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    swipe(300, 100)
    comes(shown, hashes[1], "after a finger that goes left")
    swipe(100, 300)
    comes(shown, hashes[0], "after one that goes right")
    swipe(200, 220)
    equal(shown(), hashes[0], "after one that hardly moves")
    page.get_by_role("button", name="Next picture").click()  # a tap would only stop the fling
    comes(shown, hashes[1], "after the button")
    sheet.close()


@test
def every_stop_of_tab_shows_a_ring_and_none_is_a_trap(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    sheet.count(4)
    sheet.paint("a red apple")
    page.locator(".skip").focus()
    stops = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate("""() => {
            const e = document.activeElement, s = getComputedStyle(e);
            const box = e.closest('.sheet, .search');
            return [e.id || e.dataset.act || e.dataset.past || e.className || e.tagName,
                s.outlineStyle !== 'none' || !!box]; }""")
        if stop[0] == "BODY":
            break
        expect(stop[1], f"no ring on {stop[0]}")
        stops.append(stop[0])
    for name in ("queueBtn", "prompt", "model", "seed", "drawerBtn", "search"):
        expect(name in stops, f"{name} among {stops}")
    equal(stops.count("frame"), 1, f"stops in the grid of {stops}")
    sheet.close()


@test
def the_language_changes_while_it_paints_and_the_job_does_not(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    page.select_option("#quality", "fine")
    card = sheet.paint("a castle", done=False)
    card.locator("[role=progressbar]").wait_for()
    page.click("#langBtn")
    equal(page.evaluate("document.documentElement.lang"), "zh-Hans", "the page's language")
    expect("取消" in card.inner_text(), card.inner_text())
    page.wait_for_timeout(400)
    for text in page.locator("header, form").all_inner_texts():
        for word in ("Queue", "Pictures", "Seed", "Normal", "style"):
            expect(word not in text, f"{word} in {text}")
    sheet.wait_done(card)
    equal(card.locator(".pic.done").count(), 4, "pictures")
    sheet.page.reload()
    sheet.wait("document.documentElement.lang === 'zh-Hans'")
    sheet.close()


@test
def chinese_prompts_and_examples_are_painted(browser, server):
    sheet = Sheet(browser, server.address, lang="zh")
    equal(sheet.page.evaluate("document.documentElement.lang"), "zh-Hans", "the page's language")
    sheet.count(1)
    card = sheet.paint("一只黄色的鸭子")
    equal(card.locator(".title").get_attribute("lang"), "zh-Hans", "the title's language")
    sheet.picture("done-zh")
    sheet.page.fill("#search", "鸭子")
    sheet.wait("document.querySelectorAll('#reel .thumb').length >= 1")
    sheet.close()


@test
def the_theme_is_switched_and_kept(browser, server):
    sheet = Sheet(browser, server.address, color_scheme="light")
    sheet.page.click("#themeBtn")
    sheet.page.reload()
    sheet.page.wait_for_timeout(300)
    wall = sheet.page.evaluate("getComputedStyle(document.body).backgroundColor")
    equal(wall, "rgb(23, 24, 26)", "the wall")
    sheet.close()
