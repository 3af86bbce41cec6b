// Resampling of [batch, height, width, channels].

typedef struct {
    const void *x;
    void *y;
    px_type type;
    size_t batch, height, width, channels;  // of x, or of dx in a backward
    size_t out_height, out_width;
} resample_args;

/// Source index of torch's `nearest`: floor(i * in / out), the product in f32 as torch computes it.
INLINE size_t nearest_source(size_t i, size_t in, size_t out) {
    if (in == out) return i;
    return min_size((size_t)((float)i * ((float)in / (float)out)), in - 1);
}

/// Rows of the output, [batch * out_height].
static void nearest_body(void *context, size_t begin, size_t end) {
    const resample_args *a = context;
    size_t pixel = a->channels * type_size(a->type);
    for (size_t r = begin; r < end; r++) {
        size_t row = r / a->out_height * a->height + nearest_source(r % a->out_height, a->height, a->out_height);
        const char *x = (const char *)a->x + row * a->width * pixel;
        char *y = (char *)a->y + r * a->out_width * pixel;
        for (size_t i = 0; i < a->out_width; i++)
            memcpy(y + i * pixel, x + nearest_source(i, a->width, a->out_width) * pixel, pixel);
    }
}

/// First output index whose source is at least `source`.
INLINE size_t first_output(size_t source, size_t in, size_t out) {
    size_t i = source * out / in;
    while (i > 0 && nearest_source(i - 1, in, out) >= source) i--;
    while (i < out && nearest_source(i, in, out) < source) i++;
    return i;
}

/// dx[pixel] = sum of dy over the outputs that read it, for rows of dx.
INLINE void nearest_slope_rows(const resample_args *a, size_t begin, size_t end, px_type t) {
    for (size_t r = begin; r < end; r++) {
        size_t b = r / a->height, row = r % a->height;
        size_t top = first_output(row, a->height, a->out_height), bottom = first_output(row + 1, a->height, a->out_height);
        size_t left = 0;
        for (size_t i = 0; i < a->width; i++) {
            size_t right = first_output(i + 1, a->width, a->out_width);
            void *dx = offset(a->y, (r * a->width + i) * a->channels, t);
#define STEP(c, n)                                                                                                 \
    vf s = vset(0.0f);                                                                                             \
    for (size_t v = top; v < bottom; v++)                                                                          \
        for (size_t u = left; u < right; u++)                                                                      \
            s += vload_n(a->x, ((b * a->out_height + v) * a->out_width + u) * a->channels + c, n, t);              \
    vstore_n(dx, c, n, s, t)
            FOR_VECTORS((size_t)0, a->channels, STEP);
#undef STEP
            left = right;
        }
    }
}

static void nearest_slope_body(void *context, size_t begin, size_t end) {
    const resample_args *a = context;
    BY_TYPE(a->type, nearest_slope_rows(a, begin, end, T));
}

static void k_resize_nearest(const void *x, void *y, px_type type, size_t batch, size_t height, size_t width, size_t channels,
                             size_t out_height, size_t out_width) {
    resample_args a = {x, y, type, batch, height, width, channels, out_height, out_width};
    px_parallel_for(batch * out_height, px_row_grain(out_width * channels), nearest_body, &a);
}

static void k_resize_nearest_backward(const void *dy, void *dx, px_type type, size_t batch, size_t height, size_t width,
                                      size_t channels, size_t out_height, size_t out_width) {
    resample_args a = {dy, dx, type, batch, height, width, channels, out_height, out_width};
    size_t work = (out_height + height - 1) / height * (out_width + width) * channels;
    px_parallel_for(batch * height, px_row_grain(work), nearest_slope_body, &a);
}

/// One row of x becomes two equal rows.
static void upsample_body(void *context, size_t begin, size_t end) {
    const resample_args *a = context;
    size_t pixel = a->channels * type_size(a->type), row = a->width * pixel;
    for (size_t r = begin; r < end; r++) {
        const char *x = (const char *)a->x + r * row;
        char *y = (char *)a->y + r * 4 * row;
        for (size_t i = 0; i < a->width; i++) {
            memcpy(y + 2 * i * pixel, x + i * pixel, pixel);
            memcpy(y + (2 * i + 1) * pixel, x + i * pixel, pixel);
        }
        memcpy(y + 2 * row, y, 2 * row);
    }
}

