// Group normalisation of [batch, spatial, channels] with an optional SiLU behind it.
//
// Forward reads x twice: sums per channel, then y = silu?(scale x + shift). Sums are taken over
// fixed chunks of rows and combined in order in double. An image that fits a cache is finished by
// one thread before the next is begun.

typedef struct {
    const void *x, *dy;
    const float *gamma, *beta;
    float *mean, *rstd;
    void *y;
    px_type type;
    size_t batch, spatial, channels, groups, chunk, chunks;
    float eps;
    bool silu;
    float *sums;          // [batch, chunks, 2, channels]
    float *coefficients;  // [batch, 4, channels]
} group_norm_args;

enum { GROUP_NORM_BLOCK = 4, GROUP_NORM_CHUNK = 16384, GROUP_NORM_STEP = 4096 };

INLINE float *chunk_sums(const group_norm_args *a, size_t b, size_t k) {
    return a->sums + (b * a->chunks + k) * 2 * a->channels;
}
INLINE float *image_coefficients(const group_norm_args *a, size_t b) { return a->coefficients + b * 4 * a->channels; }

/// Sums of x - pivot and its square over rows [begin, end) for `blocks` vectors of channels from c;
/// the pivot is the image's first row, so that a large mean does not swallow the variance.
INLINE void moments(const void *x, size_t begin, size_t end, size_t channels, size_t c, size_t n, float *sums, px_type t,
                    int blocks) {
    vf pivot[GROUP_NORM_BLOCK], s[GROUP_NORM_BLOCK], q[GROUP_NORM_BLOCK];
    UNROLL for (int k = 0; k < blocks; k++) {
        pivot[k] = vload_n(x, c + k * VL, n, t);
        s[k] = q[k] = vset(0.0f);
    }
    for (size_t r = begin; r < end; r++)
        UNROLL for (int k = 0; k < blocks; k++) {
            vf d = vload_n(x, r * channels + c + k * VL, n, t) - pivot[k];
            s[k] += d;
            q[k] = vfma(d, d, q[k]);
        }
    UNROLL for (int k = 0; k < blocks; k++) {
        float *to = sums + c + k * VL;
        vstore_n(to, 0, n, vload_n(to, 0, n, PX_F32) + s[k], PX_F32);
        vstore_n(to + channels, 0, n, vload_n(to + channels, 0, n, PX_F32) + q[k], PX_F32);
    }
}

INLINE void moments_chunk(const group_norm_args *a, size_t b, size_t chunk, px_type t) {
    size_t channels = a->channels, last = min_size((chunk + 1) * a->chunk, a->spatial);
    const void *x = offset(a->x, b * a->spatial * channels, t);
    float *sums = chunk_sums(a, b, chunk);
    memset(sums, 0, 2 * channels * sizeof(float));
    // Rows that stay in the first cache between blocks.
    size_t step = max_size(1, GROUP_NORM_STEP / channels);
    for (size_t r = chunk * a->chunk; r < last; r += step) {
        size_t end = min_size(r + step, last), c = 0;
        for (; c + GROUP_NORM_BLOCK * VL <= channels; c += GROUP_NORM_BLOCK * VL)
            moments(x, r, end, channels, c, VL, sums, t, GROUP_NORM_BLOCK);
        for (; c + VL <= channels; c += VL) moments(x, r, end, channels, c, VL, sums, t, 1);
        if (c < channels) moments(x, r, end, channels, c, channels - c, sums, t, 1);
    }
}

