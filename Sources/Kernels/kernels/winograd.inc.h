// The transforms of Winograd's F(2x2, 3x3): a 3x3 convolution as 16 products for 4 outputs, in place of 36.
// Lavin & Gray 2016, "Fast algorithms for convolutional neural networks" (arXiv 1509.09308), section 4.1.
//
//   Y = At [(G g Gt) * (Bt d B)] A, with d the 4x4 inputs of a 2x2 tile, g the 3x3 filter, * elementwise.

/// Where a tile lies: its picture, and the row and column of its first output.
typedef struct {
    size_t picture, row, column;
} tile_place;

INLINE tile_place place_of(size_t tile, const px_winograd *s) {
    size_t across = (s->out_width + 1) / 2, down = (s->out_height + 1) / 2, inside = tile % (across * down);
    return (tile_place){tile / (across * down), 2 * (inside / across), 2 * (inside % across)};
}

/// The vector form of Bt d along one dimension: (d0 - d2, d1 + d2, d2 - d1, d1 - d3).
INLINE void input_transform(vf d0, vf d1, vf d2, vf d3, vf *y, size_t stride) {
    y[0] = d0 - d2;
    y[stride] = d1 + d2;
    y[2 * stride] = d2 - d1;
    y[3 * stride] = d1 - d3;
}

typedef struct {
    const void *x;
    void *v;
    px_winograd size;
    size_t first, tiles;
} winograd_input_args;

INLINE void winograd_input_tiles(const winograd_input_args *a, size_t begin, size_t end, px_type t) {
    const px_winograd *s = &a->size;
    size_t channels = s->in_channels;
    float *zeros = px_scratch(PX_SCRATCH_TASK, channels * sizeof(float));
    memset(zeros, 0, channels * sizeof(float));
    for (size_t tile = begin; tile < end; tile++) {
        tile_place at = place_of(a->first + tile, s);
        const void *d[16];
        for (size_t k = 0; k < 16; k++) {
            // Above and left of the picture the numbers wrap round to large ones.
            size_t row = at.row + k / 4 - s->top, column = at.column + k % 4 - s->left;
            bool inside = row < s->in_height && column < s->in_width;
            size_t pixel = (at.picture * s->in_height + row) * s->in_width + column;
            d[k] = inside ? offset(a->x, pixel * channels, t) : zeros;
        }
        char *v = offset(a->v, tile * channels, t);
        size_t plane = a->tiles * channels * type_size(t);
#define STEP(c, n)                                                                                  \
    do {                                                                                            \
        vf rows[16];                                                                                \
        UNROLL for (size_t j = 0; j < 4; j++)                                                       \
            input_transform(vload_n(d[j], c, n, t), vload_n(d[4 + j], c, n, t),                     \
                            vload_n(d[8 + j], c, n, t), vload_n(d[12 + j], c, n, t), rows + j, 4);  \
        UNROLL for (size_t i = 0; i < 4; i++) {                                                     \
            vf y[4];                                                                                \
            input_transform(rows[4 * i], rows[4 * i + 1], rows[4 * i + 2], rows[4 * i + 3], y, 1);  \
            UNROLL for (size_t j = 0; j < 4; j++) vstore_n(v + (4 * i + j) * plane, c, n, y[j], t); \
        }                                                                                           \
    } while (0)
        FOR_VECTORS((size_t)0, channels, STEP);
#undef STEP
    }
}

static void winograd_input_body(void *context, size_t begin, size_t end) {
    const winograd_input_args *a = context;
    BY_TYPE(a->size.type, winograd_input_tiles(a, begin, end, T));
}

static void k_winograd_input(const px_winograd *size, const void *x, size_t first, size_t tiles, void *v) {
    winograd_input_args a = {x, v, *size, first, tiles};
    px_parallel_for(tiles, px_row_grain(16 * size->in_channels), winograd_input_body, &a);
}

typedef struct {
    const float *m, *bias;
    void *y;
    px_winograd size;
    size_t first, tiles;
} winograd_output_args;

