// The page's files, put into the program by the compiler: a binary that is moved takes them along.
// Every file of Page has a line here; its name without punctuation is the array's.
#include "playground.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char actions_js[] = {
#embed "Page/actions.js"
};
static const unsigned char animate_js[] = {
#embed "Page/animate.js"
};
static const unsigned char api_js[] = {
#embed "Page/api.js"
};
static const unsigned char app_js[] = {
#embed "Page/app.js"
};
static const unsigned char base_css[] = {
#embed "Page/base.css"
};
static const unsigned char compare_js[] = {
#embed "Page/compare.js"
};
static const unsigned char controls_js[] = {
#embed "Page/controls.js"
};
static const unsigned char desk_css[] = {
#embed "Page/desk.css"
};
static const unsigned char dialogs_css[] = {
#embed "Page/dialogs.css"
};
static const unsigned char dom_js[] = {
#embed "Page/dom.js"
};
static const unsigned char drawer_css[] = {
#embed "Page/drawer.css"
};
static const unsigned char drawer_js[] = {
#embed "Page/drawer.js"
};
static const unsigned char drop_js[] = {
#embed "Page/drop.js"
};
static const unsigned char edit_js[] = {
#embed "Page/edit.js"
};
static const unsigned char empty_js[] = {
#embed "Page/empty.js"
};
static const unsigned char events_js[] = {
#embed "Page/events.js"
};
static const unsigned char example_balloon_webp[] = {
#embed "Page/example-balloon.webp"
};
static const unsigned char example_car_webp[] = {
#embed "Page/example-car.webp"
};
static const unsigned char example_cat_webp[] = {
#embed "Page/example-cat.webp"
};
static const unsigned char example_duck_webp[] = {
#embed "Page/example-duck.webp"
};
static const unsigned char example_elephant_webp[] = {
#embed "Page/example-elephant.webp"
};
static const unsigned char example_sailboat_webp[] = {
#embed "Page/example-sailboat.webp"
};
static const unsigned char form_js[] = {
#embed "Page/form.js"
};
static const unsigned char grid_js[] = {
#embed "Page/grid.js"
};
static const unsigned char head_js[] = {
#embed "Page/head.js"
};
static const unsigned char heat_js[] = {
#embed "Page/heat.js"
};
static const unsigned char help_js[] = {
#embed "Page/help.js"
};
static const unsigned char history_css[] = {
#embed "Page/history.css"
};
static const unsigned char history_js[] = {
#embed "Page/history.js"
};
static const unsigned char icon_svg[] = {
#embed "Page/icon.svg"
};
static const unsigned char index_html[] = {
#embed "Page/index.html"
};
static const unsigned char jobs_js[] = {
#embed "Page/jobs.js"
};
static const unsigned char keys_js[] = {
#embed "Page/keys.js"
};
static const unsigned char live_js[] = {
#embed "Page/live.js"
};
static const unsigned char loras_js[] = {
#embed "Page/loras.js"
};
static const unsigned char mask_js[] = {
#embed "Page/mask.js"
};
static const unsigned char narrow_css[] = {
#embed "Page/narrow.css"
};
static const unsigned char painters_js[] = {
#embed "Page/painters.js"
};
static const unsigned char plot_js[] = {
#embed "Page/plot.js"
};
static const unsigned char queue_js[] = {
#embed "Page/queue.js"
};
static const unsigned char request_js[] = {
#embed "Page/request.js"
};
static const unsigned char speech_js[] = {
#embed "Page/speech.js"
};
static const unsigned char stage_css[] = {
#embed "Page/stage.css"
};
static const unsigned char stage_js[] = {
#embed "Page/stage.js"
};
static const unsigned char store_js[] = {
#embed "Page/store.js"
};
static const unsigned char styles_js[] = {
#embed "Page/styles.js"
};
static const unsigned char texts_en_js[] = {
#embed "Page/texts.en.js"
};
static const unsigned char texts_js[] = {
#embed "Page/texts.js"
};
static const unsigned char texts_zh_js[] = {
#embed "Page/texts.zh.js"
};
static const unsigned char touch_css[] = {
#embed "Page/touch.css"
};
static const unsigned char viewer_js[] = {
#embed "Page/viewer.js"
};
static const unsigned char words_js[] = {
#embed "Page/words.js"
};

#define FILE(name, array) {name, array, sizeof array}

static const struct PlaygroundFile files[] = {
    FILE("actions.js", actions_js),
    FILE("animate.js", animate_js),
    FILE("api.js", api_js),
    FILE("app.js", app_js),
    FILE("base.css", base_css),
    FILE("compare.js", compare_js),
    FILE("controls.js", controls_js),
    FILE("desk.css", desk_css),
    FILE("dialogs.css", dialogs_css),
    FILE("dom.js", dom_js),
    FILE("drawer.css", drawer_css),
    FILE("drawer.js", drawer_js),
    FILE("drop.js", drop_js),
    FILE("edit.js", edit_js),
    FILE("empty.js", empty_js),
    FILE("events.js", events_js),
    FILE("example-balloon.webp", example_balloon_webp),
    FILE("example-car.webp", example_car_webp),
    FILE("example-cat.webp", example_cat_webp),
    FILE("example-duck.webp", example_duck_webp),
    FILE("example-elephant.webp", example_elephant_webp),
    FILE("example-sailboat.webp", example_sailboat_webp),
    FILE("form.js", form_js),
    FILE("grid.js", grid_js),
    FILE("head.js", head_js),
    FILE("heat.js", heat_js),
    FILE("help.js", help_js),
    FILE("history.css", history_css),
    FILE("history.js", history_js),
    FILE("icon.svg", icon_svg),
    FILE("index.html", index_html),
    FILE("jobs.js", jobs_js),
    FILE("keys.js", keys_js),
    FILE("live.js", live_js),
    FILE("loras.js", loras_js),
    FILE("mask.js", mask_js),
    FILE("narrow.css", narrow_css),
    FILE("painters.js", painters_js),
    FILE("plot.js", plot_js),
    FILE("queue.js", queue_js),
    FILE("request.js", request_js),
    FILE("speech.js", speech_js),
    FILE("stage.css", stage_css),
    FILE("stage.js", stage_js),
    FILE("store.js", store_js),
    FILE("styles.js", styles_js),
    FILE("texts.en.js", texts_en_js),
    FILE("texts.js", texts_js),
    FILE("texts.zh.js", texts_zh_js),
    FILE("touch.css", touch_css),
    FILE("viewer.js", viewer_js),
    FILE("words.js", words_js),
};

size_t playground_file_count(void) { return sizeof files / sizeof files[0]; }

struct PlaygroundFile playground_file(size_t index) { return files[index]; }