/// Adds the chunks of one image in order, and leaves scale and shift of every channel.
INLINE void finish_moments(const group_norm_args *a, size_t b, px_type t) {
    size_t channels = a->channels, width = channels / a->groups;
    const void *pivot = offset(a->x, b * a->spatial * channels, t);
    double n = (double)a->spatial;
    float *scale = image_coefficients(a, b), *shift = scale + channels;
    for (size_t g = 0; g < a->groups; g++) {
        // Chan's combination of the channels' means and squared deviations, in double.
        double mean = 0, deviation = 0, square = 0;
        for (size_t c = g * width; c < (g + 1) * width; c++) {
            double s = 0, q = 0;
            for (size_t k = 0; k < a->chunks; k++) {
                const float *sums = chunk_sums(a, b, k);
                s += sums[c];
                q += sums[channels + c];
            }
            double channel_mean = (double)load1(pivot, c, t) + s / n, delta = channel_mean - mean;
            double seen = (double)(c - g * width);
            mean += delta / (seen + 1);
            deviation += q - s * s / n;
            square += delta * delta * seen / (seen + 1);
        }
        double variance = (deviation + n * square) / (n * (double)width);
        float rstd = (float)(1.0 / sqrt((variance > 0 || variance != variance ? variance : 0) + (double)a->eps));
        for (size_t c = g * width; c < (g + 1) * width; c++) {
            float gain = a->gamma != NULL ? a->gamma[c] : 1.0f, bias = a->beta != NULL ? a->beta[c] : 0.0f;
            scale[c] = rstd * gain;
            shift[c] = (float)((double)bias - mean * (double)scale[c]);
        }
        if (a->mean != NULL) a->mean[b * a->groups + g] = (float)mean;
        if (a->rstd != NULL) a->rstd[b * a->groups + g] = rstd;
    }
}

INLINE void normalise_rows(const group_norm_args *a, size_t b, size_t begin, size_t end, bool silu, px_type t) {
    size_t channels = a->channels;
    const float *scale = image_coefficients(a, b), *shift = scale + channels;
    for (size_t r = begin; r < end; r++) {
        const void *x = offset(a->x, (b * a->spatial + r) * channels, t);
        void *y = offset(a->y, (b * a->spatial + r) * channels, t);
#define STEP(i, n)                                                                                      \
    vf v = vfma(vload_n(x, i, n, t), vload_n(scale, i, n, PX_F32), vload_n(shift, i, n, PX_F32));       \
    vstore_n(y, i, n, silu ? v * vsigmoid(v, t) : v, t)
        FOR_VECTORS((size_t)0, channels, STEP);
#undef STEP
    }
}

INLINE void normalise(const group_norm_args *a, size_t b, size_t begin, size_t end, px_type t) {
    if (a->silu)
        normalise_rows(a, b, begin, end, true, t);
    else
        normalise_rows(a, b, begin, end, false, t);
}

// MARK: Backward
//
// With x^ = rstd (x - mean), z = gamma x^ + beta and dz the gradient of z:
// dx = rstd (gamma dz - mean(gamma dz) - x^ mean(gamma dz x^)), means over the group.

/// dz from dy, by way of the SiLU's slope at z = gamma x^ + beta.
INLINE vf group_norm_dz(vf dy, vf normalised, vf gamma, vf beta, bool silu, px_type t) {
    return silu ? dy * vsilu_slope(vfma(normalised, gamma, beta), t) : dy;
}

INLINE void start_coefficients(const group_norm_args *a, size_t b) {
    size_t channels = a->channels, width = channels / a->groups;
    float *c0 = image_coefficients(a, b);
    for (size_t c = 0; c < channels; c++) {
        float mean = a->mean[b * a->groups + c / width], rstd = a->rstd[b * a->groups + c / width];
        c0[c] = rstd;
        c0[channels + c] = -mean * rstd;
    }
}