INLINE void winograd_output_tiles(const winograd_output_args *a, size_t begin, size_t end, px_type t) {
    const px_winograd *s = &a->size;
    size_t channels = s->out_channels, plane = a->tiles * channels;
    for (size_t tile = begin; tile < end; tile++) {
        tile_place at = place_of(a->first + tile, s);
        bool below = at.row + 1 < s->out_height, beside = at.column + 1 < s->out_width;
        size_t pixel = (at.picture * s->out_height + at.row) * s->out_width + at.column;
        char *y = offset(a->y, pixel * channels, t);
        size_t down = s->out_width * channels * type_size(t), right = channels * type_size(t);
        const float *m = a->m + tile * channels;
#define STEP(c, n)                                                                          \
    do {                                                                                    \
        vf bias = a->bias ? vload_n(a->bias, c, n, PX_F32) : vset(0.0f), upper[4], lower[4]; \
        UNROLL for (size_t j = 0; j < 4; j++) {                                             \
            vf m0 = vload_n(m + j * plane, c, n, PX_F32);                                   \
            vf m1 = vload_n(m + (4 + j) * plane, c, n, PX_F32);                             \
            vf m2 = vload_n(m + (8 + j) * plane, c, n, PX_F32);                             \
            vf m3 = vload_n(m + (12 + j) * plane, c, n, PX_F32);                            \
            upper[j] = m0 + m1 + m2;                                                        \
            lower[j] = m1 - m2 - m3;                                                        \
        }                                                                                   \
        vstore_n(y, c, n, upper[0] + upper[1] + upper[2] + bias, t);                        \
        if (beside) vstore_n(y + right, c, n, upper[1] - upper[2] - upper[3] + bias, t);    \
        if (below) vstore_n(y + down, c, n, lower[0] + lower[1] + lower[2] + bias, t);      \
        if (below && beside)                                                                \
            vstore_n(y + down + right, c, n, lower[1] - lower[2] - lower[3] + bias, t);     \
    } while (0)
        FOR_VECTORS((size_t)0, channels, STEP);
#undef STEP
    }
}

static void winograd_output_body(void *context, size_t begin, size_t end) {
    const winograd_output_args *a = context;
    BY_TYPE(a->size.type, winograd_output_tiles(a, begin, end, T));
}

static void k_winograd_output(const px_winograd *size, const float *m, const float *bias, size_t first, size_t tiles,
                              void *y) {
    winograd_output_args a = {m, bias, y, *size, first, tiles};
    px_parallel_for(tiles, px_row_grain(16 * size->out_channels), winograd_output_body, &a);
}

typedef struct {
    const float *w;
    void *u;
    px_type type;
    size_t filters;
} winograd_filter_args;

/// G g along one dimension: (g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2).
INLINE void filter_transform(float g0, float g1, float g2, float *y, size_t stride) {
    y[0] = g0;
    y[stride] = 0.5f * (g0 + g1 + g2);
    y[2 * stride] = 0.5f * (g0 - g1 + g2);
    y[3 * stride] = g2;
}

/// VL filters at a time, so that each of the 16 places is stored as a vector.
INLINE void winograd_filters(const winograd_filter_args *a, size_t begin, size_t end, px_type t) {
    for (size_t f = begin; f < end; f += VL) {
        float y[16][VL];
        size_t n = min_size(VL, end - f);
        for (size_t lane = 0; lane < n; lane++) {
            const float *g = a->w + 9 * (f + lane);
            float rows[12], places[16];
            for (size_t j = 0; j < 3; j++) filter_transform(g[j], g[3 + j], g[6 + j], rows + j, 3);
            for (size_t i = 0; i < 4; i++)
                filter_transform(rows[3 * i], rows[3 * i + 1], rows[3 * i + 2], places + 4 * i, 1);
            for (size_t k = 0; k < 16; k++) y[k][lane] = places[k];
        }
        for (size_t k = 0; k < 16; k++) vstore_n(offset(a->u, k * a->filters, t), f, n, vload_n(y[k], 0, n, PX_F32), t);
    }
}

static void winograd_filter_body(void *context, size_t begin, size_t end) {
    const winograd_filter_args *a = context;
    BY_TYPE(a->type, winograd_filters(a, begin, end, T));
}

static void k_winograd_filter(const float *w, size_t filters, void *u, px_type type) {
    winograd_filter_args a = {w, u, type, filters};
    px_parallel_for(filters, PX_GRAIN / 16, winograd_filter_body, &a);
}

// The gradient of the filters needs the adjoints of the last two: dg = Gt [sum over tiles of (A dY At) * (Bt d B)] G.

typedef struct {
    const void *dy;
    void *d;
    px_winograd size;
    size_t first, tiles;
} winograd_spread_args;

