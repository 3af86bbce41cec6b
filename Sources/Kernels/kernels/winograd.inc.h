// The transforms of Winograd's convolutions by 3x3 filters: F(2x2) takes 16 products for 4 outputs,
// in place of 36, and F(4x4) 36 for 16, in place of 144. Lavin & Gray 2016, "Fast algorithms for
// convolutional neural networks" (arXiv 1509.09308), section 4.
//
//   Y = At [(G g Gt) * (Bt d B)] A, with d the inputs of a tile, g the filter, * elementwise.
//
// F(4x4) evaluates its polynomials at 0, +-sqrt(1/2), +-sqrt(2) and infinity: of the points tried
// the ones with the smallest error, half of that of Lavin's 0, +-1, +-2. They are one another's
// inverses, and factors are divided between filter and inputs so that turning a filter half round
// only exchanges places.

#define ROOT_2 1.41421356237309504880f
#define ROOT_HALF 0.70710678118654752440f

/// The largest tile's edge, in inputs.
enum { EDGE = 6 };

/// Where a tile lies: its picture, and the row and column of its first output.
typedef struct {
    size_t picture, row, column;
} tile_place;

INLINE tile_place place_of(size_t index, const px_winograd *s, size_t tile) {
    size_t across = (s->out_width + tile - 1) / tile, down = (s->out_height + tile - 1) / tile;
    size_t inside = index % (across * down);
    return (tile_place){index / (across * down), tile * (inside / across), tile * (inside % across)};
}

/// y = Bt d along one dimension.
INLINE void input_transform(const vf *d, vf *y, size_t stride, size_t tile) {
    vf d0 = d[0], d1 = d[stride], d2 = d[2 * stride], d3 = d[3 * stride];
    if (tile == 2) {
        y[0] = d0 - d2;
        y[stride] = d1 + d2;
        y[2 * stride] = d2 - d1;
        y[3 * stride] = d1 - d3;
        return;
    }
    vf d4 = d[4 * stride], d5 = d[5 * stride];
    vf even = 4.0f * d2 - 2.0f * d4, odd = 2.0f * ROOT_2 * d1 - ROOT_2 * d3;
    vf far_even = d4 - 0.5f * d2, far_odd = ROOT_2 * d3 - ROOT_HALF * d1;
    y[0] = d0 - 2.5f * d2 + d4;
    y[stride] = even + odd;
    y[2 * stride] = even - odd;
    y[3 * stride] = far_even + far_odd;
    y[4 * stride] = far_even - far_odd;
    y[5 * stride] = d1 - 2.5f * d3 + d5;
}

/// y = At m along one dimension.
INLINE void output_transform(const vf *m, size_t m_stride, vf *y, size_t y_stride, size_t tile) {
    vf sum = m[m_stride] + m[2 * m_stride], difference = m[m_stride] - m[2 * m_stride];
    if (tile == 2) {
        y[0] = m[0] + sum;
        y[y_stride] = difference - m[3 * m_stride];
        return;
    }
    vf far_sum = m[3 * m_stride] + m[4 * m_stride], far_difference = m[3 * m_stride] - m[4 * m_stride];
    y[0] = m[0] + sum + far_sum;
    y[y_stride] = ROOT_HALF * difference + ROOT_2 * far_difference;
    y[2 * y_stride] = 0.5f * sum + 2.0f * far_sum;
    y[3 * y_stride] = 0.5f * ROOT_HALF * difference + 2.0f * ROOT_2 * far_difference + m[5 * m_stride];
}

/// y = G g along one dimension.
INLINE void filter_transform(const vf *g, size_t g_stride, vf *y, size_t y_stride, size_t tile) {
    vf g0 = g[0], g1 = g[g_stride], g2 = g[2 * g_stride];
    y[0] = g0;
    if (tile == 2) {
        y[y_stride] = 0.5f * (g0 + g1 + g2);
        y[2 * y_stride] = 0.5f * (g0 - g1 + g2);
        y[3 * y_stride] = g2;
        return;
    }
    vf even = (g0 + 0.5f * g2) / 3.0f, odd = ROOT_HALF * g1 / 3.0f;
    vf far_even = (g0 + 2.0f * g2) / 6.0f, far_odd = ROOT_2 * g1 / 6.0f;
    y[y_stride] = even + odd;
    y[2 * y_stride] = even - odd;
    y[3 * y_stride] = far_even + far_odd;
    y[4 * y_stride] = far_even - far_odd;
    y[5 * y_stride] = g2;
}

