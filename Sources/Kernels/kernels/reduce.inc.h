// Sums. Long ones are cut in chunks whose size depends only on the shape, and the chunks are added
// in order, so the result is the same for any number of threads.

typedef struct {
    const void *x;
    float *partial;  // [outer, chunks, inner]
    void *y;
    px_type type, y_type;
    size_t outer, reduce, inner, chunks, chunk;
    float scale;
} sum_args;

/// Sum of a contiguous run.
INLINE float run_sum(const void *x, size_t begin, size_t end, px_type t) {
    vf s0 = vset(0.0f), s1 = s0, s2 = s0, s3 = s0;
    size_t i = begin;
    for (; i + 4 * VL <= end; i += 4 * VL) {
        s0 += vload(x, i, t);
        s1 += vload(x, i + VL, t);
        s2 += vload(x, i + 2 * VL, t);
        s3 += vload(x, i + 3 * VL, t);
    }
#define STEP(i, n) s0 += vload_n(x, i, n, t)
    FOR_VECTORS(i, end, STEP);
#undef STEP
    return vsum((s0 + s1) + (s2 + s3));
}

enum { SUM_BLOCK = 4 };

/// Adds rows [begin, end) of x [.., inner] into sums [inner], `SUM_BLOCK` vectors of columns at a
/// time.
INLINE void column_sums(const void *x, size_t begin, size_t end, size_t inner, float *sums, px_type t) {
    size_t c = 0;
    for (; c + SUM_BLOCK * VL <= inner; c += SUM_BLOCK * VL) {
        vf s[SUM_BLOCK];
        UNROLL for (int k = 0; k < SUM_BLOCK; k++) s[k] = vset(0.0f);
        for (size_t r = begin; r < end; r++)
            UNROLL for (int k = 0; k < SUM_BLOCK; k++) s[k] += vload(x, r * inner + c + k * VL, t);
        UNROLL for (int k = 0; k < SUM_BLOCK; k++) vstore32(sums + c + k * VL, s[k]);
    }
    for (; c < inner; c += VL) {
        size_t n = min_size(VL, inner - c);
        vf s = vset(0.0f);
        for (size_t r = begin; r < end; r++) s += vload_n(x, r * inner + c, n, t);
        vstore_n(sums, c, n, s, PX_F32);
    }
}

INLINE void sum_tasks(const sum_args *a, size_t begin, size_t end, px_type t) {
    for (size_t task = begin; task < end; task++) {
        size_t o = task / a->chunks, first = task % a->chunks * a->chunk, last = min_size(first + a->chunk, a->reduce);
        const void *x = offset(a->x, o * a->reduce * a->inner, t);
        float *to = a->partial + task * a->inner;
        if (a->inner == 1)
            *to = run_sum(x, first, last, t);
        else
            column_sums(x, first, last, a->inner, to, t);
    }
}

static void sum_body(void *context, size_t begin, size_t end) {
    const sum_args *a = context;
    BY_TYPE(a->type, sum_tasks(a, begin, end, T));
}

/// y[outer] = scale * sum over chunks.
static void sum_combine(void *context, size_t begin, size_t end) {
    const sum_args *a = context;
    for (size_t o = begin; o < end; o++) {
        float *base = a->partial + o * a->chunks * a->inner;
        for (size_t k = 1; k < a->chunks; k++)
            for (size_t c = 0; c < a->inner; c++) base[c] += base[k * a->inner + c];
        for (size_t c = 0; c < a->inner; c++) base[c] *= a->scale;
        convert_args to = {base, offset(a->y, o * a->inner, a->y_type), PX_F32, a->y_type};
        convert_body(&to, 0, a->inner);
    }
}