/// A y along one dimension: (y0, y0 + y1, y0 - y1, -y1).
INLINE void output_spread(vf y0, vf y1, vf *d, size_t stride) {
    d[0] = y0;
    d[stride] = y0 + y1;
    d[2 * stride] = y0 - y1;
    d[3 * stride] = vset(0.0f) - y1;
}

INLINE void winograd_spread_tiles(const winograd_spread_args *a, size_t begin, size_t end, px_type t) {
    const px_winograd *s = &a->size;
    size_t channels = s->out_channels;
    float *zeros = px_scratch(PX_SCRATCH_TASK, channels * sizeof(float));
    memset(zeros, 0, channels * sizeof(float));
    for (size_t tile = begin; tile < end; tile++) {
        tile_place at = place_of(a->first + tile, s);
        const void *y[4];
        for (size_t k = 0; k < 4; k++) {
            size_t row = at.row + k / 2, column = at.column + k % 2;
            bool inside = row < s->out_height && column < s->out_width;
            size_t pixel = (at.picture * s->out_height + row) * s->out_width + column;
            y[k] = inside ? offset(a->dy, pixel * channels, t) : zeros;
        }
        char *d = offset(a->d, tile * channels, t);
        size_t plane = a->tiles * channels * type_size(t);
#define STEP(c, n)                                                                                     \
    do {                                                                                               \
        vf rows[8];                                                                                    \
        UNROLL for (size_t j = 0; j < 2; j++)                                                          \
            output_spread(vload_n(y[j], c, n, t), vload_n(y[2 + j], c, n, t), rows + j, 2);            \
        UNROLL for (size_t i = 0; i < 4; i++) {                                                        \
            vf z[4];                                                                                   \
            output_spread(rows[2 * i], rows[2 * i + 1], z, 1);                                         \
            UNROLL for (size_t j = 0; j < 4; j++) vstore_n(d + (4 * i + j) * plane, c, n, z[j], t);    \
        }                                                                                              \
    } while (0)
        FOR_VECTORS((size_t)0, channels, STEP);
#undef STEP
    }
}

static void winograd_spread_body(void *context, size_t begin, size_t end) {
    const winograd_spread_args *a = context;
    BY_TYPE(a->size.type, winograd_spread_tiles(a, begin, end, T));
}

static void k_winograd_spread(const px_winograd *size, const void *dy, size_t first, size_t tiles, void *d) {
    winograd_spread_args a = {dy, d, *size, first, tiles};
    px_parallel_for(tiles, px_row_grain(16 * size->out_channels), winograd_spread_body, &a);
}

typedef struct {
    const float *du;
    float *dw;
    size_t filters;
} winograd_filter_gradient_args;

/// Gt y along one dimension.
INLINE void filter_gradient(vf y0, vf y1, vf y2, vf y3, vf *g, size_t stride) {
    vf half = vset(0.5f);
    g[0] = y0 + half * (y1 + y2);
    g[stride] = half * (y1 - y2);
    g[2 * stride] = half * (y1 + y2) + y3;
}

static void winograd_filter_gradient_body(void *context, size_t begin, size_t end) {
    const winograd_filter_gradient_args *a = context;
    for (size_t f = begin; f < end; f += VL) {
        size_t n = min_size(VL, end - f);
        vf y[16], rows[12], g[9];
        for (size_t k = 0; k < 16; k++) y[k] = vload_n(a->du + k * a->filters, f, n, PX_F32);
        for (size_t j = 0; j < 4; j++) filter_gradient(y[j], y[4 + j], y[8 + j], y[12 + j], rows + j, 4);
        for (size_t i = 0; i < 3; i++)
            filter_gradient(rows[4 * i], rows[4 * i + 1], rows[4 * i + 2], rows[4 * i + 3], g + 3 * i, 1);
        for (size_t k = 0; k < 9; k++) {
            float lanes[VL];
            vstore_n(lanes, 0, n, g[k], PX_F32);
            for (size_t lane = 0; lane < n; lane++) a->dw[9 * (f + lane) + k] = lanes[lane];
        }
    }
}

static void k_winograd_filter_gradient(const float *du, size_t filters, float *dw) {
    winograd_filter_gradient_args a = {du, dw, filters};
    px_parallel_for(filters, PX_GRAIN / 16, winograd_filter_gradient_body, &a);
}
