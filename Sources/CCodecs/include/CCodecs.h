#pragma once
// PNG, JPEG, WebP and ICC profiles in memory. libpng and libjpeg report errors by longjmp, which
// may never cross Swift frames: all are wrapped here and answer with a message instead.
#include <stddef.h>
#include <stdint.h>

#define CODEC_MESSAGE_LENGTH 200

/// What decoding will give: rows from the top, channels interleaved.
typedef struct {
    uint32_t width, height, channels;
    /// Of the whole picture where it comes reduced; else 0.
    uint32_t stored_width, stored_height;
    char message[CODEC_MESSAGE_LENGTH];  // empty after success
} CodecHeader;

/// Whether decoding came to its end.
typedef struct {
    char message[CODEC_MESSAGE_LENGTH];  // empty after success
} CodecResult;

/// Encoded bytes; free with codec_free.
typedef struct {
    uint8_t *bytes;
    size_t count;
    char message[CODEC_MESSAGE_LENGTH];
} CodecBytes;

/// One text chunk. `key` is Latin-1 by the standard; `text` is Latin-1 (tEXt, zTXt) or, where
/// `utf8` is 1, UTF-8 (iTXt). Both are NUL-terminated.
typedef struct {
    char *key;
    char *text;
    int utf8;
} CodecText;

// Decoding has two calls, so that a caller may look at the size before memory is taken. The second
// takes the header that the first gave for the same bytes, and fills `height * width * channels`
// bytes.

/// Any PNG becomes RGBA8, straight alpha.
CodecHeader codec_png_header(const uint8_t *bytes, size_t count);
CodecResult codec_png_decode(
    const uint8_t *bytes, size_t count, const CodecHeader *header, uint8_t *pixels);
/// 1 (gray), 3 (RGB) or 4 (RGBA) channels of 8 bits. `level` is zlib's, 0 to 9.
CodecBytes codec_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int level,
    const CodecText *texts, size_t text_count);
/// What zlib packed, as PNG's texts are; refused where it is longer than `limit`. An empty result
/// may have no bytes.
CodecBytes codec_inflate(const uint8_t *bytes, size_t count, size_t limit);

/// Baseline or progressive JPEG to gray (1), RGB (3) or, of CMYK and YCCK, CMYK (4), at 1, 1/2, 1/4
/// or 1/8 of its size: the smallest whose shorter side is at least `short_side`. 0 is full size.
CodecHeader codec_jpeg_header(const uint8_t *bytes, size_t count, uint32_t short_side);
/// `short_side` is the header's.
CodecResult codec_jpeg_decode(
    const uint8_t *bytes, size_t count, uint32_t short_side, const CodecHeader *header,
    uint8_t *pixels);
/// `quality` 1 to 100; 1 or 3 channels. Chroma is not subsampled from quality 90 on. `exif` is
/// written as it is into an APP1 segment, unless it is empty.
CodecBytes codec_jpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int quality,
    const uint8_t *exif, size_t exif_count);

/// A WebP that is no animation, to RGB (3) or, where it has alpha, RGBA (4).
CodecHeader codec_webp_header(const uint8_t *bytes, size_t count);
CodecResult codec_webp_decode(
    const uint8_t *bytes, size_t count, const CodecHeader *header, uint8_t *pixels);
/// 3 or 4 channels; `quality` 0 to 100, or `lossless`, which keeps colours under transparency too.
CodecBytes codec_webp_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int quality,
    int lossless);

void codec_free(void *pointer);

/// How colours lie in memory, 8 bits each. CMYK is inverted, as in JPEG files.
typedef enum { CODEC_GRAY, CODEC_RGB, CODEC_RGBA, CODEC_CMYK } CodecColours;

/// A way from a profile's colours to sRGB's; close with codec_icc_close.
typedef struct CodecProfile CodecProfile;

typedef struct {
    CodecProfile *profile;  // NULL where the message says why
    char message[CODEC_MESSAGE_LENGTH];
} CodecOpenedProfile;

/// Refused are damaged profiles and those of other colours. Intent: perceptual.
CodecOpenedProfile codec_icc_open(const uint8_t *bytes, size_t count, CodecColours colours);
/// Gray stays gray, RGBA keeps its alpha where it is turned in place, CMYK becomes RGB. Fewer than
/// 2^32 pixels.
void codec_icc_apply(
    const CodecProfile *profile, const uint8_t *source, uint8_t *target, size_t pixels);
void codec_icc_close(CodecProfile *profile);
