#ifndef PINXIT_PLAYGROUND_H
#define PINXIT_PLAYGROUND_H

#include <stddef.h>

/// A file of the page, as it lies in the program.
struct PlaygroundFile {
    /// Its path, such as "index.html".
    const char *name;
    const unsigned char *bytes;
    size_t count;
};

/// How many files the page has.
size_t playground_file_count(void);

/// A file, by its number from 0.
struct PlaygroundFile playground_file(size_t index);

/// The most bytes that `playground_gzip` may write for so many.
size_t playground_gzip_bound(size_t count);

/// Compresses as gzip does (RFC 1952). Gives the bytes written, or 0 where there is no memory.
size_t playground_gzip(
    const unsigned char *bytes, size_t count, unsigned char *target, size_t room);

#endif