/// Sums of dz x^ and dz over rows [begin, end), `blocks` vectors of channels from c.
INLINE void slope_sums(const group_norm_args *a, size_t b, size_t begin, size_t end, size_t c, size_t n, float *sums, bool silu,
                       px_type t, int blocks) {
    size_t channels = a->channels;
    const float *coefficients = image_coefficients(a, b);
    vf r[2], s[2], gamma[2], beta[2], sx[2], s1[2];
    UNROLL for (int k = 0; k < blocks; k++) {
        size_t at = c + (size_t)k * VL;
        r[k] = vload_n(coefficients, at, n, PX_F32);
        s[k] = vload_n(coefficients + channels, at, n, PX_F32);
        gamma[k] = a->gamma != NULL ? vload_n(a->gamma, at, n, PX_F32) : vset(1.0f);
        beta[k] = a->beta != NULL ? vload_n(a->beta, at, n, PX_F32) : vset(0.0f);
        sx[k] = s1[k] = vset(0.0f);
    }
    for (size_t row = begin; row < end; row++)
        UNROLL for (int k = 0; k < blocks; k++) {
            size_t at = (b * a->spatial + row) * channels + c + (size_t)k * VL;
            vf h = vfma(vload_n(a->x, at, n, t), r[k], s[k]);
            vf dz = group_norm_dz(vload_n(a->dy, at, n, t), h, gamma[k], beta[k], silu, t);
            sx[k] = vfma(dz, h, sx[k]);
            s1[k] += dz;
        }
    UNROLL for (int k = 0; k < blocks; k++) {
        float *to = sums + c + (size_t)k * VL;
        vstore_n(to, 0, n, vload_n(to, 0, n, PX_F32) + sx[k], PX_F32);
        vstore_n(to + channels, 0, n, vload_n(to + channels, 0, n, PX_F32) + s1[k], PX_F32);
    }
}

INLINE void slope_chunk_of(const group_norm_args *a, size_t b, size_t chunk, bool silu, px_type t) {
    size_t channels = a->channels, last = min_size((chunk + 1) * a->chunk, a->spatial);
    float *sums = chunk_sums(a, b, chunk);
    memset(sums, 0, 2 * channels * sizeof(float));
    size_t step = max_size(1, GROUP_NORM_STEP / channels);
    for (size_t r = chunk * a->chunk; r < last; r += step) {
        size_t end = min_size(r + step, last), c = 0;
        for (; c + 2 * VL <= channels; c += 2 * VL) slope_sums(a, b, r, end, c, VL, sums, silu, t, 2);
        for (; c < channels; c += VL) slope_sums(a, b, r, end, c, min_size(VL, channels - c), sums, silu, t, 1);
    }
}

INLINE void slope_chunk(const group_norm_args *a, size_t b, size_t chunk, px_type t) {
    if (a->silu)
        slope_chunk_of(a, b, chunk, true, t);
    else
        slope_chunk_of(a, b, chunk, false, t);
}

/// Adds the chunks into the first one, and leaves the factors of x and 1 in dx as coefficients 2
/// and 3.
static void finish_slopes(const group_norm_args *a, size_t b) {
    size_t channels = a->channels, width = channels / a->groups;
    float *total = chunk_sums(a, b, 0), *slope = image_coefficients(a, b) + 2 * channels, *constant = slope + channels;
    for (size_t k = 1; k < a->chunks; k++) {
        const float *sums = chunk_sums(a, b, k);
        for (size_t c = 0; c < 2 * channels; c++) total[c] += sums[c];
    }
    double n = (double)a->spatial * (double)width;
    for (size_t g = 0; g < a->groups; g++) {
        double m1 = 0, m2 = 0;
        for (size_t c = g * width; c < (g + 1) * width; c++) {
            double gain = a->gamma != NULL ? (double)a->gamma[c] : 1.0;
            m2 += gain * (double)total[c];
            m1 += gain * (double)total[channels + c];
        }
        m1 /= n;
        m2 /= n;
        double mean = (double)a->mean[b * a->groups + g], rstd = (double)a->rstd[b * a->groups + g];
        for (size_t c = g * width; c < (g + 1) * width; c++) {
            slope[c] = (float)(-rstd * rstd * m2);
            constant[c] = (float)(rstd * (rstd * mean * m2 - m1));
        }
    }
}