typedef struct {
    const void *x;
    void *v;
    px_winograd size;
    size_t first, tiles;
} winograd_input_args;

INLINE void winograd_input_tiles(const winograd_input_args *a, size_t begin, size_t end, size_t tile, px_type t, px_type vt) {
    const px_winograd *s = &a->size;
    size_t channels = s->in_channels, edge = tile + 2, plane = a->tiles * channels * type_size(vt);
    float *zeros = px_scratch(PX_SCRATCH_TASK, channels * sizeof(float));
    memset(zeros, 0, channels * sizeof(float));
    for (size_t index = begin; index < end; index++) {
        tile_place at = place_of(a->first + index, s, tile);
        const void *d[EDGE * EDGE];
        for (size_t k = 0; k < edge * edge; k++) {
            // Above and left of the picture the numbers wrap round to large ones.
            size_t row = at.row + k / edge - s->top, column = at.column + k % edge - s->left;
            bool inside = row < s->in_height && column < s->in_width;
            size_t pixel = (at.picture * s->in_height + row) * s->in_width + column;
            d[k] = inside ? offset(a->x, pixel * channels, t) : zeros;
        }
        char *v = offset(a->v, index * channels, vt);
#define STEP(c, n)                                                                                              \
    do {                                                                                                        \
        vf inputs[EDGE * EDGE], rows[EDGE * EDGE], places[EDGE];                                                \
        UNROLL for (size_t k = 0; k < edge * edge; k++) inputs[k] = vload_n(d[k], c, n, t);                     \
        UNROLL for (size_t j = 0; j < edge; j++) input_transform(inputs + j, rows + j, edge, tile);             \
        UNROLL for (size_t i = 0; i < edge; i++) {                                                              \
            input_transform(rows + edge * i, places, 1, tile);                                                  \
            UNROLL for (size_t j = 0; j < edge; j++) vstore_n(v + (edge * i + j) * plane, c, n, places[j], vt); \
        }                                                                                                       \
    } while (0)
        FOR_VECTORS((size_t)0, channels, STEP);
#undef STEP
    }
}

/// `call` with TILE a constant, so that each tile gets a loop of its own.
#define BY_TILE(tile, call)                          \
    do {                                             \
        if ((tile) == 2) {                           \
            enum { TILE = 2 };                       \
            call;                                    \
        } else {                                     \
            enum { TILE = 4 };                       \
            call;                                    \
        }                                            \
    } while (0)

