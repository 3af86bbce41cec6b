#include <zlib.h>

#include "playground.h"

// A header and a check of the sum are a few bytes more than zlib's own bound.
size_t playground_gzip_bound(size_t count) { return compressBound(count) + 32; }

size_t playground_gzip(
    const unsigned char *bytes, size_t count, unsigned char *target, size_t room) {
    z_stream stream = {0};
    // 16 more bits of the window ask for gzip in place of zlib's own form.
    if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    stream.next_in = (unsigned char *)bytes;
    stream.avail_in = (unsigned)count;
    stream.next_out = target;
    stream.avail_out = (unsigned)room;
    const int code = deflate(&stream, Z_FINISH);
    const size_t written = stream.total_out;
    deflateEnd(&stream);
    return code == Z_STREAM_END ? written : 0;
}