INLINE void slope_rows_of(const group_norm_args *a, size_t b, size_t begin, size_t end, bool silu, px_type t) {
    size_t channels = a->channels;
    const float *r = image_coefficients(a, b), *s = r + channels, *slope = s + channels, *constant = slope + channels;
    const float *gamma = a->gamma, *beta = a->beta;
    for (size_t row = begin; row < end; row++) {
        size_t at = (b * a->spatial + row) * channels;
        const void *x = offset(a->x, at, t), *dy = offset(a->dy, at, t);
        void *dx = offset(a->y, at, t);
#define STEP(i, n)                                                                                  \
    vf rstd = vload_n(r, i, n, PX_F32), v = vload_n(x, i, n, t);                                    \
    vf gain = gamma != NULL ? vload_n(gamma, i, n, PX_F32) : vset(1.0f);                            \
    vf bias = beta != NULL ? vload_n(beta, i, n, PX_F32) : vset(0.0f);                              \
    vf h = vfma(v, rstd, vload_n(s, i, n, PX_F32));                                                 \
    vf dz = group_norm_dz(vload_n(dy, i, n, t), h, gain, bias, silu, t);                            \
    vf rest = vfma(v, vload_n(slope, i, n, PX_F32), vload_n(constant, i, n, PX_F32));               \
    vstore_n(dx, i, n, vfma(dz, gain * rstd, rest), t)
        FOR_VECTORS((size_t)0, channels, STEP);
#undef STEP
    }
}

INLINE void slope_rows(const group_norm_args *a, size_t b, size_t begin, size_t end, px_type t) {
    if (a->silu)
        slope_rows_of(a, b, begin, end, true, t);
    else
        slope_rows_of(a, b, begin, end, false, t);
}

// MARK: Division of the work

static void group_norm_chunk(const group_norm_args *a, size_t b, size_t k) {
    if (a->dy == NULL) {
        BY_TYPE(a->type, moments_chunk(a, b, k, T));
    } else {
        BY_TYPE(a->type, slope_chunk(a, b, k, T));
    }
}

static void group_norm_finish(const group_norm_args *a, size_t b) {
    if (a->dy == NULL) {
        BY_TYPE(a->type, finish_moments(a, b, T));
    } else {
        finish_slopes(a, b);
    }
}

static void group_norm_apply(const group_norm_args *a, size_t b, size_t begin, size_t end) {
    if (a->dy == NULL) {
        BY_TYPE(a->type, normalise(a, b, begin, end, T));
    } else {
        BY_TYPE(a->type, slope_rows(a, b, begin, end, T));
    }
}

static void group_norm_images(void *context, size_t begin, size_t end) {
    const group_norm_args *a = context;
    for (size_t b = begin; b < end; b++) {
        for (size_t k = 0; k < a->chunks; k++) group_norm_chunk(a, b, k);
        group_norm_finish(a, b);
        group_norm_apply(a, b, 0, a->spatial);
    }
}

static void group_norm_chunks(void *context, size_t begin, size_t end) {
    const group_norm_args *a = context;
    for (size_t i = begin; i < end; i++) group_norm_chunk(a, i / a->chunks, i % a->chunks);
}

static void group_norm_rows(void *context, size_t begin, size_t end) {
    const group_norm_args *a = context;
    while (begin < end) {
        size_t b = begin / a->spatial, row = begin % a->spatial, n = min_size(a->spatial - row, end - begin);
        group_norm_apply(a, b, row, row + n);
        begin += n;
    }
}

static void group_norm_run(group_norm_args *a) {
    size_t threads = (size_t)px_thread_count(), image = a->spatial * a->channels;
    if (a->dy != NULL)
        for (size_t b = 0; b < a->batch; b++) start_coefficients(a, b);
    if (a->batch >= 4 * threads || a->batch % threads == 0 || a->batch * image < 2 * PX_GRAIN) {
        px_parallel_for(a->batch, px_row_grain(image), group_norm_images, a);
        return;
    }
    px_parallel_for(a->batch * a->chunks, px_row_grain(a->chunk * a->channels), group_norm_chunks, a);
    for (size_t b = 0; b < a->batch; b++) group_norm_finish(a, b);
    px_parallel_for(a->batch * a->spatial, px_row_grain(a->channels), group_norm_rows, a);
}

