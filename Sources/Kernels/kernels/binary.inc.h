// Two inputs with broadcasting, by collapsing the dimensions until the innermost loop is as long as
// it can be.

enum { MAX_RANK = 6 };

typedef struct {
    px_binary_op op;
    const void *a, *b;
    void *y;
    px_type type;
    int rank;
    size_t dims[MAX_RANK], a_strides[MAX_RANK], b_strides[MAX_RANK];
} binary_args;

INLINE vf binary(px_binary_op op, vf a, vf b) {
    switch (op) {
        case PX_ADD: return a + b;
        case PX_SUB: return a - b;
        case PX_MUL: return a * b;
        case PX_DIV: return a / b;
        case PX_MAX: return a != a ? a : (a > b ? a : b);
        case PX_MIN: return a != a ? a : (a < b ? a : b);
    }
    __builtin_unreachable();
}

/// Lanes n at stride s: 1 (a vector), 0 (one element everywhere) or anything (one by one).
INLINE vf load_strided(const void *p, size_t s, size_t i, size_t n, px_type t) {
    if (s == 1) return vload_n(p, i, n, t);
    if (s == 0) return vset(load1(p, 0, t));
    vf v = vset(0.0f);
    for (size_t k = 0; k < n; k++) v[k] = load1(p, (i + k) * s, t);
    return v;
}

INLINE void binary_run(px_binary_op op, const void *a, size_t as, const void *b, size_t bs, void *y, size_t n, px_type t) {
#define STEP(i, m) vstore_n(y, i, m, binary(op, load_strided(a, as, i, m, t), load_strided(b, bs, i, m, t)), t)
    FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
}

/// One innermost run, its strides made constants for the cases that occur.
INLINE void binary_row(px_binary_op op, const void *a, size_t as, const void *b, size_t bs, void *y, size_t n, px_type t) {
    if (as == 1 && bs == 1)
        binary_run(op, a, 1, b, 1, y, n, t);
    else if (as == 1 && bs == 0)
        binary_run(op, a, 1, b, 0, y, n, t);
    else if (as == 0 && bs == 1)
        binary_run(op, a, 0, b, 1, y, n, t);
    else
        for (size_t i = 0; i < n; i++)
            store1(y, i, binary(op, vset(load1(a, i * as, t)), vset(load1(b, i * bs, t)))[0], t);
}

/// Elements [begin, end) of the output.
INLINE void binary_range(const binary_args *p, size_t begin, size_t end, px_binary_op op, px_type t) {
    int last = p->rank - 1;
    size_t inner = p->dims[last], at = begin;
    while (at < end) {
        size_t column = at % inner, rest = at / inner, a_at = column * p->a_strides[last], b_at = column * p->b_strides[last];
        for (int d = last - 1; d >= 0; d--) {
            size_t index = rest % p->dims[d];
            rest /= p->dims[d];
            a_at += index * p->a_strides[d];
            b_at += index * p->b_strides[d];
        }
        size_t n = min_size(inner - column, end - at);
        binary_row(op, offset(p->a, a_at, t), p->a_strides[last], offset(p->b, b_at, t), p->b_strides[last],
                   offset(p->y, at, t), n, t);
        at += n;
    }
}

static void binary_body(void *context, size_t begin, size_t end) {
    const binary_args *p = context;
    switch (p->op) {
        case PX_ADD: BY_TYPE(p->type, binary_range(p, begin, end, PX_ADD, T)); break;
        case PX_SUB: BY_TYPE(p->type, binary_range(p, begin, end, PX_SUB, T)); break;
        case PX_MUL: BY_TYPE(p->type, binary_range(p, begin, end, PX_MUL, T)); break;
        case PX_DIV: BY_TYPE(p->type, binary_range(p, begin, end, PX_DIV, T)); break;
        case PX_MAX: BY_TYPE(p->type, binary_range(p, begin, end, PX_MAX, T)); break;
        case PX_MIN: BY_TYPE(p->type, binary_range(p, begin, end, PX_MIN, T)); break;
    }
}

/// Drops dimensions of one element and joins neighbours that one stride walks, for both inputs.
static size_t collapse(binary_args *p, int rank, const size_t *dims, const size_t *a_strides, const size_t *b_strides) {
    size_t total = 1;
    for (int d = 0; d < rank; d++) {
        total *= dims[d];
        if (dims[d] == 1) continue;
        int r = p->rank - 1;
        if (r >= 0 && p->a_strides[r] == a_strides[d] * dims[d] && p->b_strides[r] == b_strides[d] * dims[d]) {
            p->dims[r] *= dims[d];
        } else {
            r = p->rank++;
            p->dims[r] = dims[d];
        }
        p->a_strides[r] = a_strides[d];
        p->b_strides[r] = b_strides[d];
    }
    if (p->rank == 0) {
        p->rank = 1;
        p->dims[0] = 1;
    }
    return total;
}

static void k_binary(px_binary_op op, const void *a, const size_t *a_strides, const void *b, const size_t *b_strides,
                     void *y, px_type type, int rank, const size_t *dims) {
    binary_args p = {.op = op, .a = a, .b = b, .y = y, .type = type};
    size_t total = collapse(&p, rank, dims, a_strides, b_strides);
    px_parallel_for(total, PX_GRAIN, binary_body, &p);
}

typedef struct {
    const void *a, *b;
    void *y;
    px_type type;
    float alpha, beta, gamma;
} axpby_args;

INLINE void axpby_range(const axpby_args *p, size_t begin, size_t end, bool has_b, px_type t) {
    vf alpha = vset(p->alpha), beta = vset(p->beta), gamma = vset(p->gamma);
#define STEP(i, n)                                               \
    vf v = vfma(alpha, vload_n(p->a, i, n, t), gamma);           \
    if (has_b) v = vfma(beta, vload_n(p->b, i, n, t), v);        \
    vstore_n(p->y, i, n, v, t)
    FOR_VECTORS(begin, end, STEP);
#undef STEP
}

static void axpby_body(void *context, size_t begin, size_t end) {
    const axpby_args *p = context;
    if (p->b != NULL) {
        BY_TYPE(p->type, axpby_range(p, begin, end, true, T));
    } else {
        BY_TYPE(p->type, axpby_range(p, begin, end, false, T));
    }
}

static void k_axpby(float alpha, const void *a, float beta, const void *b, float gamma, void *y, px_type type, size_t n) {
    axpby_args p = {a, b, y, type, alpha, beta, gamma};
    px_parallel_for(n, PX_GRAIN, axpby_body, &p);
}
