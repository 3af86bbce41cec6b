#include "CCodecs.h"

#include <lcms2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What lcms has to complain is one sentence here, whatever it is.
static void on_error(cmsContext context, cmsUInt32Number code, const char *text) {
    (void)context;
    (void)code;
    (void)text;
}

typedef struct {
    cmsColorSpaceSignature space;
    cmsUInt32Number source, target;
} Layout;

static int layout_of(CodecColours colours, Layout *layout) {
    switch (colours) {
        case CODEC_GRAY: *layout = (Layout){cmsSigGrayData, TYPE_GRAY_8, TYPE_GRAY_8}; return 1;
        case CODEC_RGB: *layout = (Layout){cmsSigRgbData, TYPE_RGB_8, TYPE_RGB_8}; return 1;
        case CODEC_RGBA: *layout = (Layout){cmsSigRgbData, TYPE_RGBA_8, TYPE_RGBA_8}; return 1;
        case CODEC_CMYK: *layout = (Layout){cmsSigCmykData, TYPE_CMYK_8_REV, TYPE_RGB_8}; return 1;
    }
    return 0;
}

static cmsHPROFILE srgb(cmsContext context, CodecColours colours) {
    if (colours != CODEC_GRAY) return cmsCreate_sRGBProfileTHR(context);
    // sRGB's curve (IEC 61966-2-1), as lcms builds it for RGB.
    cmsFloat64Number numbers[5] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
    cmsToneCurve *curve = cmsBuildParametricToneCurve(context, 4, numbers);
    if (!curve) return NULL;
    cmsHPROFILE profile = cmsCreateGrayProfileTHR(context, cmsD50_xyY(), curve);
    cmsFreeToneCurve(curve);
    return profile;
}

static cmsHPROFILE opened(
    cmsContext context, const uint8_t *bytes, size_t count, Layout layout, char *message) {
    cmsHPROFILE profile = cmsOpenProfileFromMemTHR(context, bytes, (cmsUInt32Number)count);
    if (!profile) {
        snprintf(message, CODEC_MESSAGE_LENGTH, "is damaged");
        return NULL;
    }
    cmsProfileClassSignature kind = cmsGetDeviceClass(profile);
    int is_device = kind == cmsSigInputClass || kind == cmsSigDisplayClass ||
                    kind == cmsSigOutputClass || kind == cmsSigColorSpaceClass;
    if (!is_device) {
        snprintf(message, CODEC_MESSAGE_LENGTH, "is none of a device or colour space");
    } else if (cmsGetColorSpace(profile) != layout.space) {
        snprintf(message, CODEC_MESSAGE_LENGTH, "is for another kind of colours");
    } else {
        // Chains of any length, which take hours; integer tables stand beside them (ICC.1, 8.2).
        static const cmsTagSignature floats[] = {
            cmsSigDToB0Tag, cmsSigDToB1Tag, cmsSigDToB2Tag, cmsSigDToB3Tag};
        for (int i = 0; i < 4; i++) {
            if (cmsIsTag(profile, floats[i])) cmsWriteTag(profile, floats[i], NULL);
        }
        return profile;
    }
    cmsCloseProfile(profile);
    return NULL;
}

struct CodecProfile {
    cmsContext context;
    cmsHTRANSFORM transform;
};

CodecOpenedProfile codec_icc_open(const uint8_t *bytes, size_t count, CodecColours colours) {
    CodecOpenedProfile result = {0};
    Layout layout;
    CodecProfile *own = calloc(1, sizeof *own);
    if (own) own->context = cmsCreateContext(NULL, NULL);
    if (!own || !own->context || !layout_of(colours, &layout)) {
        snprintf(result.message, CODEC_MESSAGE_LENGTH, "cannot be opened");
        codec_icc_close(own);
        return result;
    }
    cmsSetLogErrorHandlerTHR(own->context, on_error);
    cmsHPROFILE profile = opened(own->context, bytes, count, layout, result.message);
    cmsHPROFILE target = profile ? srgb(own->context, colours) : NULL;
    if (target) {
        own->transform = cmsCreateTransformTHR(
            own->context, profile, layout.source, target, layout.target, INTENT_PERCEPTUAL, 0);
    }
    if (profile) cmsCloseProfile(profile);
    if (target) cmsCloseProfile(target);
    if (own->transform) {
        result.profile = own;
        return result;
    }
    if (!result.message[0]) snprintf(result.message, CODEC_MESSAGE_LENGTH, "is damaged");
    codec_icc_close(own);
    return result;
}

void codec_icc_apply(
    const CodecProfile *profile, const uint8_t *source, uint8_t *target, size_t pixels) {
    cmsDoTransform(profile->transform, source, target, (cmsUInt32Number)pixels);
}

void codec_icc_close(CodecProfile *profile) {
    if (!profile) return;
    if (profile->transform) cmsDeleteTransform(profile->transform);
    if (profile->context) cmsDeleteContext(profile->context);
    free(profile);
}
