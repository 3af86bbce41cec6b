#include "library.h"

#include <stdio.h>

void *pinxit_openssl_open(const char *name) {
    static const char *const versions[] = {".so.3", ".so.1.1", ".3.dylib", ".1.1.dylib"};
    void *library = NULL;
    for (size_t i = 0; !library && i < sizeof versions / sizeof *versions; i++) {
        char file[32];
        snprintf(file, sizeof file, "%s%s", name, versions[i]);
        library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    }
    return library;
}