static void winograd_input_body(void *context, size_t begin, size_t end) {
    const winograd_input_args *a = context;
    if (a->size.place_type == PX_BF16)
        BY_TILE(a->size.tile, BY_TYPE(a->size.type, winograd_input_tiles(a, begin, end, TILE, T, PX_BF16)));
    else
        BY_TILE(a->size.tile, BY_TYPE(a->size.type, winograd_input_tiles(a, begin, end, TILE, T, PX_F32)));
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

INLINE void winograd_output_tiles(const winograd_output_args *a, size_t begin, size_t end, size_t tile, px_type t) {
    const px_winograd *s = &a->size;
    size_t channels = s->out_channels, plane = a->tiles * channels, edge = tile + 2;
    size_t down = s->out_width * channels * type_size(t), right = channels * type_size(t);
    for (size_t index = begin; index < end; index++) {
        tile_place at = place_of(a->first + index, s, tile);
        size_t rows = min_size(tile, s->out_height - at.row), columns = min_size(tile, s->out_width - at.column);
        char *y = offset(a->y, ((at.picture * s->out_height + at.row) * s->out_width + at.column) * channels, t);
        const float *m = a->m + index * channels;
#define STEP(c, n)                                                                                                 \
    do {                                                                                                           \
        vf bias = a->bias ? vload_n(a->bias, c, n, PX_F32) : vset(0.0f), half_way[4 * EDGE], out[4];               \
        UNROLL for (size_t j = 0; j < edge; j++) {                                                                 \
            vf column[EDGE];                                                                                       \
            UNROLL for (size_t i = 0; i < edge; i++) column[i] = vload_n(m + (edge * i + j) * plane, c, n, PX_F32); \
            output_transform(column, 1, half_way + j, edge, tile);                                                 \
        }                                                                                                          \
        UNROLL for (size_t i = 0; i < tile; i++) {                                                                 \
            output_transform(half_way + edge * i, 1, out, 1, tile);                                                \
            UNROLL for (size_t j = 0; j < tile; j++)                                                               \
                if (i < rows && j < columns) vstore_n(y + i * down + j * right, c, n, out[j] + bias, t);           \
        }                                                                                                          \
    } while (0)
        FOR_VECTORS((size_t)0, channels, STEP);
#undef STEP
    }
}

static void winograd_output_body(void *context, size_t begin, size_t end) {
    const winograd_output_args *a = context;
    BY_TILE(a->size.tile, BY_TYPE(a->size.type, winograd_output_tiles(a, begin, end, TILE, T)));
}

static void k_winograd_output(const px_winograd *size, const float *m, const float *bias, size_t first, size_t tiles,
                              void *y) {
    winograd_output_args a = {m, bias, y, *size, first, tiles};
    px_parallel_for(tiles, px_row_grain(16 * size->out_channels), winograd_output_body, &a);
}

typedef struct {
    const void *w;
    void *u;
    px_type w_type, type;
    size_t tile, filters;
} winograd_filter_args;

/// VL filters at a time.
INLINE void winograd_filters(const winograd_filter_args *a, size_t begin, size_t end, size_t tile, px_type t) {
    size_t edge = tile + 2;
    for (size_t f = begin; f < end; f += VL) {
        float plain[9 * VL] = {0}, lanes[9][VL];
        size_t n = min_size(VL, end - f);
        k_convert(offset(a->w, 9 * f, a->w_type), a->w_type, plain, PX_F32, 9 * n);
        for (size_t lane = 0; lane < VL; lane++)
            for (size_t k = 0; k < 9; k++) lanes[k][lane] = plain[9 * lane + k];
        vf g[9], rows[3 * EDGE], places[EDGE];
        UNROLL for (size_t k = 0; k < 9; k++) g[k] = vload32(lanes[k]);
        UNROLL for (size_t j = 0; j < 3; j++) filter_transform(g + j, 3, rows + j, 3, tile);
        UNROLL for (size_t i = 0; i < edge; i++) {
            filter_transform(rows + 3 * i, 1, places, 1, tile);
            UNROLL for (size_t j = 0; j < edge; j++)
                vstore_n(offset(a->u, (edge * i + j) * a->filters, t), f, n, places[j], t);
        }
    }
}

static void winograd_filter_body(void *context, size_t begin, size_t end) {
    const winograd_filter_args *a = context;
    BY_TILE(a->tile, BY_TYPE(a->type, winograd_filters(a, begin, end, TILE, T)));
}

static void k_winograd_filter(size_t tile, const void *w, px_type w_type, size_t filters, void *u, px_type type) {
    winograd_filter_args a = {w, u, w_type, type, tile, filters};
    px_parallel_for(filters, PX_GRAIN / 16, winograd_filter_body, &a);
}

// The gradient of the filters needs the adjoints of the last two:
// dg = Gt [sum over tiles of (A dY At) * (Bt d B)] G.

typedef struct {
    const void *dy;
    void *d;
    px_winograd size;
    size_t first, tiles;
} winograd_spread_args;

/// d = A y along one dimension.
INLINE void output_spread(const vf *y, size_t y_stride, vf *d, size_t d_stride, size_t tile) {
    vf y0 = y[0], y1 = y[y_stride];
    d[0] = y0;
    if (tile == 2) {
        d[d_stride] = y0 + y1;
        d[2 * d_stride] = y0 - y1;
        d[3 * d_stride] = vset(0.0f) - y1;
        return;
    }
    vf y2 = y[2 * y_stride], y3 = y[3 * y_stride];
    vf even = y0 + 0.5f * y2, odd = ROOT_HALF * y1 + 0.5f * ROOT_HALF * y3;
    vf far_even = y0 + 2.0f * y2, far_odd = ROOT_2 * y1 + 2.0f * ROOT_2 * y3;
    d[d_stride] = even + odd;
    d[2 * d_stride] = even - odd;
    d[3 * d_stride] = far_even + far_odd;
    d[4 * d_stride] = far_even - far_odd;
    d[5 * d_stride] = y3;
}

INLINE void winograd_spread_tiles(const winograd_spread_args *a, size_t begin, size_t end, size_t tile, px_type t, px_type dt) {
    const px_winograd *s = &a->size;
    size_t channels = s->out_channels, edge = tile + 2, plane = a->tiles * channels * type_size(dt);
    float *zeros = px_scratch(PX_SCRATCH_TASK, channels * sizeof(float));
    memset(zeros, 0, channels * sizeof(float));
    for (size_t index = begin; index < end; index++) {
        tile_place at = place_of(a->first + index, s, tile);
        const void *y[4 * 4];
        for (size_t k = 0; k < tile * tile; k++) {
            size_t row = at.row + k / tile, column = at.column + k % tile;
            bool inside = row < s->out_height && column < s->out_width;
            size_t pixel = (at.picture * s->out_height + row) * s->out_width + column;
            y[k] = inside ? offset(a->dy, pixel * channels, t) : zeros;
        }
        char *d = offset(a->d, index * channels, dt);
#define STEP(c, n)                                                                                              \
    do {                                                                                                        \
        vf outputs[4 * 4], rows[EDGE * 4], places[EDGE];                                                        \
        UNROLL for (size_t k = 0; k < tile * tile; k++) outputs[k] = vload_n(y[k], c, n, t);                    \
        UNROLL for (size_t j = 0; j < tile; j++) output_spread(outputs + j, tile, rows + j, tile, tile);        \
        UNROLL for (size_t i = 0; i < edge; i++) {                                                              \
            output_spread(rows + tile * i, 1, places, 1, tile);                                                 \
            UNROLL for (size_t j = 0; j < edge; j++) vstore_n(d + (edge * i + j) * plane, c, n, places[j], dt); \
        }                                                                                                       \
    } while (0)
        FOR_VECTORS((size_t)0, channels, STEP);
#undef STEP
    }
}

static void winograd_spread_body(void *context, size_t begin, size_t end) {
    const winograd_spread_args *a = context;
    if (a->size.place_type == PX_BF16)
        BY_TILE(a->size.tile, BY_TYPE(a->size.type, winograd_spread_tiles(a, begin, end, TILE, T, PX_BF16)));
    else
        BY_TILE(a->size.tile, BY_TYPE(a->size.type, winograd_spread_tiles(a, begin, end, TILE, T, PX_F32)));
}

static void k_winograd_spread(const px_winograd *size, const void *dy, size_t first, size_t tiles, void *d) {
    winograd_spread_args a = {dy, d, *size, first, tiles};
    px_parallel_for(tiles, px_row_grain(16 * size->out_channels), winograd_spread_body, &a);
}

typedef struct {
    const float *du;
    float *dw;
    size_t tile, filters;
} winograd_filter_gradient_args;

/// g = Gt u along one dimension.
INLINE void filter_gradient(const vf *u, size_t u_stride, vf *g, size_t g_stride, size_t tile) {
    vf sum = u[u_stride] + u[2 * u_stride], difference = u[u_stride] - u[2 * u_stride];
    if (tile == 2) {
        g[0] = u[0] + 0.5f * sum;
        g[g_stride] = 0.5f * difference;
        g[2 * g_stride] = 0.5f * sum + u[3 * u_stride];
        return;
    }
    vf far_sum = (u[3 * u_stride] + u[4 * u_stride]) / 6.0f, far_difference = (u[3 * u_stride] - u[4 * u_stride]) / 6.0f;
    sum = sum / 3.0f, difference = difference / 3.0f;
    g[0] = u[0] + sum + far_sum;
    g[g_stride] = ROOT_HALF * difference + ROOT_2 * far_difference;
    g[2 * g_stride] = 0.5f * sum + 2.0f * far_sum + u[5 * u_stride];
}

INLINE void winograd_filter_gradients(const winograd_filter_gradient_args *a, size_t begin, size_t end, size_t tile) {
    size_t edge = tile + 2;
    for (size_t f = begin; f < end; f += VL) {
        size_t n = min_size(VL, end - f);
        vf u[EDGE * EDGE], rows[3 * EDGE], g[9];
        for (size_t k = 0; k < edge * edge; k++) u[k] = vload_n(a->du + k * a->filters, f, n, PX_F32);
        for (size_t j = 0; j < edge; j++) filter_gradient(u + j, edge, rows + j, edge, tile);
        for (size_t i = 0; i < 3; i++) filter_gradient(rows + edge * i, 1, g + 3 * i, 1, tile);
        for (size_t k = 0; k < 9; k++) {
            float lanes[VL];
            vstore_n(lanes, 0, n, g[k], PX_F32);
            for (size_t lane = 0; lane < n; lane++) a->dw[9 * (f + lane) + k] = lanes[lane];
        }
    }
}

static void winograd_filter_gradient_body(void *context, size_t begin, size_t end) {
    const winograd_filter_gradient_args *a = context;
    BY_TILE(a->tile, winograd_filter_gradients(a, begin, end, TILE));
}

static void k_winograd_filter_gradient(size_t tile, const float *du, size_t filters, float *dw) {
    winograd_filter_gradient_args a = {du, dw, tile, filters};
    px_parallel_for(filters, PX_GRAIN / 16, winograd_filter_gradient_body, &a);
}
