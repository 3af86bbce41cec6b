#include "CCodecs.h"

#include <stdio.h>
#include <stdlib.h>

#include <webp/decode.h>
#include <webp/encode.h>

static const char *reason(VP8StatusCode status) {
    switch (status) {
        case VP8_STATUS_OUT_OF_MEMORY: return "out of memory";
        case VP8_STATUS_NOT_ENOUGH_DATA: return "the file ends early";
        case VP8_STATUS_UNSUPPORTED_FEATURE: return "a kind of WebP that libwebp does not read";
        default: return "damaged WebP";
    }
}

CodecHeader codec_webp_header(const uint8_t *bytes, size_t count) {
    CodecHeader header = {0};
    WebPBitstreamFeatures features;
    VP8StatusCode status = WebPGetFeatures(bytes, count, &features);
    if (status != VP8_STATUS_OK) {
        snprintf(header.message, CODEC_MESSAGE_LENGTH, "%s", reason(status));
        return header;
    }
    header.width = (uint32_t)features.width;
    header.height = (uint32_t)features.height;
    header.channels = features.has_alpha ? 4 : 3;
    return header;
}

CodecResult codec_webp_decode(
    const uint8_t *bytes, size_t count, const CodecHeader *header, uint8_t *pixels) {
    CodecResult result = {0};
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) {
        snprintf(result.message, CODEC_MESSAGE_LENGTH, "libwebp cannot be started");
        return result;
    }
    size_t stride = (size_t)header->width * header->channels;
    config.output.colorspace = header->channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = pixels;
    config.output.u.RGBA.stride = (int)stride;
    config.output.u.RGBA.size = stride * header->height;
    VP8StatusCode status = WebPDecode(bytes, count, &config);
    WebPFreeDecBuffer(&config.output);
    if (status != VP8_STATUS_OK) {
        snprintf(result.message, CODEC_MESSAGE_LENGTH, "%s", reason(status));
    }
    return result;
}

CodecBytes codec_webp_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int quality,
    int lossless) {
    CodecBytes result = {0};
    if (width > WEBP_MAX_DIMENSION || height > WEBP_MAX_DIMENSION) {
        snprintf(
            result.message, CODEC_MESSAGE_LENGTH, "%ux%u pixels; WebP holds at most %d a side",
            width, height, WEBP_MAX_DIMENSION);
        return result;
    }
    WebPConfig config;
    WebPPicture picture;
    WebPMemoryWriter writer;
    if (!WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, (float)quality) ||
        !WebPPictureInit(&picture)) {
        snprintf(result.message, CODEC_MESSAGE_LENGTH, "libwebp cannot be started");
        return result;
    }
    // Chroma has half the size: made with care for edges.
    config.use_sharp_yuv = 1;
    if (lossless) {
        WebPConfigLosslessPreset(&config, 6);
        config.exact = 1;
    }
    picture.use_argb = 1;
    picture.width = (int)width;
    picture.height = (int)height;
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &writer;
    WebPMemoryWriterInit(&writer);
    int stride = (int)(width * channels);
    int taken = channels == 4 ? WebPPictureImportRGBA(&picture, pixels, stride)
                              : WebPPictureImportRGB(&picture, pixels, stride);
    if (taken && WebPEncode(&config, &picture)) {
        result.bytes = writer.mem;
        result.count = writer.size;
    } else {
        snprintf(
            result.message, CODEC_MESSAGE_LENGTH, "libwebp's error %d", picture.error_code);
        WebPMemoryWriterClear(&writer);
    }
    WebPPictureFree(&picture);
    return result;
}
