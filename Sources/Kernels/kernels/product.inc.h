// The product of matrices, and convolutions as one, with f32 arithmetic whatever the storage: for
// types of 16 and 8 bits that the processor multiplies slowly or not at all. What is multiplied is
// widened as it is read, a block at a time, so that memory holds 16 or 8 bits and the cache 32.
//
// b lies packed in panels of PX_PANEL columns, [panels, depth, PX_PANEL], the last filled up with
// zeros.

typedef struct {
    const px_product_shape *s;
    const void *a, *packed;
    const float *bias;
    void *y;
    bool by_panels;  // what a task is: a panel of columns, or a tile of rows
} product_args;

/// A block of rows and of depth, which stays in the second cache, takes at most 768 KB.
enum { PRODUCT_DEPTH = 1024, PRODUCT_ROWS = 192 };

INLINE void widen(const void *x, size_t n, float *to, px_type t) {
#define STEP(i, k) vstore_n(to, i, k, vload_n(x, i, k, t), PX_F32)
    FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
}

/// Places k ..< k + n of a row of patches: for each tap of the window the channels of its pixel,
/// zeros beyond the borders.
INLINE void widen_patch(const px_window *w, const void *x, size_t row, size_t k, size_t n, float *to, px_type t) {
    size_t across = row % w->out_width, down = row / w->out_width % w->out_height;
    size_t picture = row / w->out_width / w->out_height;
    while (n > 0) {
        size_t tap = k / w->in_channels, channel = k % w->in_channels, take = min_size(w->in_channels - channel, n);
        // Above and left of the picture the numbers wrap round to large ones.
        size_t y = down * w->stride + tap / w->kernel_width - w->top;
        size_t z = across * w->stride + tap % w->kernel_width - w->left;
        if (y < w->in_height && z < w->in_width)
            widen(offset(x, ((picture * w->in_height + y) * w->in_width + z) * w->in_channels + channel, t), take, to, t);
        else
            memset(to, 0, take * sizeof(float));
        k += take, n -= take, to += take;
    }
}

/// A block of a in f32, filled up to a whole tile with zeros.
INLINE void widen_block(const product_args *a, size_t first, size_t rows, size_t k, size_t n, float *to, size_t to_row, px_type t) {
    const px_product_shape *s = a->s;
    for (size_t r = 0; r < rows; r++)
        if (s->window != NULL)
            widen_patch(s->window, a->a, first + r, k, n, to + r * to_row, t);
        else
            widen(offset(a->a, (first + r) * s->depth + k, t), n, to + r * to_row, t);
    for (size_t r = rows; r < round_up(rows, TILE_ROWS); r++) memset(to + r * to_row, 0, n * sizeof(float));
}

INLINE void store_product(const product_args *a, const float *c, size_t first, size_t rows, size_t column, size_t columns,
                          px_type t) {
    const float *bias = a->bias != NULL ? a->bias + column : NULL;
    for (size_t r = 0; r < rows; r++) {
        void *y = offset(a->y, (first + r) * a->s->columns + column, t);
        const float *from = c + r * PX_PANEL;
#define STEP(i, n)                                                                \
    do {                                                                          \
        vf v = vload_n(from, i, n, PX_F32);                                       \
        vstore_n(y, i, n, bias != NULL ? v + vload_n(bias, i, n, PX_F32) : v, t); \
    } while (0)
        FOR_VECTORS((size_t)0, columns, STEP);
#undef STEP
    }
}

/// Rows first ..< first + rows by panels begin ..< end.
INLINE void product_block(const product_args *a, size_t first, size_t rows, size_t begin, size_t end, float *scratch) {
    const px_product_shape *s = a->s;
    // A vector between the rows: those of a tile do not share places of the first cache.
    size_t padded = round_up(rows, TILE_ROWS), a_row = PRODUCT_DEPTH + VL;
    float *left = scratch, *right = left + padded * a_row, *sums = right + PRODUCT_DEPTH * PX_PANEL;
    for (size_t k = 0; k < s->depth; k += PRODUCT_DEPTH) {
        size_t depth = min_size(PRODUCT_DEPTH, s->depth - k);
        BY_STORED_TYPE(s->a_type, widen_block(a, first, rows, k, depth, left, a_row, T));
        for (size_t panel = begin; panel < end; panel++) {
            size_t column = panel * PX_PANEL, columns = min_size(PX_PANEL, s->columns - column);
            size_t at = (panel * s->depth + k) * PX_PANEL;
            const float *b = (const float *)a->packed + at;
            if (s->b_type != PX_F32) {
                size_t count = depth * PX_PANEL;
                BY_STORED_TYPE(s->b_type, widen(offset(a->packed, at, T), count, right, T));
                b = right;
            }
            float *c = s->depth > PRODUCT_DEPTH ? sums + (panel - begin) * padded * PX_PANEL : sums;
            gemm(padded, columns, depth, (gemm_a){left, a_row, 1}, b, PX_PANEL, c, PX_PANEL, k > 0);
            if (k + depth == s->depth) BY_TYPE(s->y_type, store_product(a, c, first, rows, column, columns, T));
        }
    }
}