static void k_upsample2(const void *x, void *y, px_type type, size_t batch, size_t height, size_t width, size_t channels) {
    resample_args a = {x, y, type, batch, height, width, channels, 2 * height, 2 * width};
    px_parallel_for(batch * height, px_row_grain(4 * width * channels), upsample_body, &a);
}

/// Sum of four neighbours of x [.., 2 height, 2 width, channels] times `scale`, for rows of y
/// [.., height, width, channels].
INLINE void pool_rows(const resample_args *a, size_t begin, size_t end, float scale, px_type t) {
    size_t channels = a->channels, line = 2 * a->width * channels;
    for (size_t r = begin; r < end; r++)
        for (size_t i = 0; i < a->width; i++) {
            const void *upper = offset(a->x, 2 * r * line + 2 * i * channels, t), *lower = offset(upper, line, t);
            void *y = offset(a->y, (r * a->width + i) * channels, t);
#define STEP(c, n)                                                                      \
    vf s = vload_n(upper, c, n, t) + vload_n(upper, channels + c, n, t);                \
    s += vload_n(lower, c, n, t) + vload_n(lower, channels + c, n, t);                  \
    vstore_n(y, c, n, s * scale, t)
            FOR_VECTORS((size_t)0, channels, STEP);
#undef STEP
        }
}

static void pool_sum_body(void *context, size_t begin, size_t end) {
    const resample_args *a = context;
    BY_TYPE(a->type, pool_rows(a, begin, end, 1.0f, T));
}

static void pool_average_body(void *context, size_t begin, size_t end) {
    const resample_args *a = context;
    BY_TYPE(a->type, pool_rows(a, begin, end, 0.25f, T));
}

static void k_upsample2_backward(const void *dy, void *dx, px_type type, size_t batch, size_t height, size_t width,
                                 size_t channels) {
    resample_args a = {dy, dx, type, batch, height, width, channels, 0, 0};
    px_parallel_for(batch * height, px_row_grain(4 * width * channels), pool_sum_body, &a);
}

static void k_average_pool2(const void *x, void *y, px_type type, size_t batch, size_t height, size_t width, size_t channels) {
    resample_args a = {x, y, type, batch, height / 2, width / 2, channels, 0, 0};
    px_parallel_for(batch * height / 2, px_row_grain(2 * width * channels), pool_average_body, &a);
}

/// A quarter of dy [.., height, width, channels] to each of four pixels of dx.
INLINE void unpool_rows(const resample_args *a, size_t begin, size_t end, px_type t) {
    size_t channels = a->channels, line = 2 * a->width * channels;
    for (size_t r = begin; r < end; r++)
        for (size_t i = 0; i < a->width; i++) {
            const void *dy = offset(a->x, (r * a->width + i) * channels, t);
            void *upper = offset(a->y, 2 * r * line + 2 * i * channels, t), *lower = offset(upper, line, t);
#define STEP(c, n)                                      \
    vf v = vload_n(dy, c, n, t) * 0.25f;                \
    vstore_n(upper, c, n, v, t);                        \
    vstore_n(upper, channels + c, n, v, t);             \
    vstore_n(lower, c, n, v, t);                        \
    vstore_n(lower, channels + c, n, v, t)
            FOR_VECTORS((size_t)0, channels, STEP);
#undef STEP
        }
}

static void unpool_body(void *context, size_t begin, size_t end) {
    const resample_args *a = context;
    BY_TYPE(a->type, unpool_rows(a, begin, end, T));
}

static void k_average_pool2_backward(const void *dy, void *dx, px_type type, size_t batch, size_t height, size_t width,
                                     size_t channels) {
    resample_args a = {dy, dx, type, batch, height / 2, width / 2, channels, 0, 0};
    px_parallel_for(batch * height / 2, px_row_grain(2 * width * channels), unpool_body, &a);
}
