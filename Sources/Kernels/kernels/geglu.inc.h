// Gated GELU: the first half of every row times the GELU of the second.

typedef struct {
    const void *x, *dy;
    void *y;
    px_type type;
    size_t cols;
} geglu_args;

INLINE void geglu_rows(const geglu_args *a, size_t begin, size_t end, px_type t) {
    for (size_t r = begin; r < end; r++) {
        const void *value = offset(a->x, 2 * r * a->cols, t), *gate = offset(value, a->cols, t);
        void *y = offset(a->y, r * a->cols, t);
#define STEP(i, n)                                                          \
    vf g = vload_n(gate, i, n, t);                                          \
    vstore_n(y, i, n, vload_n(value, i, n, t) * (g * vnormal(g, t)), t)
        FOR_VECTORS((size_t)0, a->cols, STEP);
#undef STEP
    }
}

INLINE void geglu_slope_rows(const geglu_args *a, size_t begin, size_t end, px_type t) {
    for (size_t r = begin; r < end; r++) {
        const void *value = offset(a->x, 2 * r * a->cols, t), *gate = offset(value, a->cols, t);
        const void *dy = offset(a->dy, r * a->cols, t);
        void *dvalue = offset(a->y, 2 * r * a->cols, t), *dgate = offset(dvalue, a->cols, t);
#define STEP(i, n)                                                                  \
    vf g = vload_n(gate, i, n, t), d = vload_n(dy, i, n, t), p = vnormal(g, t);        \
    vf slope = vfma(g, vdensity(g, t), p);                                             \
    vstore_n(dgate, i, n, d * vload_n(value, i, n, t) * slope, t);                  \
    vstore_n(dvalue, i, n, d * (g * p), t)
        FOR_VECTORS((size_t)0, a->cols, STEP);
#undef STEP
    }
}

static void geglu_body(void *context, size_t begin, size_t end) {
    const geglu_args *a = context;
    BY_TYPE(a->type, geglu_rows(a, begin, end, T));
}

static void geglu_slope_body(void *context, size_t begin, size_t end) {
    const geglu_args *a = context;
    BY_TYPE(a->type, geglu_slope_rows(a, begin, end, T));
}

static void k_geglu(const void *x, void *y, px_type type, size_t rows, size_t cols) {
    geglu_args a = {x, NULL, y, type, cols};
    px_parallel_for(rows, px_row_grain(cols), geglu_body, &a);
}

static void k_geglu_backward(const void *x, const void *dy, void *dx, px_type type, size_t rows, size_t cols) {
    geglu_args a = {x, dy, dx, type, cols};
    px_parallel_for(rows, px_row_grain(cols), geglu_slope_body, &a);
}