INLINE size_t panels_of(const px_product_shape *s) { return (s->columns + PX_PANEL - 1) / PX_PANEL; }

/// Rows begin ..< end by panels from ..< to of one matrix.
static void product_part(const product_args *a, size_t begin, size_t end, size_t from, size_t to) {
    size_t most = min_size(PRODUCT_ROWS, round_up(end - begin, TILE_ROWS)), sums = a->s->depth > PRODUCT_DEPTH ? to - from : 1;
    size_t floats = most * (PRODUCT_DEPTH + VL) + PRODUCT_DEPTH * PX_PANEL + sums * most * PX_PANEL;
    float *scratch = px_scratch(PX_SCRATCH_TASK, floats * sizeof(float));
    for (size_t row = begin; row < end; row += most) product_block(a, row, min_size(most, end - row), from, to, scratch);
}

static void product_body(void *context, size_t begin, size_t end) {
    const product_args *a = context;
    const px_product_shape *s = a->s;
    size_t panels = panels_of(s);
    if (!a->by_panels) {
        product_part(a, begin * TILE_ROWS, min_size(s->rows, end * TILE_ROWS), 0, panels);
        return;
    }
    while (begin < end) {
        size_t matrix = begin / panels, from = begin % panels, take = min_size(panels - from, end - begin);
        product_args one = *a;
        one.a = offset(a->a, matrix * s->rows * s->depth, s->a_type);
        one.packed = offset(a->packed, matrix * panels * s->depth * PX_PANEL, s->b_type);
        one.y = offset(a->y, matrix * s->rows * s->columns, s->y_type);
        product_part(&one, 0, s->rows, from, from + take);
        begin += take;
    }
}

static void k_product(const px_product_shape *s, const void *a, const void *packed, const float *bias, void *y) {
    // With few rows a thread takes all of them, so that each panel is widened once.
    product_args args = {s, a, packed, bias, y, .by_panels = s->batch > 1 || s->rows <= PRODUCT_ROWS};
    size_t tasks = args.by_panels ? s->batch * panels_of(s) : (s->rows + TILE_ROWS - 1) / TILE_ROWS;
    size_t work = s->depth * (args.by_panels ? s->rows * PX_PANEL : TILE_ROWS * s->columns) / 16;
    px_parallel_for(tasks, px_row_grain(work), product_body, &args);
}

typedef struct {
    const void *w;
    void *packed;
    px_type type, packed_type;
    size_t columns, depth;
    bool transposed;
} product_pack_args;

INLINE void product_pack_panel(const product_pack_args *a, size_t panel, float *rows, px_type t) {
    size_t first = panel * PX_PANEL, columns = min_size(PX_PANEL, a->columns - first);
    memset(rows, 0, a->depth * PX_PANEL * sizeof(float));
    if (a->transposed)
        pack_transposed(offset(a->w, first * a->depth, t), a->depth, columns, a->depth, a->depth, rows, PX_PANEL, false, t);
    else
        for (size_t k = 0; k < a->depth; k++) widen(offset(a->w, k * a->columns + first, t), columns, rows + k * PX_PANEL, t);
}

static void product_pack_body(void *context, size_t begin, size_t end) {
    const product_pack_args *a = context;
    size_t count = a->depth * PX_PANEL;
    float *rows = px_scratch(PX_SCRATCH_TASK, count * sizeof(float));
    for (size_t panel = begin; panel < end; panel++) {
        BY_STORED_TYPE(a->type, product_pack_panel(a, panel, rows, T));
        k_convert(rows, PX_F32, offset(a->packed, panel * count, a->packed_type), a->packed_type, count);
    }
}

static void k_product_pack(const void *w, px_type type, bool transposed, size_t columns, size_t depth, void *packed,
                           px_type packed_type) {
    product_pack_args a = {w, packed, type, packed_type, columns, depth, transposed};
    px_parallel_for((columns + PX_PANEL - 1) / PX_PANEL, px_row_grain(depth * PX_PANEL), product_pack_body, &a);
}
