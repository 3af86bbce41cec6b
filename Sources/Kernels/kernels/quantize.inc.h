// Between floating point and 8-bit levels, symmetric: x is about scale * level, with level from
// -127 to 127.

/// The largest magnitude of a run; NaN if one of its numbers is not finite.
INLINE float run_largest(const void *x, size_t begin, size_t end, px_type t) {
    vf a = vset(0.0f), b = a, c = a, d = a, odd = a;
    size_t i = begin;
    // A maximum passes over NaN. Of finite numbers nothing comes to the sum.
#define LOOK(m, number)                    \
    do {                                   \
        vf look = number;                  \
        m = vmax(vabs(look), m);           \
        odd = vfma(look, vset(0.0f), odd); \
    } while (0)
    for (; i + 4 * VL <= end; i += 4 * VL) {
        LOOK(a, vload(x, i, t));
        LOOK(b, vload(x, i + VL, t));
        LOOK(c, vload(x, i + 2 * VL, t));
        LOOK(d, vload(x, i + 3 * VL, t));
    }
#define STEP(i, n) LOOK(a, vload_n(x, i, n, t))
    FOR_VECTORS(i, end, STEP);
#undef STEP
#undef LOOK
    float sum = vsum(odd);
    return sum == sum ? vlargest(vmax(vmax(a, b), vmax(c, d))) : sum;
}

/// What a level is worth. Numbers so small that a level's reciprocal is none are as good as zeros.
/// What is not a number is no level: the scale says so.
INLINE float level_scale(float largest) {
    if (!(largest < INFINITY)) return NAN;
    return largest > 1e-30f ? largest / 127.0f : 1.0f;
}

INLINE void run_levels(const void *x, size_t begin, size_t end, float inverse, int8_t *y, px_type t) {
#define STEP(i, n) vstore_n(y, i, n, vload_n(x, i, n, t) * inverse, PX_S8)
    FOR_VECTORS(begin, end, STEP);
#undef STEP
}

typedef struct {
    const void *x;
    int8_t *y;
    float *scales;  // largest magnitudes of chunks, or scales of rows
    px_type type;
    size_t n, chunk;
    float inverse;
} quantize_args;

enum { LARGEST_CHUNK = 16384 };

INLINE void largest_chunks(const quantize_args *a, size_t begin, size_t end, px_type t) {
    for (size_t k = begin; k < end; k++)
        a->scales[k] = run_largest(a->x, k * a->chunk, min_size((k + 1) * a->chunk, a->n), t);
}

static void largest_body(void *context, size_t begin, size_t end) {
    const quantize_args *a = context;
    BY_TYPE(a->type, largest_chunks(a, begin, end, T));
}

static void levels_body(void *context, size_t begin, size_t end) {
    const quantize_args *a = context;
    BY_TYPE(a->type, run_levels(a->x, begin, end, a->inverse, a->y, T));
}

static float k_quantize(const void *x, px_type type, int8_t *y, size_t n) {
    size_t chunks = (n + LARGEST_CHUNK - 1) / LARGEST_CHUNK;
    quantize_args a = {.x = x, .y = y, .type = type, .n = n, .chunk = LARGEST_CHUNK,
                       .scales = px_scratch(PX_SCRATCH_CALLER, (chunks + 1) * sizeof(float))};
    px_parallel_for(chunks, 1, largest_body, &a);
    float largest = 0.0f;
    for (size_t k = 0; k < chunks && largest == largest; k++)
        largest = a.scales[k] <= largest ? largest : a.scales[k];
    float scale = level_scale(largest);
    a.inverse = 1.0f / scale;
    px_parallel_for(n, PX_GRAIN, levels_body, &a);
    return scale;
}

INLINE void quantize_rows(const quantize_args *a, size_t begin, size_t end, px_type t) {
    for (size_t r = begin; r < end; r++) {
        float scale = level_scale(run_largest(a->x, r * a->n, (r + 1) * a->n, t));
        a->scales[r] = scale;
        run_levels(a->x, r * a->n, (r + 1) * a->n, 1.0f / scale, a->y, t);
    }
}

static void quantize_rows_body(void *context, size_t begin, size_t end) {
    const quantize_args *a = context;
    BY_TYPE(a->type, quantize_rows(a, begin, end, T));
}

static void k_quantize_rows(const void *x, px_type type, int8_t *y, float *scales, size_t rows, size_t cols) {
    quantize_args a = {.x = x, .y = y, .scales = scales, .type = type, .n = cols};
    px_parallel_for(rows, px_row_grain(cols), quantize_rows_body, &a);
}

typedef struct {
    const void *x;
    const float *scales;
    void *y;
    px_type type;
    size_t cols;
    float factor;
} scale_columns_args;

INLINE void scale_columns_rows(const scale_columns_args *a, size_t begin, size_t end, px_type t) {
    for (size_t r = begin; r < end; r++) {
        const void *x = offset(a->x, r * a->cols, t);
        void *y = offset(a->y, r * a->cols, t);
#define STEP(i, n) vstore_n(y, i, n, vload_n(x, i, n, t) * (vload_n(a->scales, i, n, PX_F32) * a->factor), t)
        FOR_VECTORS((size_t)0, a->cols, STEP);
#undef STEP
    }
}

static void scale_columns_body(void *context, size_t begin, size_t end) {
    const scale_columns_args *a = context;
    BY_TYPE(a->type, scale_columns_rows(a, begin, end, T));
}

static void k_scale_columns(const void *x, const float *scales, float factor, void *y, px_type type, size_t rows, size_t cols) {
    scale_columns_args a = {x, scales, y, type, cols, factor};
    px_parallel_for(rows, px_row_grain(cols), scale_columns_body, &a);
}
