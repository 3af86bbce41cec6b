#include "CCodecs.h"

#include <limits.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// What libpng's callbacks see: the bytes to read or the buffer to grow, and where to complain.
typedef struct {
    const uint8_t *input;
    size_t input_count, position;
    uint8_t *output;
    size_t output_count, output_capacity;
    char *message;
} Stream;

static void on_error(png_structp png, png_const_charp text) {
    Stream *stream = png_get_error_ptr(png);
    snprintf(stream->message, CODEC_MESSAGE_LENGTH, "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    Stream *stream = png_get_io_ptr(png);
    if (count > stream->input_count - stream->position) png_error(png, "the file ends early");
    memcpy(target, stream->input + stream->position, count);
    stream->position += count;
}

static void write_bytes(png_structp png, png_bytep source, size_t count) {
    Stream *stream = png_get_io_ptr(png);
    if (count > stream->output_capacity - stream->output_count) {
        size_t capacity = stream->output_capacity * 2 + count + 4096;
        uint8_t *grown = realloc(stream->output, capacity);
        if (!grown) png_error(png, "out of memory");
        stream->output = grown;
        stream->output_capacity = capacity;
    }
    memcpy(stream->output + stream->output_count, source, count);
    stream->output_count += count;
}

static void flush_bytes(png_structp png) { (void)png; }

// A chunk that claims more bytes than the file has would be given memory before it is missed.
static int chunks_fit(const uint8_t *bytes, size_t count) {
    size_t position = 8;
    while (count - position >= 8) {
        const uint8_t *chunk = bytes + position;
        size_t length = (size_t)chunk[0] << 24 | chunk[1] << 16 | chunk[2] << 8 | chunk[3];
        if (length > count - position - 8) return 0;
        if (!memcmp(chunk + 4, "IEND", 4)) return 1;
        position += 8 + length;
        position += count - position < 4 ? count - position : 4;
    }
    return 1;
}

static png_structp open_reader(Stream *stream, png_infop *info) {
    if (stream->input_count < 8 || png_sig_cmp(stream->input, 0, 8)) {
        snprintf(stream->message, CODEC_MESSAGE_LENGTH, "not a PNG file (wrong signature)");
        return NULL;
    }
    if (!chunks_fit(stream->input, stream->input_count)) {
        snprintf(stream->message, CODEC_MESSAGE_LENGTH, "the file ends early");
        return NULL;
    }
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, stream, on_error, on_warning);
    *info = png ? png_create_info_struct(png) : NULL;
    if (!*info) {
        png_destroy_read_struct(&png, NULL, NULL);
        snprintf(stream->message, CODEC_MESSAGE_LENGTH, "libpng cannot be started");
        return NULL;
    }
    // Callers look at the number of pixels.
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(png, 16u << 20);
    // Texts are read elsewhere, and many small ones may grow to gigabytes.
    png_set_keep_unknown_chunks(
        png, PNG_HANDLE_CHUNK_NEVER, (png_const_bytep) "tEXt\0zTXt\0iTXt", 3);
    png_set_read_fn(png, stream, read_bytes);
    return png;
}

// Palette, gray, 16 bits, interlace, transparency: all become 8-bit RGBA.
static void ask_for_rgba8(png_structp png, png_infop info) {
    png_set_scale_16(png);
    png_set_expand(png);
    png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 0xff, PNG_FILLER_AFTER);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
}

CodecHeader codec_png_header(const uint8_t *bytes, size_t count) {
    CodecHeader header = {.channels = 4};
    Stream stream = {.input = bytes, .input_count = count, .message = header.message};
    png_infop info = NULL;
    png_structp png = open_reader(&stream, &info);
    if (!png) return header;
    if (!setjmp(png_jmpbuf(png))) {
        png_read_info(png, info);
        header.width = png_get_image_width(png, info);
        header.height = png_get_image_height(png, info);
    }
    png_destroy_read_struct(&png, &info, NULL);
    return header;
}

