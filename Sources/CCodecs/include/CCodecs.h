#pragma once
// PNG and JPEG in memory. libpng and libjpeg report errors by longjmp, which may never cross
// Swift frames: both are wrapped here and answer with a message instead.
#include <stddef.h>
#include <stdint.h>

#define CODEC_MESSAGE_LENGTH 200

/// Decoded pixels, rows from the top, channels interleaved; free with codec_free.
typedef struct {
    uint8_t *pixels;
    uint32_t width, height, channels;
    char message[CODEC_MESSAGE_LENGTH];  // empty after success
} CodecPicture;

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

typedef struct {
    CodecText *items;
    size_t count;
    char message[CODEC_MESSAGE_LENGTH];
} CodecTexts;

/// Any PNG to RGBA8, straight alpha. Refuses pictures wider or higher than `max_side`.
CodecPicture codec_png_decode(const uint8_t *bytes, size_t count, uint32_t max_side);
/// 1 (gray), 3 (RGB) or 4 (RGBA) channels of 8 bits. `level` is zlib's, 0 to 9.
CodecBytes codec_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int level,
    const CodecText *texts, size_t text_count);
/// All text chunks before and after the pixels.
CodecTexts codec_png_texts(const uint8_t *bytes, size_t count, uint32_t max_side);
void codec_texts_free(CodecTexts *texts);

/// Baseline or progressive JPEG to gray (1) or RGB (3).
CodecPicture codec_jpeg_decode(const uint8_t *bytes, size_t count, uint32_t max_side);
/// `quality` 1 to 100; 1 or 3 channels. Chroma is not subsampled from quality 90 on.
CodecBytes codec_jpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int quality);

void codec_free(void *pointer);
