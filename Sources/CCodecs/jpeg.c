#include "CCodecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

typedef struct {
    struct jpeg_error_mgr manager;
    jmp_buf escape;
    char *message;
} Errors;

static void on_error(j_common_ptr info) {
    Errors *errors = (Errors *)info->err;
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    snprintf(errors->message, CODEC_MESSAGE_LENGTH, "%s", text);
    longjmp(errors->escape, 1);
}

// A damaged scan is only a warning to libjpeg; level -1 marks those, and they are errors here.
static void on_message(j_common_ptr info, int level) {
    if (level < 0) on_error(info);
}

static struct jpeg_error_mgr *set_up(Errors *errors, char *message) {
    errors->message = message;
    jpeg_std_error(&errors->manager);
    errors->manager.error_exit = on_error;
    errors->manager.emit_message = on_message;
    return &errors->manager;
}

CodecPicture codec_jpeg_decode(const uint8_t *bytes, size_t count, uint32_t max_side) {
    CodecPicture picture = {0};
    struct jpeg_decompress_struct info = {0};
    Errors errors;
    info.err = set_up(&errors, picture.message);
    uint8_t *volatile pixels = NULL;
    if (setjmp(errors.escape)) {
        jpeg_destroy_decompress(&info);
        free(pixels);
        return picture;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, bytes, count);
    jpeg_read_header(&info, TRUE);
    if (info.image_width > max_side || info.image_height > max_side) {
        snprintf(
            picture.message, CODEC_MESSAGE_LENGTH, "%ux%u pixels; at most %u a side are read",
            info.image_width, info.image_height, max_side);
        longjmp(errors.escape, 1);
    }
    info.out_color_space = info.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&info);
    picture.width = info.output_width;
    picture.height = info.output_height;
    picture.channels = (uint32_t)info.output_components;
    size_t stride = (size_t)picture.width * picture.channels;
    pixels = malloc(stride * picture.height);
    if (!pixels) {
        snprintf(picture.message, CODEC_MESSAGE_LENGTH, "out of memory");
        longjmp(errors.escape, 1);
    }
    while (info.output_scanline < info.output_height) {
        JSAMPROW row = pixels + info.output_scanline * stride;
        jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
    jpeg_destroy_decompress(&info);
    picture.pixels = pixels;
    return picture;
}

CodecBytes codec_jpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int quality) {
    CodecBytes result = {0};
    struct jpeg_compress_struct info = {0};
    Errors errors;
    info.err = set_up(&errors, result.message);
    unsigned char *buffer = NULL;
    unsigned long length = 0;
    if (setjmp(errors.escape)) {
        jpeg_destroy_compress(&info);
        free(buffer);
        return result;
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &buffer, &length);
    info.image_width = width;
    info.image_height = height;
    info.input_components = (int)channels;
    info.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    if (quality >= 90) {
        info.comp_info[0].h_samp_factor = 1;
        info.comp_info[0].v_samp_factor = 1;
    }
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < height) {
        JSAMPROW row = (JSAMPROW)(pixels + (size_t)info.next_scanline * width * channels);
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    result.bytes = buffer;
    result.count = length;
    return result;
}
