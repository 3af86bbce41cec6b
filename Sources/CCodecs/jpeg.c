#include "CCodecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
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
// Warnings about what pixels do not depend on are let pass: cameras write such files.
static void on_message(j_common_ptr info, int level) {
    if (level >= 0) return;
    switch (info->err->msg_code) {
        case JWRN_EXTRANEOUS_DATA:
        case JWRN_JFIF_MAJOR:
        case JWRN_ADOBE_XFORM: return;
        default: on_error(info);
    }
}

// A picture of more scans than any encoder writes: a few bytes each, and each goes over all of it.
static void on_progress(j_common_ptr info) {
    enum { MOST_SCANS = 500 };
    if (info->is_decompressor && ((j_decompress_ptr)info)->input_scan_number > MOST_SCANS) {
        Errors *errors = (Errors *)info->err;
        snprintf(errors->message, CODEC_MESSAGE_LENGTH, "more than %d scans", MOST_SCANS);
        longjmp(errors->escape, 1);
    }
}

static struct jpeg_error_mgr *set_up(Errors *errors, char *message) {
    errors->message = message;
    jpeg_std_error(&errors->manager);
    errors->manager.error_exit = on_error;
    errors->manager.emit_message = on_message;
    return &errors->manager;
}

// Reads the header and asks for what decoding shall give: gray, RGB or CMYK, whole or reduced.
static void open_reader(
    struct jpeg_decompress_struct *info, struct jpeg_progress_mgr *progress, const uint8_t *bytes,
    size_t count, uint32_t short_side) {
    jpeg_create_decompress(info);
    progress->progress_monitor = on_progress;
    info->progress = progress;
    jpeg_mem_src(info, bytes, count);
    jpeg_read_header(info, TRUE);
    switch (info->num_components) {
        case 1: info->out_color_space = JCS_GRAYSCALE; break;
        case 4: info->out_color_space = JCS_CMYK; break;
        default: info->out_color_space = JCS_RGB;
    }
    uint32_t smaller =
        info->image_width < info->image_height ? info->image_width : info->image_height;
    info->scale_num = info->scale_denom = 1;
    while (short_side && info->scale_denom < 8 &&
           smaller / (2 * info->scale_denom) >= short_side) {
        info->scale_denom *= 2;
    }
    jpeg_calc_output_dimensions(info);
}

CodecHeader codec_jpeg_header(const uint8_t *bytes, size_t count, uint32_t short_side) {
    CodecHeader header = {0};
    struct jpeg_decompress_struct info = {0};
    struct jpeg_progress_mgr progress = {0};
    Errors errors;
    info.err = set_up(&errors, header.message);
    if (!setjmp(errors.escape)) {
        open_reader(&info, &progress, bytes, count, short_side);
        header.width = info.output_width;
        header.height = info.output_height;
        header.stored_width = info.image_width;
        header.stored_height = info.image_height;
        header.channels = (uint32_t)info.output_components;
    }
    jpeg_destroy_decompress(&info);
    return header;
}

CodecResult codec_jpeg_decode(
    const uint8_t *bytes, size_t count, uint32_t short_side, const CodecHeader *header,
    uint8_t *pixels) {
    CodecResult result = {0};
    struct jpeg_decompress_struct info = {0};
    struct jpeg_progress_mgr progress = {0};
    Errors errors;
    info.err = set_up(&errors, result.message);
    if (!setjmp(errors.escape)) {
        open_reader(&info, &progress, bytes, count, short_side);
        jpeg_start_decompress(&info);
        if (info.output_width != header->width || info.output_height != header->height ||
            (uint32_t)info.output_components != header->channels) {
            snprintf(result.message, CODEC_MESSAGE_LENGTH, "unexpected size");
            longjmp(errors.escape, 1);
        }
        size_t stride = (size_t)header->width * header->channels;
        while (info.output_scanline < info.output_height) {
            JSAMPROW row = pixels + info.output_scanline * stride;
            jpeg_read_scanlines(&info, &row, 1);
        }
        jpeg_finish_decompress(&info);
    }
    jpeg_destroy_decompress(&info);
    return result;
}

CodecBytes codec_jpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int quality,
    const uint8_t *exif, size_t exif_count) {
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
    if (exif_count) jpeg_write_marker(&info, JPEG_APP0 + 1, exif, (unsigned)exif_count);
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