/// Chunks and memory for them, by the shape alone.
static void group_norm_plan(group_norm_args *a) {
    a->chunk = max_size(max_size(1, GROUP_NORM_CHUNK / a->channels), (a->spatial + 63) / 64);
    a->chunks = (a->spatial + a->chunk - 1) / a->chunk;
    float *memory = px_scratch(PX_SCRATCH_CALLER, a->batch * (a->chunks * 2 + 4) * a->channels * sizeof(float));
    a->sums = memory;
    a->coefficients = memory + a->batch * a->chunks * 2 * a->channels;
}

static void k_group_norm(const void *x, const float *gamma, const float *beta, void *y, float *mean, float *rstd, px_type type,
                         size_t batch, size_t spatial, size_t channels, size_t groups, float eps, bool silu) {
    if (batch == 0 || spatial == 0 || channels == 0) return;
    group_norm_args a = {.x = x, .gamma = gamma, .beta = beta, .y = y, .mean = mean, .rstd = rstd, .type = type,
                         .batch = batch, .spatial = spatial, .channels = channels, .groups = groups, .eps = eps, .silu = silu};
    group_norm_plan(&a);
    group_norm_run(&a);
}

static void k_group_norm_backward(const void *x, const void *dy, const float *gamma, const float *beta, const float *mean,
                                  const float *rstd, void *dx, float *dgamma, float *dbeta, px_type type, size_t batch,
                                  size_t spatial, size_t channels, size_t groups, bool silu) {
    if (dgamma != NULL) memset(dgamma, 0, channels * sizeof(float));
    if (dbeta != NULL) memset(dbeta, 0, channels * sizeof(float));
    if (batch == 0 || spatial == 0 || channels == 0) return;
    group_norm_args a = {.x = x, .dy = dy, .gamma = gamma, .beta = beta, .mean = (float *)mean, .rstd = (float *)rstd, .y = dx,
                         .type = type, .batch = batch, .spatial = spatial, .channels = channels, .groups = groups,
                         .silu = silu};
    group_norm_plan(&a);
    group_norm_run(&a);
    for (size_t b = 0; b < batch; b++) {
        const float *total = chunk_sums(&a, b, 0);
        for (size_t c = 0; c < channels && dgamma != NULL; c++) dgamma[c] += total[c];
        for (size_t c = 0; c < channels && dbeta != NULL; c++) dbeta[c] += total[channels + c];
    }
}

// MARK: In pieces

static void k_channel_moments(const void *x, px_type type, size_t rows, size_t channels, double *moments) {
    if (rows == 0 || channels == 0) return;
    group_norm_args a = {.x = x, .type = type, .batch = 1, .spatial = rows, .channels = channels, .groups = 1};
    group_norm_plan(&a);
    px_parallel_for(a.chunks, px_row_grain(a.chunk * channels), group_norm_chunks, &a);
    for (size_t c = 0; c < channels; c++) {
        double s = 0, q = 0, pivot = 0;
        for (size_t k = 0; k < a.chunks; k++) {
            s += chunk_sums(&a, 0, k)[c];
            q += chunk_sums(&a, 0, k)[channels + c];
        }
        BY_TYPE(type, pivot = load1(x, c, T));
        moments[c] = pivot + s / (double)rows;
        moments[channels + c] = q - s * s / (double)rows;
    }
}

static void k_scale_shift(const void *x, const float *scale_shift, void *y, px_type type, size_t rows, size_t channels, bool silu) {
    group_norm_args a = {.x = x, .y = y, .type = type, .batch = 1, .spatial = rows, .channels = channels, .silu = silu,
                         .coefficients = (float *)scale_shift};
    px_parallel_for(rows, px_row_grain(channels), group_norm_rows, &a);
}
