// One of OpenSSL's libraries, opened when it is first asked for. Nothing is linked to it, neither
// to build nor to run: who neither signs nor asks a server with TLS needs none. What is used has
// been the same since version 1.1.
#pragma once

#include <dlfcn.h>
#include <pthread.h>

/// The library of a name without version, such as `libssl`; null where it is not there.
void *pinxit_openssl_open(const char *name);

#define PINXIT_DECLARE(result, name, parameters) static result(*ssl_##name) parameters;
// Those of libcrypto are found through libssl, too.
#define PINXIT_FIND(result, name, parameters)      \
    *(void **)&ssl_##name = dlsym(library, #name); \
    if (!ssl_##name) missing = "OpenSSL has no " #name;

/// `ssl_NAME` for each function of a list, as its headers declare it with types of its own, and
/// `loader`, which finds them once: null where they are there, else why not.
#define PINXIT_OPENSSL(file, FUNCTIONS, loader)                                                \
    FUNCTIONS(PINXIT_DECLARE)                                                                  \
    static pthread_once_t once = PTHREAD_ONCE_INIT;                                            \
    static const char *missing;                                                                \
    static void load(void) {                                                                   \
        void *library = pinxit_openssl_open(file);                                             \
        if (!library) {                                                                        \
            missing = file ".so.3 is not there; Debian's package libssl3 (libssl3t64) has it"; \
            return;                                                                            \
        }                                                                                      \
        FUNCTIONS(PINXIT_FIND)                                                                 \
    }                                                                                          \
    const char *loader(void) {                                                                 \
        pthread_once(&once, load);                                                             \
        return missing;                                                                        \
    }
