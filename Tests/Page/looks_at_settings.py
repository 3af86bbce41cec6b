"""The prompt bar and the drawer: words, seed, shapes, styles, fields from the capabilities."""

from harness import FILES, Sheet, comes, equal, expect, test


@test
def the_words_are_counted_and_unlearnt_ones_marked(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.page.fill("#prompt", "a red astronaut")
    sheet.wait("document.querySelector('#tokens').textContent.includes(' / ')")
    equal(sheet.page.inner_text("#under u"), "astronaut", "the wavy line")
    expect("has not learnt astronaut" in sheet.page.inner_text("#hint"), "the hint")
    sheet.picture("unknown")
    sheet.page.fill("#prompt", "a red apple")
    sheet.page.locator("#hint").wait_for(state="hidden")
    sheet.page.fill("#prompt", "a red apple " * 30)
    sheet.wait("document.querySelector('#tokens').classList.contains('over')")
    expect("cut off" in sheet.page.inner_text("#hint"), "the hint")
    sheet.close()


@test
def an_input_method_that_confirms_with_enter_paints_nothing(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.page.focus("#prompt")
    line = sheet.context.new_cdp_session(sheet.page)
    line.send("Input.imeSetComposition", {"text": "猫", "selectionStart": 1, "selectionEnd": 1})
    line.send("Input.dispatchKeyEvent", {
        "type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229})
    line.send("Input.insertText", {"text": "猫"})
    sheet.page.wait_for_timeout(300)
    equal(sheet.page.input_value("#prompt"), "猫", "the prompt")
    equal(sheet.page.locator("[data-job] .now").count(), 0, "jobs")
    sheet.close()


# What browsers call SpeechRecognition, as one that understood "a yellow duck".
LISTENS = """class Recognition {
    start() {
        window.listensIn = this.lang;
        setTimeout(() => {
            this.onresult({ results: [[{ transcript: 'a yellow ' }], [{ transcript: 'duck' }]] });
            this.onend();
        }, 50);
    }
    stop() { this.onend(); }
}
window.SpeechRecognition = window.webkitSpeechRecognition = Recognition;"""


@test
def a_prompt_is_spoken_after_a_warning(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    page.add_init_script(LISTENS)
    sheet.open()
    page.click("#mic")
    expect("their maker" in page.inner_text("#toast"), page.inner_text("#toast"))
    equal(page.evaluate("window.listensIn"), None, "it listens before it is pressed again")
    page.click("#mic")
    comes(lambda: page.input_value("#prompt"), "a yellow duck", "the prompt")
    equal(page.evaluate("window.listensIn"), "en-US", "the language")
    equal(page.get_attribute("#mic", "aria-pressed"), "false", "it stopped")
    sheet.close()


@test
def a_locked_seed_gives_the_same_picture_and_shows_what_changed(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    sheet.count(1)
    first = sheet.paint("a blue car on a yellow background")
    page.click("#dice")
    equal(page.get_attribute("#dice", "aria-pressed"), "true", "the lock")
    again = sheet.paint("a blue car on a yellow background")
    equal(sheet.hashes(again), sheet.hashes(first), "pictures of the same seed")
    changed = sheet.paint("a red car on a yellow background")
    equal(changed.locator("s").inner_text(), "blue", "what was said")
    equal(changed.locator("ins").inner_text(), "red", "what is said")
    sheet.picture("change")
    changed.locator('[data-act="cmp"]').click()
    slider = page.locator(".cmp input")
    slider.focus()
    page.keyboard.press("ArrowRight")
    equal(page.eval_on_selector(".cmp", "e => e.style.getPropertyValue('--x')"), "51%", "the line")
    sheet.picture("compare")
    page.keyboard.press("Escape")
    page.click("#dice")
    equal(page.input_value("#seed"), "", "the seed by chance")
    sheet.close()


@test
def shape_count_quality_and_style_are_what_is_painted(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    sheet.count(1)
    wide = page.locator("#shapes button").nth(1)
    wide.click()
    width, height = map(int, wide.get_attribute("data-size").split("x"))
    page.select_option("#quality", "draft")
    sheet.wait("!document.querySelector('#stylePick').hidden")
    page.select_option("#style", "line")
    card = sheet.paint("a cat")
    size = card.locator("img").evaluate("i => [i.naturalWidth, i.naturalHeight]")
    equal(size, [width, height], "the picture's size")
    job = sheet.json("history?q=cat")["items"][0]
    equal(job["prompt"], "a line drawing of a cat", "the prompt")
    steps = next(f for f in sheet.json("capabilities")["models"][0]["fields"]
                 if f["id"] == "steps")["default"]
    expect(job["settings"]["steps"] < steps, f"a draft of {job['settings']['steps']} steps")
    page.keyboard.press("Escape")
    page.locator("#stage").focus()
    page.keyboard.press("x")
    chosen = page.locator("#shapes [aria-checked=true]").get_attribute("data-size")
    equal(chosen, f"{height}x{width}", "swapped")
    sheet.close()


@test
def the_drawer_shows_what_the_painter_has_and_takes_it_back(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    for model in sheet.json("capabilities")["models"]:
        page.select_option("#model", model["id"])
        if page.locator("#drawer").is_hidden():
            page.click("#drawerBtn")
        own = [f["id"] for f in model["fields"] if f["id"] not in (
            "width", "height", "seed", "count", "prompt")]
        for field in own:
            name = "#f-" + field.replace(".", "-")
            expect(page.locator(name).count() == 1, f"{model['id']} has no {name}")
        equal(page.locator("#drawer [id^='f-']").count(), len(own) + 3, f"fields of {model['id']}")
    page.select_option("#model", "pinxit-small")
    slider = page.locator("#f-guidance_scale")
    default = slider.input_value()
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider.input_value() != default, "the slider moved")
    sheet.picture("drawer")
    page.locator("#drawer .reset").click()
    equal(page.locator("#f-guidance_scale").input_value(), default, "the painter's own value")
    equal(page.locator("#drawer .reset").count(), 0, "red dots")
    sheet.close()


@test
def a_setting_of_the_drawer_is_asked_for_and_kept(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    sheet.count(1)
    page.click("#drawerBtn")
    page.fill("#f-negative_prompt", "blue")
    page.locator("#f-steps").fill("6")
    page.reload()
    sheet.wait("document.querySelector('#model').options.length > 0")
    page.wait_for_timeout(300)
    sheet.count(1)
    sheet.paint("a green frog")
    job = sheet.json("history?q=frog")["items"][0]
    equal(job["settings"]["steps"], 6, "steps")
    equal(job["settings"]["negative_prompt"], "blue", "what is left out")
    sheet.close()


@test
def what_a_painter_cannot_do_is_not_shown(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.count(1)
    for model in sheet.json("capabilities")["models"]:
        if "text" not in model["can"]:
            continue
        sheet.page.select_option("#model", model["id"])
        card = sheet.paint("a red apple")
        acts = card.locator("[data-act]").evaluate_all("all => all.map(a => a.dataset.act)")
        for act, ability in (("edit", "edit"), ("upscale", "edit"), ("vary", "vary")):
            equal(act in acts, ability in model["can"], f"{act} of {model['id']}")
        expect(not model["few_step"] or sheet.page.locator("#live").is_visible(), "Live")
    sheet.close()


@test
def keys_do_what_the_list_of_keys_says(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    sheet.count(4)
    card = sheet.paint("three red balloons")
    page.locator("#stage").focus()
    page.keyboard.press("2")
    expect("sel" in card.locator(".pic").nth(1).get_attribute("class"), "2 chooses")
    page.keyboard.press("ArrowRight")
    expect("sel" in card.locator(".pic").nth(2).get_attribute("class"), "→ chooses")
    page.keyboard.press("Enter")
    expect(page.locator("#viewer").is_visible(), "Enter opens")
    page.keyboard.press("ArrowRight")
    equal(page.inner_text("#viewer header .grow"), "4 / 4", "→ in the viewer")
    page.keyboard.press("Escape")
    expect(page.locator("#viewer").is_hidden(), "Esc closes")
    expect("sel" in card.locator(".pic").nth(3).get_attribute("class"), "focus comes back")
    for key, box in (("d", "#drawer"), ("q", "#queue"), ("?", "#help")):
        page.keyboard.press(key)
        expect(page.locator(box).is_visible(), f"{key} opens {box}")
        if key == "?":
            sheet.picture("keys")
            page.locator("#help input").uncheck()
            page.keyboard.press("Escape")
        else:
            page.locator("#stage").focus()
            page.keyboard.press(key)
    page.locator("#stage").focus()
    page.keyboard.press("h")
    expect("open" not in page.get_attribute("#history", "class"), "letters are switched off")
    page.keyboard.press("Control+Enter")
    sheet.wait("document.querySelectorAll('.job').length >= 2")
    page.locator("#prompt").fill("a red car")
    page.keyboard.press("Control+ArrowUp")
    equal(page.input_value("#prompt"), "a red (car:1.1)", "weight")
    sheet.close()


def open_with(sheet, status, code, **more):
    """Opens the page on a server whose first model has more, and which refuses every job. The jobs
    that are asked for."""
    def tell(route):
        answer = route.fetch()
        told = answer.json()
        told["models"][0].update(more)
        route.fulfill(response=answer, json=told)

    asked = []

    def refuse(route):
        asked.append(route.request.post_data_json)
        route.fulfill(status=status, json={"error": {"code": code, "message": "no"}})

    sheet.page.route("**/api/v1/capabilities", tell)
    sheet.page.route("**/api/v1/jobs", refuse)
    sheet.forgive(str(status))
    sheet.open()
    return asked


@test
def loras_are_chosen_with_a_weight_and_recalled(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page

    asked = open_with(sheet, 404, "lora_not_found", loras=[
        {"name": "ink", "family": None}, {"name": "pencil", "family": None}])
    page.click("#drawerBtn")
    page.select_option("#lora-add", "ink")
    page.select_option("#lora-add", "pencil")
    page.locator("#lora-0").fill("0.5")
    page.fill("#prompt", "a cat")
    page.press("#prompt", "Enter")
    comes(lambda: len(asked), 1, "requests")
    equal(asked[0]["loras"], [{"name": "ink", "weight": 0.5}, {"name": "pencil", "weight": 1}],
          "the LoRAs")
    page.get_by_role("button", name="Remove: ink").click()
    # What is chosen is there after a reload, too.
    page.reload()
    sheet.wait("document.querySelector('#model').options.length > 0")
    page.click("#drawerBtn")
    page.locator("#lora-0").wait_for()
    page.fill("#prompt", "a dog")
    page.press("#prompt", "Enter")
    comes(lambda: len(asked), 2, "requests")
    equal(asked[1]["loras"], [{"name": "pencil", "weight": 1}], "the LoRAs")
    sheet.close()


@test
def a_picture_that_paintings_are_held_to_goes_with_the_request(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page

    asked = open_with(sheet, 400, "invalid_value", image_prompts=["likeness"],
                      controls=[{"name": "lines", "kind": "controlnet"}])
    page.click("#drawerBtn")
    page.select_option("#held-network", "lines")
    page.set_input_files("#held-picture", FILES / "example-cat.webp")
    page.locator("img.held").wait_for()
    page.check("#held-edges")
    page.fill("#prompt", "a cat")
    page.press("#prompt", "Enter")
    comes(lambda: len(asked), 1, "requests")
    control = asked[0]["controls"][0]
    equal([control["model"], control["prepare"], control["scale"]], ["lines", "canny", 1],
          "the control")
    equal(len(control["picture"]), 64, "the length of a hash")
    page.select_option("#held-network", "likeness")
    page.fill("#prompt", "a dog")
    page.press("#prompt", "Enter")
    comes(lambda: len(asked), 2, "requests")
    equal([asked[1]["ip_adapter"], asked[1]["image_prompt"]], ["likeness", control["picture"]],
          "the picture as a prompt")
    expect("controls" not in asked[1], "it is held to nothing")
    sheet.close()
