// One input, one output: activations and their gradients.

typedef struct {
    px_unary_op op;
    const void *x, *dy;
    void *y;
    px_type type;
} unary_args;

INLINE vf unary(px_unary_op op, vf x, px_type t) {
    switch (op) {
        case PX_SILU: return x * vsigmoid(x, t);
        case PX_GELU: return x * vnormal(x, t);
        case PX_QUICK_GELU: return x * vsigmoid(x * 1.702f, t);
        case PX_RELU: return x < 0.0f ? vset(0.0f) : x;
        case PX_SIGMOID: return vsigmoid(x, t);
        case PX_TANH: return vtanh(x, t);
        case PX_EXP: return vexp(x);
        case PX_LOG: return vlog(x);
        case PX_SQRT: return __builtin_elementwise_sqrt(x);
        case PX_ABS: return vabs(x);
        case PX_SQUARE: return x * x;
        case PX_RECIPROCAL: return 1.0f / x;
    }
    __builtin_unreachable();
}

INLINE vf unary_slope(px_unary_op op, vf x, px_type t) {
    switch (op) {
        case PX_SILU: return vsilu_slope(x, t);
        case PX_GELU: return vgelu_slope(x, t);
        case PX_QUICK_GELU: return vsilu_slope(x * 1.702f, t);
        case PX_RELU: return x > 0.0f ? vset(1.0f) : vset(0.0f);
        case PX_SIGMOID: return vsigmoid_slope(x, t);
        case PX_TANH: return 4.0f * vsigmoid_slope(x + x, t);
        case PX_EXP: return vexp(x);
        case PX_LOG: return 1.0f / x;
        case PX_SQRT: return 0.5f / __builtin_elementwise_sqrt(x);
        case PX_ABS: return x > 0.0f ? vset(1.0f) : (x < 0.0f ? vset(-1.0f) : vset(0.0f));
        case PX_SQUARE: return x + x;
        case PX_RECIPROCAL: return -1.0f / (x * x);
    }
    __builtin_unreachable();
}

INLINE void unary_range(const unary_args *a, size_t begin, size_t end, px_unary_op op, px_type t) {
#define STEP(i, n) vstore_n(a->y, i, n, unary(op, vload_n(a->x, i, n, t), t), t)
    FOR_VECTORS(begin, end, STEP);
#undef STEP
}

INLINE void unary_slope_range(const unary_args *a, size_t begin, size_t end, px_unary_op op, px_type t) {
#define STEP(i, n) vstore_n(a->y, i, n, vload_n(a->dy, i, n, t) * unary_slope(op, vload_n(a->x, i, n, t), t), t)
    FOR_VECTORS(begin, end, STEP);
#undef STEP
}

/// `range` with the operation a constant, one loop each.
#define BY_UNARY(range)                                                                     \
    switch (a->op) {                                                                        \
        case PX_SILU: BY_TYPE(a->type, range(a, begin, end, PX_SILU, T)); break;            \
        case PX_GELU: BY_TYPE(a->type, range(a, begin, end, PX_GELU, T)); break;            \
        case PX_QUICK_GELU: BY_TYPE(a->type, range(a, begin, end, PX_QUICK_GELU, T)); break; \
        case PX_RELU: BY_TYPE(a->type, range(a, begin, end, PX_RELU, T)); break;            \
        case PX_SIGMOID: BY_TYPE(a->type, range(a, begin, end, PX_SIGMOID, T)); break;      \
        case PX_TANH: BY_TYPE(a->type, range(a, begin, end, PX_TANH, T)); break;            \
        case PX_EXP: BY_TYPE(a->type, range(a, begin, end, PX_EXP, T)); break;              \
        case PX_LOG: BY_TYPE(a->type, range(a, begin, end, PX_LOG, T)); break;              \
        case PX_SQRT: BY_TYPE(a->type, range(a, begin, end, PX_SQRT, T)); break;            \
        case PX_ABS: BY_TYPE(a->type, range(a, begin, end, PX_ABS, T)); break;              \
        case PX_SQUARE: BY_TYPE(a->type, range(a, begin, end, PX_SQUARE, T)); break;        \
        case PX_RECIPROCAL: BY_TYPE(a->type, range(a, begin, end, PX_RECIPROCAL, T)); break; \
    }

static void unary_body(void *context, size_t begin, size_t end) {
    const unary_args *a = context;
    BY_UNARY(unary_range)
}

static void unary_slope_body(void *context, size_t begin, size_t end) {
    const unary_args *a = context;
    BY_UNARY(unary_slope_range)
}

static void k_unary(px_unary_op op, const void *x, void *y, px_type type, size_t n) {
    unary_args a = {op, x, NULL, y, type};
    px_parallel_for(n, PX_GRAIN, unary_body, &a);
}

static void k_unary_backward(px_unary_op op, const void *x, const void *dy, void *dx, px_type type, size_t n) {
    unary_args a = {op, x, dy, dx, type};
    px_parallel_for(n, PX_GRAIN, unary_slope_body, &a);
}

typedef struct {
    const void *x;
    void *y;
    px_type type;
    float low, high;
} clamp_args;

INLINE void clamp_range(const clamp_args *a, size_t begin, size_t end, px_type t) {
    vf low = vset(a->low), high = vset(a->high);
#define STEP(i, n)                            \
    vf v = vload_n(a->x, i, n, t);            \
    v = v < low ? low : v;                    \
    vstore_n(a->y, i, n, v > high ? high : v, t)
    FOR_VECTORS(begin, end, STEP);
#undef STEP
}

static void clamp_body(void *context, size_t begin, size_t end) {
    const clamp_args *a = context;
    BY_TYPE(a->type, clamp_range(a, begin, end, T));
}

static void k_clamp(const void *x, void *y, px_type type, size_t n, float low, float high) {
    clamp_args a = {x, y, type, low, high};
    px_parallel_for(n, PX_GRAIN, clamp_body, &a);
}