static void k_sum(const void *x, px_type type, void *y, px_type y_type, size_t outer, size_t reduce, size_t inner, float scale) {
    if (outer == 0 || inner == 0) return;
    // About 16 Ki elements to a chunk, but no more than 64 chunks to an output.
    size_t chunk = max_size(max_size(1, PX_GRAIN / inner), (reduce + 63) / 64);
    size_t chunks = max_size(1, (reduce + chunk - 1) / chunk);
    sum_args a = {x, px_scratch(PX_SCRATCH_CALLER, outer * chunks * inner * sizeof(float)), y, type, y_type, outer, reduce,
                  inner, chunks, chunk, scale};
    size_t grain = px_row_grain(min_size(chunk, reduce) * inner);
    px_parallel_for(outer * chunks, grain, sum_body, &a);
    px_parallel_for(outer, px_row_grain(chunks * inner), sum_combine, &a);
}

// MARK: Sum of squares, search for non-finite elements

enum { SQUARES_CHUNK = 8192 };

typedef struct {
    const void *x;
    double *partial;
    ptrdiff_t *found;
    px_type type;
    size_t n;
} scan_args;

INLINE void squares_chunks(const scan_args *a, size_t begin, size_t end, px_type t) {
    for (size_t chunk = begin; chunk < end; chunk++) {
        vd s0 = (vd)0.0, s1 = (vd)0.0;
        size_t i = chunk * SQUARES_CHUNK, last = min_size(i + SQUARES_CHUNK, a->n);
        for (; i + 2 * VL <= last; i += 2 * VL) {
            vd u = __builtin_convertvector(vload(a->x, i, t), vd), v = __builtin_convertvector(vload(a->x, i + VL, t), vd);
            s0 += u * u;
            s1 += v * v;
        }
        for (; i < last; i += VL) {
            vd u = __builtin_convertvector(vload_n(a->x, i, last - i, t), vd);
            s0 += u * u;
        }
        double sum = 0;
        for (int k = 0; k < VL; k++) sum += s0[k] + s1[k];
        a->partial[chunk] = sum;
    }
}

static void squares_body(void *context, size_t begin, size_t end) {
    const scan_args *a = context;
    BY_TYPE(a->type, squares_chunks(a, begin, end, T));
}

static double k_sum_squares(const void *x, px_type type, size_t n) {
    size_t chunks = (n + SQUARES_CHUNK - 1) / SQUARES_CHUNK;
    scan_args a = {.x = x, .type = type, .n = n, .partial = px_scratch(PX_SCRATCH_CALLER, chunks * sizeof(double) + 1)};
    px_parallel_for(chunks, PX_GRAIN / SQUARES_CHUNK, squares_body, &a);
    double sum = 0;
    for (size_t i = 0; i < chunks; i++) sum += a.partial[i];
    return sum;
}

INLINE ptrdiff_t first_nonfinite(const void *x, size_t begin, size_t end, px_type t) {
    for (size_t i = begin; i < end; i += VL) {
        size_t n = min_size(VL, end - i);
        vf v = vload_n(x, i, n, t);
        if (vsum(v * 0.0f) == 0.0f) continue;  // 0 * infinity and 0 * NaN are NaN
        for (size_t k = 0; k < n; k++)
            if (v[k] * 0.0f != 0.0f) return (ptrdiff_t)(i + k);
    }
    return -1;
}

static void nonfinite_body(void *context, size_t begin, size_t end) {
    const scan_args *a = context;
    for (size_t chunk = begin; chunk < end; chunk++) {
        size_t first = chunk * PX_GRAIN, last = min_size(first + PX_GRAIN, a->n);
        BY_TYPE(a->type, a->found[chunk] = first_nonfinite(a->x, first, last, T));
    }
}

static ptrdiff_t k_first_nonfinite(const void *x, px_type type, size_t n) {
    size_t chunks = (n + PX_GRAIN - 1) / PX_GRAIN;
    scan_args a = {.x = x, .type = type, .n = n, .found = px_scratch(PX_SCRATCH_CALLER, chunks * sizeof(ptrdiff_t) + 1)};
    px_parallel_for(chunks, 1, nonfinite_body, &a);
    for (size_t i = 0; i < chunks; i++)
        if (a.found[i] >= 0) return a.found[i];
    return -1;
}