CodecResult codec_png_decode(
    const uint8_t *bytes, size_t count, const CodecHeader *header, uint8_t *pixels) {
    CodecResult result = {0};
    Stream stream = {.input = bytes, .input_count = count, .message = result.message};
    png_infop info = NULL;
    png_structp png = open_reader(&stream, &info);
    if (!png) return result;
    png_bytep *volatile rows = NULL;
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        free(rows);
        return result;
    }
    png_read_info(png, info);
    ask_for_rgba8(png, info);
    size_t stride = (size_t)header->width * 4;
    if (png_get_rowbytes(png, info) != stride ||
        png_get_image_height(png, info) != header->height) {
        png_error(png, "unexpected row length");
    }
    rows = malloc(header->height * sizeof(png_bytep));
    if (!rows) png_error(png, "out of memory");
    for (uint32_t y = 0; y < header->height; y++) rows[y] = pixels + y * stride;
    png_read_image(png, rows);
    png_destroy_read_struct(&png, &info, NULL);
    free(rows);
    return result;
}

static const int color_types[5] = {
    0, PNG_COLOR_TYPE_GRAY, 0, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};

static void set_texts(png_structp png, png_infop info, const CodecText *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        png_text text = {0};
        text.compression = texts[i].utf8 ? PNG_ITXT_COMPRESSION_NONE : PNG_TEXT_COMPRESSION_NONE;
        text.key = texts[i].key;
        text.text = texts[i].text;
        size_t length = strlen(texts[i].text);
        if (texts[i].utf8) {
            text.itxt_length = length;
            text.lang = "";
            text.lang_key = "";
        } else {
            text.text_length = length;
        }
        png_set_text(png, info, &text, 1);
    }
}

CodecBytes codec_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int level,
    const CodecText *texts, size_t text_count) {
    CodecBytes result = {0};
    Stream stream = {.message = result.message};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &stream, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_write_struct(&png, NULL);
        snprintf(result.message, CODEC_MESSAGE_LENGTH, "libpng cannot be started");
        return result;
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        free(stream.output);
        return result;
    }
    png_set_write_fn(png, &stream, write_bytes, flush_bytes);
    png_set_compression_level(png, level);
    png_set_IHDR(
        png, info, width, height, 8, color_types[channels], PNG_INTERLACE_NONE,
        PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    set_texts(png, info, texts, text_count);
    png_write_info(png, info);
    for (uint32_t y = 0; y < height; y++) {
        png_write_row(png, pixels + (size_t)y * width * channels);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    result.bytes = stream.output;
    result.count = stream.output_count;
    return result;
}

CodecBytes codec_inflate(const uint8_t *bytes, size_t count, size_t limit) {
    CodecBytes result = {0};
    z_stream stream = {.next_in = (Bytef *)bytes, .avail_in = (uInt)count};
    if (count > UINT_MAX || inflateInit(&stream) != Z_OK) {
        snprintf(result.message, CODEC_MESSAGE_LENGTH, "zlib cannot be started");
        return result;
    }
    size_t capacity = 0;
    int status = Z_OK;
    while (status == Z_OK) {
        if (result.count == capacity) {
            // One byte more than is accepted tells that there is more.
            capacity = capacity ? capacity * 2 : 4096;
            if (capacity > limit + 1) capacity = limit + 1;
            uint8_t *grown = realloc(result.bytes, capacity);
            if (!grown) break;
            result.bytes = grown;
        }
        size_t room = capacity - result.count;
        stream.next_out = result.bytes + result.count;
        stream.avail_out = room > UINT_MAX ? UINT_MAX : (uInt)room;
        uInt before = stream.avail_out;
        status = inflate(&stream, Z_NO_FLUSH);
        result.count += before - stream.avail_out;
        if (result.count > limit) break;
    }
    inflateEnd(&stream);
    if (status == Z_STREAM_END && result.count <= limit) return result;
    snprintf(
        result.message, CODEC_MESSAGE_LENGTH, "%s",
        result.count > limit ? "too long" : "damaged");
    free(result.bytes);
    result.bytes = NULL;
    return result;
}

void codec_free(void *pointer) { free(pointer); }
