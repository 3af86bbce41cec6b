// Affine modulation of [batch, spatial, channels] with the SiLU behind it:
// y = silu((1 + scale) x + shift), where every image has its own row [scale, shift] of 2 channels.

typedef struct {
    const void *x, *affine, *dy;
    void *y;
    float *daffine;
    px_type type;
    size_t spatial, channels;
} modulate_args;

INLINE void modulate_rows(const modulate_args *a, size_t begin, size_t end, px_type t) {
    for (size_t r = begin; r < end; r++) {
        const void *scale = offset(a->affine, r / a->spatial * 2 * a->channels, t), *shift = offset(scale, a->channels, t);
        const void *x = offset(a->x, r * a->channels, t);
        void *y = offset(a->y, r * a->channels, t);
#define STEP(i, n)                                                                                \
    vf z = vfma(vload_n(x, i, n, t), vload_n(scale, i, n, t) + vset(1.0f), vload_n(shift, i, n, t)); \
    vstore_n(y, i, n, z * vsigmoid(z, t), t)
        FOR_VECTORS((size_t)0, a->channels, STEP);
#undef STEP
    }
}

/// dx of images [begin, end), and the sums over each of dz x and dz.
INLINE void modulate_slope_images(const modulate_args *a, size_t begin, size_t end, px_type t) {
    for (size_t b = begin; b < end; b++) {
        const void *scale = offset(a->affine, b * 2 * a->channels, t), *shift = offset(scale, a->channels, t);
        float *dscale = a->daffine + b * 2 * a->channels, *dshift = dscale + a->channels;
        memset(dscale, 0, 2 * a->channels * sizeof(float));
        for (size_t r = b * a->spatial; r < (b + 1) * a->spatial; r++) {
            const void *x = offset(a->x, r * a->channels, t), *dy = offset(a->dy, r * a->channels, t);
            void *dx = offset(a->y, r * a->channels, t);
#define STEP(i, n)                                                                          \
    vf v = vload_n(x, i, n, t), gain = vload_n(scale, i, n, t) + vset(1.0f);                 \
    vf dz = vload_n(dy, i, n, t) * vsilu_slope(vfma(v, gain, vload_n(shift, i, n, t)), t);   \
    vstore_n(dx, i, n, dz * gain, t);                                                       \
    vstore_n(dscale, i, n, vfma(dz, v, vload_n(dscale, i, n, PX_F32)), PX_F32);             \
    vstore_n(dshift, i, n, vload_n(dshift, i, n, PX_F32) + dz, PX_F32)
            FOR_VECTORS((size_t)0, a->channels, STEP);
#undef STEP
        }
    }
}

static void modulate_body(void *context, size_t begin, size_t end) {
    const modulate_args *a = context;
    BY_TYPE(a->type, modulate_rows(a, begin, end, T));
}

static void modulate_slope_body(void *context, size_t begin, size_t end) {
    const modulate_args *a = context;
    BY_TYPE(a->type, modulate_slope_images(a, begin, end, T));
}

static void k_modulate(const void *x, const void *affine, void *y, px_type type, size_t batch, size_t spatial,
                       size_t channels) {
    modulate_args a = {.x = x, .affine = affine, .y = y, .type = type, .spatial = spatial, .channels = channels};
    px_parallel_for(batch * spatial, px_row_grain(channels), modulate_body, &a);
}

static void k_modulate_backward(const void *x, const void *affine, const void *dy, void *dx, float *daffine, px_type type,
                                size_t batch, size_t spatial, size_t channels) {
    modulate_args a = {.x = x, .affine = affine, .dy = dy, .y = dx, .daffine = daffine, .type = type, .spatial = spatial,
                       .channels = channels};
    px_parallel_for(batch, px_row_grain(spatial * channels), modulate_slope_body, &a);
}
