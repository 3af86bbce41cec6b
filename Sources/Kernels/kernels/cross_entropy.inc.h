// The negative log-probability of one class of each row of logits, without storing the others'.

typedef struct {
    const void *x;
    const int32_t *classes;
    float *loss, *lse;
    const float *dy;
    void *dx;
    px_type type;
    size_t cols;
} cross_entropy_args;

INLINE void cross_entropy_rows(const cross_entropy_args *a, size_t begin, size_t end, px_type t) {
    for (size_t r = begin; r < end; r++) {
        const void *x = offset(a->x, r * a->cols, t);
        float max = row_max(x, a->cols, t);
        a->lse[r] = max + logf(row_exp_sum(x, a->cols, max, t));
        a->loss[r] = a->lse[r] - vload_n(x, (size_t)a->classes[r], 1, t)[0];
    }
}

/// dx = dy (softmax x - one at the class)
INLINE void cross_entropy_slope_rows(const cross_entropy_args *a, size_t begin, size_t end, px_type t) {
    for (size_t r = begin; r < end; r++) {
        const void *x = offset(a->x, r * a->cols, t);
        void *dx = offset(a->dx, r * a->cols, t);
        float dy = a->dy[r], lse = a->lse[r];
#define STEP(i, k) vstore_n(dx, i, k, vexp2((vload_n(x, i, k, t) - lse) * LOG2E, t) * dy, t)
        FOR_VECTORS((size_t)0, a->cols, STEP);
#undef STEP
        size_t c = (size_t)a->classes[r];
        vf p = vexp2((vload_n(x, c, 1, t) - lse) * LOG2E, t);
        vstore_n(dx, c, 1, (p - 1.0f) * dy, t);
    }
}

static void cross_entropy_body(void *context, size_t begin, size_t end) {
    const cross_entropy_args *a = context;
    BY_TYPE(a->type, cross_entropy_rows(a, begin, end, T));
}

static void cross_entropy_slope_body(void *context, size_t begin, size_t end) {
    const cross_entropy_args *a = context;
    BY_TYPE(a->type, cross_entropy_slope_rows(a, begin, end, T));
}

static void k_cross_entropy(const void *x, const int32_t *classes, float *loss, float *lse, px_type type, size_t rows,
                            size_t cols) {
    cross_entropy_args a = {x, classes, loss, lse, NULL, NULL, type, cols};
    px_parallel_for(rows, px_row_grain(cols), cross_entropy_body, &a);
}

static void k_cross_entropy_backward(const void *x, const int32_t *classes, const float *lse, const float *dy, void *dx,
                                     px_type type, size_t rows, size_t cols) {
    cross_entropy_args a = {x, classes, NULL, (float *)lse, dy, dx, type, cols};
    px_parallel_for(rows, px_row_grain(cols), cross_entropy_slope_body, &a);
}
