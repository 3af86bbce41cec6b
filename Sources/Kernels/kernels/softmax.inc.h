// Softmax and log-softmax of rows.

typedef struct {
    const void *x, *dy;
    void *y;
    px_type type;
    size_t cols;
} softmax_args;

INLINE float row_max(const void *x, size_t n, px_type t) {
    vf m = vset(-__builtin_inff());
#define STEP(i, k) m = vmax(m, vfirst_n(vload_n(x, i, k, t), k, -__builtin_inff()))
    FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
    return vlargest(m);
}

INLINE float row_exp_sum(const void *x, size_t n, float max, px_type t) {
    vf s = vset(0.0f);
#define STEP(i, k) s += vfirst_n(vexp2((vload_n(x, i, k, t) - max) * LOG2E, t), k, 0.0f)
    FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
    return vsum(s);
}

INLINE void softmax_row(const void *x, void *y, size_t n, px_type t) {
    float max = row_max(x, n, t);
    if (t == PX_F32) {
        float *out = y;
        vf s = vset(0.0f);
#define STEP(i, k)                                  \
    vf e = vexp2((vload_n(x, i, k, t) - max) * LOG2E, t);         \
    s += vfirst_n(e, k, 0.0f);                      \
    vstore_n(out, i, k, e, PX_F32)
        FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
        float scale = 1.0f / vsum(s);
#define STEP(i, k) vstore_n(out, i, k, vload_n(out, i, k, PX_F32) * scale, PX_F32)
        FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
        return;
    }
    float scale = 1.0f / row_exp_sum(x, n, max, t);
#define STEP(i, k) vstore_n(y, i, k, vexp2((vload_n(x, i, k, t) - max) * LOG2E, t) * scale, t)
    FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
}

INLINE void log_softmax_row(const void *x, void *y, size_t n, px_type t) {
    float max = row_max(x, n, t), shift = max + logf(row_exp_sum(x, n, max, t));
#define STEP(i, k) vstore_n(y, i, k, vload_n(x, i, k, t) - shift, t)
    FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
}

/// dx = y (dy - sum(y dy))
INLINE void softmax_slope_row(const void *y, const void *dy, void *dx, size_t n, px_type t) {
    vf s = vset(0.0f);
#define STEP(i, k) s += vload_n(y, i, k, t) * vload_n(dy, i, k, t)
    FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
    float dot = vsum(s);
#define STEP(i, k) vstore_n(dx, i, k, vload_n(y, i, k, t) * (vload_n(dy, i, k, t) - dot), t)
    FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
}

/// dx = dy - exp(y) sum(dy)
INLINE void log_softmax_slope_row(const void *y, const void *dy, void *dx, size_t n, px_type t) {
    float sum = run_sum(dy, 0, n, t);
#define STEP(i, k) vstore_n(dx, i, k, vload_n(dy, i, k, t) - vexp2(vload_n(y, i, k, t) * LOG2E, t) * sum, t)
    FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
}

#define ROW(p, r) offset(p, (r) * a->cols, T)
#define SOFTMAX_BODY(name, call)                                                    \
    static void name(void *context, size_t begin, size_t end) {                     \
        const softmax_args *a = context;                                            \
        BY_TYPE(a->type, for (size_t r = begin; r < end; r++) call);                \
    }
SOFTMAX_BODY(softmax_body, softmax_row(ROW(a->x, r), ROW(a->y, r), a->cols, T))
SOFTMAX_BODY(log_softmax_body, log_softmax_row(ROW(a->x, r), ROW(a->y, r), a->cols, T))
SOFTMAX_BODY(softmax_slope_body, softmax_slope_row(ROW(a->x, r), ROW(a->dy, r), ROW(a->y, r), a->cols, T))
SOFTMAX_BODY(log_softmax_slope_body, log_softmax_slope_row(ROW(a->x, r), ROW(a->dy, r), ROW(a->y, r), a->cols, T))
#undef SOFTMAX_BODY
#undef ROW

static void k_softmax(const void *x, void *y, px_type type, size_t rows, size_t cols) {
    softmax_args a = {x, NULL, y, type, cols};
    px_parallel_for(rows, px_row_grain(cols), softmax_body, &a);
}

static void k_log_softmax(const void *x, void *y, px_type type, size_t rows, size_t cols) {
    softmax_args a = {x, NULL, y, type, cols};
    px_parallel_for(rows, px_row_grain(cols), log_softmax_body, &a);
}

static void k_softmax_backward(const void *y, const void *dy, void *dx, px_type type, size_t rows, size_t cols) {
    softmax_args a = {y, dy, dx, type, cols};
    px_parallel_for(rows, px_row_grain(cols), softmax_slope_body, &a);
}

static void k_log_softmax_backward(const void *y, const void *dy, void *dx, px_type type, size_t rows, size_t cols) {
    softmax_args a = {y, dy, dx, type, cols};
    px_parallel_for(rows, px_row_grain(cols), log_softmax_slope_body, &a);
}
