// Layer normalisation of rows.

typedef struct {
    const void *x, *dy;
    const float *gamma, *beta;
    float *mean, *rstd;
    void *y;
    float *partial;  // [chunks, 2, cols]: sums of dy x^ and of dy
    px_type type;
    size_t rows, cols, chunk;
    float eps;
} layer_norm_args;

INLINE void layer_norm_row(const layer_norm_args *a, size_t r, bool has_gamma, bool has_beta, px_type t) {
    size_t n = a->cols;
    const void *x = offset(a->x, r * n, t);
    void *y = offset(a->y, r * n, t);
    float mean = run_sum(x, 0, n, t) / (float)n;
    vf s0 = vset(0.0f), s1 = s0;
    size_t i = 0;
    for (; i + 2 * VL <= n; i += 2 * VL) {
        vf u = vload(x, i, t) - mean, v = vload(x, i + VL, t) - mean;
        s0 = vfma(u, u, s0);
        s1 = vfma(v, v, s1);
    }
#define STEP(i, k)                                               \
    vf d = vfirst_n(vload_n(x, i, k, t) - mean, k, 0.0f);        \
    s0 = vfma(d, d, s0)
    FOR_VECTORS(i, n, STEP);
#undef STEP
    float rstd = 1.0f / sqrtf(vsum(s0 + s1) / (float)n + a->eps);
    if (a->mean != NULL) a->mean[r] = mean;
    if (a->rstd != NULL) a->rstd[r] = rstd;
#define STEP(i, k)                                                                  \
    vf v = (vload_n(x, i, k, t) - mean) * rstd;                                     \
    if (has_gamma) v *= vload_n(a->gamma, i, k, PX_F32);                            \
    if (has_beta) v += vload_n(a->beta, i, k, PX_F32);                              \
    vstore_n(y, i, k, v, t)
    FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
}

INLINE void layer_norm_rows(const layer_norm_args *a, size_t begin, size_t end, px_type t) {
    if (a->gamma != NULL && a->beta != NULL)
        for (size_t r = begin; r < end; r++) layer_norm_row(a, r, true, true, t);
    else
        for (size_t r = begin; r < end; r++) layer_norm_row(a, r, a->gamma != NULL, a->beta != NULL, t);
}

static void layer_norm_body(void *context, size_t begin, size_t end) {
    const layer_norm_args *a = context;
    BY_TYPE(a->type, layer_norm_rows(a, begin, end, T));
}

static void k_layer_norm(const void *x, const float *gamma, const float *beta, void *y, float *mean, float *rstd,
                         px_type type, size_t rows, size_t cols, float eps) {
    layer_norm_args a = {.x = x, .gamma = gamma, .beta = beta, .y = y, .mean = mean, .rstd = rstd, .type = type,
                         .rows = rows, .cols = cols, .eps = eps};
    px_parallel_for(rows, px_row_grain(cols), layer_norm_body, &a);
}

// MARK: Backward

/// dx = rstd (g - mean(g) - x^ mean(g x^)) with g = gamma dy; adds dy x^ and dy to the sums.
INLINE void layer_norm_slope_row(const layer_norm_args *a, size_t r, float *sums, bool has_gamma, px_type t) {
    size_t n = a->cols;
    const void *x = offset(a->x, r * n, t), *dy = offset(a->dy, r * n, t);
    void *dx = offset(a->y, r * n, t);
    float rstd = a->rstd[r], shift = -a->mean[r] * rstd;
    vf s1 = vset(0.0f), s2 = s1;
#define STEP(i, k)                                                                               \
    vf d = vload_n(dy, i, k, t), h = vfma(vload_n(x, i, k, t), vset(rstd), vset(shift));         \
    vf dh = d * h;                                                                               \
    if (sums != NULL) {                                                                          \
        vstore_n(sums, i, k, vload_n(sums, i, k, PX_F32) + dh, PX_F32);                          \
        vstore_n(sums + n, i, k, vload_n(sums + n, i, k, PX_F32) + d, PX_F32);                   \
    }                                                                                            \
    vf g = has_gamma ? vload_n(a->gamma, i, k, PX_F32) : vset(1.0f);                             \
    s1 = vfma(d, g, s1);                                                                         \
    s2 = vfma(dh, g, s2)
    FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
    // In terms of x itself: dx = rstd g dy + slope x + constant.
    float m1 = vsum(s1) / (float)n, m2 = vsum(s2) / (float)n;
    float slope = -rstd * rstd * m2, constant = -rstd * (m1 + m2 * shift);
#define STEP(i, k)                                                                               \
    vf g = has_gamma ? vload_n(a->gamma, i, k, PX_F32) * rstd : vset(rstd);                      \
    vf v = vfma(vload_n(x, i, k, t), vset(slope), vset(constant));                               \
    vstore_n(dx, i, k, vfma(vload_n(dy, i, k, t), g, v), t)
    FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
}

INLINE void layer_norm_slope_chunks(const layer_norm_args *a, size_t begin, size_t end, px_type t) {
    for (size_t k = begin; k < end; k++) {
        float *sums = a->partial != NULL ? a->partial + k * 2 * a->cols : NULL;
        if (sums != NULL) memset(sums, 0, 2 * a->cols * sizeof(float));
        size_t last = min_size((k + 1) * a->chunk, a->rows);
        if (a->gamma != NULL)
            for (size_t r = k * a->chunk; r < last; r++) layer_norm_slope_row(a, r, sums, true, t);
        else
            for (size_t r = k * a->chunk; r < last; r++) layer_norm_slope_row(a, r, sums, false, t);
    }
}

static void layer_norm_slope_body(void *context, size_t begin, size_t end) {
    const layer_norm_args *a = context;
    BY_TYPE(a->type, layer_norm_slope_chunks(a, begin, end, T));
}

static void k_layer_norm_backward(const void *x, const void *dy, const float *gamma, const float *mean, const float *rstd,
                                  void *dx, float *dgamma, float *dbeta, px_type type, size_t rows, size_t cols) {
    // Chunks depend on the shape alone: at least 16 Ki elements, at most 64 of them.
    size_t chunk = max_size(px_row_grain(cols), (rows + 63) / 64), chunks = (rows + chunk - 1) / chunk;
    bool sums = dgamma != NULL || dbeta != NULL;
    layer_norm_args a = {.x = x, .dy = dy, .gamma = gamma, .mean = (float *)mean, .rstd = (float *)rstd, .y = dx,
                         .type = type, .rows = rows, .cols = cols, .chunk = chunk};
    if (sums) a.partial = px_scratch(PX_SCRATCH_CALLER, chunks * 2 * cols * sizeof(float) + 1);
    px_parallel_for(chunks, px_row_grain(chunk * cols), layer_norm_slope_body, &a);
    for (int which = 0; which < 2; which++) {
        float *to = which == 0 ? dgamma : dbeta;
        if (to == NULL) continue;
        memset(to, 0, cols * sizeof(float));
        for (size_t k = 0; k < chunks; k++)
            for (size_t c = 0; c < cols; c++) to[c] += a.partial[(2 * k + (size_t)which) * cols + c];
    }
}
