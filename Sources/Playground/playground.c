// The page's files, put into the program by the compiler: a binary that is moved takes them along.
// Every file of Page has a line here; its name without punctuation is the array's.
#include "playground.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char index_html[] = {
#embed "Page/index.html"
};
static const unsigned char style_css[] = {
#embed "Page/style.css"
};
static const unsigned char app_js[] = {
#embed "Page/app.js"
};

#define FILE(name, array) {name, array, sizeof array}

static const struct PlaygroundFile files[] = {
    FILE("index.html", index_html),
    FILE("style.css", style_css),
    FILE("app.js", app_js),
};

size_t playground_file_count(void) { return sizeof files / sizeof files[0]; }

struct PlaygroundFile playground_file(size_t index) { return files[index]; }
