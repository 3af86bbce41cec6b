"""Painters side by side, plots, painting while typing."""

from harness import Sheet, comes, equal, expect, test


@test
def every_painter_paints_the_same_prompt(browser, server):
    sheet = Sheet(browser, server.address)
    sheet.page.click('[data-mode="painters"]')
    card = sheet.paint("a blue car on a yellow background", done=False)
    sheet.wait_done(card)
    models = [m["id"] for m in sheet.json("capabilities")["models"] if "text" in m["can"]]
    names = card.locator(".how b").all_inner_texts()
    equal(len(names), len(models), f"painters {names}")
    equal(card.locator(".pic.done img").count(), len(models), "pictures")
    sheet.page.wait_for_timeout(300)
    sheet.picture("painters")
    sheet.page.reload()
    sheet.wait("document.querySelectorAll('#reel .thumb').length > 0")
    sheet.page.locator("#reel .thumb").first.click()
    tab = sheet.page.locator(".modes [data-mode=painters]")
    equal(tab.get_attribute("aria-selected"), "true", "the mode")
    equal(sheet.page.locator(".pic.done").count(), len(models), "pictures from the history")
    sheet.close()


@test
def a_plot_has_a_cell_for_each_pair_of_values(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    page.click('[data-mode="plot"]')
    page.select_option("#ax-across", "guidance_scale")
    page.fill("#av-across", "1-7 (+3)")
    page.fill("#av-down", "2-4 [2]")
    card = sheet.paint("a red apple", done=False)
    sheet.wait_done(card)
    equal(card.locator("thead th").all_inner_texts(), ["Guidance 1", "Guidance 4", "Guidance 7"],
          "headers")
    equal(card.locator("tbody th").all_inner_texts(), ["Steps 2", "Steps 4"], "rows")
    equal(card.locator(".plot img").count(), 6, "pictures")
    card.locator(".plot .frame").nth(1).hover()
    expect("Guidance 4, Steps 2" in card.locator(".loupe").inner_text(), "the loupe names it")
    sheet.picture("plot")
    page.fill("#av-down", "1-60")
    page.locator("#prompt").press("Enter")
    expect("at most 36" in page.inner_text("#hint"), page.inner_text("#hint"))
    sheet.close()


@test
def live_paints_while_typing_and_keeps_what_is_kept(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    few = next((m["id"] for m in sheet.json("capabilities")["models"] if m["few_step"]), None)
    if not few:
        return sheet.close()
    page.select_option("#model", few)
    page.click("#live")
    page.locator("#prompt").press_sequentially("a green cactus", delay=30)
    sheet.wait("document.querySelector('.livepic img')?.alt === 'a green cactus'")
    sheet.picture("live")
    # The newest request wins: nothing else is painted or waits.
    comes(lambda: sheet.json("jobs?active=1")["jobs"], [], "what is still asked for")
    equal(sheet.json("history?q=cactus")["items"], [], "the history before it is kept")
    page.keyboard.press("Control+Enter")
    sheet.wait("fetch('api/v1/history?q=cactus').then(a => a.json()).then(h => h.items.length)")
    equal(len(sheet.json("history?q=cactus")["items"]), 1, "the history")
    page.click("#live")
    sheet.wait("document.querySelector('#stage .job .done') !== null")
    expect("cactus" in page.inner_text("#stage"), "what was kept is on the stage")
    sheet.close()


@test
def two_pictures_are_animated_and_played(browser, server):
    sheet = Sheet(browser, server.address)
    page = sheet.page
    models = sheet.json("capabilities")["models"]
    gan = next((m["id"] for m in models if "animate" in m["can"]), None)
    if not gan:
        return sheet.close()
    sheet.count(1)
    page.select_option("#model", gan)
    page.fill("#seed", "7")
    sheet.paint("a red apple")
    card = sheet.paint("a green apple")
    card.locator('[data-act="cmp"]').click()
    page.locator('#viewer [data-act="animate"]').click()
    fresh = page.locator(".job").first
    sheet.wait("document.querySelectorAll('.job')[0].querySelectorAll('.pic').length === 9")
    sheet.wait_done(fresh)
    equal(fresh.locator(".pic.done").count(), 9, "pictures")
    fresh.locator(".frame").first.click()
    first = page.locator("#viewer .big img").get_attribute("src")
    page.locator('#viewer [data-act="play"]').click()
    sheet.wait(f"document.querySelector('#viewer .big img').getAttribute('src') !== '{first}'")
    sheet.picture("animate")
    sheet.close()
