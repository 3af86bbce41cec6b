// Attention backward: scores are computed again block by block from the kept log-sum-exp.
//
// With P the weights and D = rowsum(dO o O): dV = P^T dO, dS = P (dO V^T - D) scale, dQ = dS K,
// dK = dS^T Q. A task is a head; keys are walked in order, so every sum has one order.

enum { SLOPE_QUERIES = 32, SLOPE_KEYS = 128 };

typedef struct {
    attention_args forward;
    const void *d_o;
    void *dq, *dk, *dv;
} attention_slope_args;

typedef struct {
    size_t width, queries;
    float *q, *d_o, *dq;        // [queries, width]
    float *delta, *lse;         // [queries], lse in base 2
    float *kt, *vt, *k;         // of a block: [features, SLOPE_KEYS] twice, [SLOPE_KEYS, width]
    float *dk, *dv;             // [SLOPE_KEYS, width]
    float *p, *ds;              // [SLOPE_QUERIES, SLOPE_KEYS]
} attention_slope_scratch;

static attention_slope_scratch attention_slope_memory(const px_attention_shape *s) {
    attention_slope_scratch m;
    m.width = round_up(s->head_size, VL);
    m.queries = round_up(s->q_length, SLOPE_QUERIES);
    size_t rows = m.queries * m.width, transposed = s->head_size * SLOPE_KEYS, block = SLOPE_KEYS * m.width;
    size_t scores = SLOPE_QUERIES * SLOPE_KEYS;
    float *at = px_scratch(PX_SCRATCH_TASK,
                           (3 * rows + 2 * m.queries + 2 * transposed + 3 * block + 2 * scores) * sizeof(float));
    struct { float **to; size_t count; } parts[] = {
        {&m.p, scores}, {&m.ds, scores}, {&m.kt, transposed}, {&m.vt, transposed}, {&m.k, block}, {&m.dk, block},
        {&m.dv, block}, {&m.q, rows}, {&m.d_o, rows}, {&m.dq, rows}, {&m.delta, m.queries}, {&m.lse, m.queries},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        *parts[i].to = at;
        at += parts[i].count;
    }
    return m;
}

/// Rows as f32 with padding columns and padding rows 0.
INLINE void pack_rows(const void *x, size_t stride, size_t rows, size_t padded, size_t n, size_t width, float *to, px_type t) {
    for (size_t r = 0; r < padded; r++) {
        float *row = to + r * width;
        memset(row, 0, width * sizeof(float));
        if (r < rows) pack_row(offset(x, r * stride, t), n, row, false, t);
    }
}

INLINE void unpack_rows(const float *from, size_t width, size_t rows, size_t n, void *x, size_t stride, px_type t) {
    for (size_t r = 0; r < rows; r++) {
        void *to = offset(x, r * stride, t);
        const float *row = from + r * width;
#define STEP(i, k) vstore_n(to, i, k, vload_n(row, i, k, PX_F32), t)
        FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
    }
}

/// Weights from scores, and dS from dP, for one row; 0 beyond `visible`.
INLINE void score_slopes(float *p, float *ds, size_t visible, size_t columns, float scale, float lse, float delta, px_type t) {
    for (size_t i = 0; i < columns; i += VL) {
        vf weight = vset(0.0f), slope = vset(0.0f);
        if (i < visible) {
            vf x = vfma(vload32(p + i), vset(scale * LOG2E), vset(-lse));
            weight = vexp2(vmin(x, vset(0.0f)), t);
            slope = weight * (vload32(ds + i) - delta) * scale;
            weight = vfirst_n(weight, visible - i, 0.0f);
            slope = vfirst_n(slope, visible - i, 0.0f);
        }
        vstore32(p + i, weight);
        vstore32(ds + i, slope);
    }
}

INLINE void attention_slope_block(const px_attention_shape *s, const attention_slope_scratch *m, size_t first, size_t key,
                                  px_type t) {
    size_t rows = min_size(SLOPE_QUERIES, s->q_length - first), padded = round_up(rows, TILE_ROWS);
    size_t present = min_size(SLOPE_KEYS, s->k_length - key), columns = round_up(present, VL), width = m->width;
    const float *q = m->q + first * width, *d_o = m->d_o + first * width;
    gemm(padded, columns, s->head_size, (gemm_a){q, width, 1}, m->kt, SLOPE_KEYS, m->p, SLOPE_KEYS, false);
    gemm(padded, columns, s->head_size, (gemm_a){d_o, width, 1}, m->vt, SLOPE_KEYS, m->ds, SLOPE_KEYS, false);
    for (size_t r = 0; r < padded; r++) {
        size_t limit = s->causal && first + r + 1 < key + present ? first + r + 1 : key + present;
        size_t visible = r < rows && limit > key ? limit - key : 0;
        score_slopes(m->p + r * SLOPE_KEYS, m->ds + r * SLOPE_KEYS, visible, columns, s->scale, m->lse[first + r],
                     m->delta[first + r], t);
    }
    gemm(columns, width, rows, (gemm_a){m->p, 1, SLOPE_KEYS}, d_o, width, m->dv, width, true);
    gemm(columns, width, rows, (gemm_a){m->ds, 1, SLOPE_KEYS}, q, width, m->dk, width, true);
    gemm(padded, width, columns, (gemm_a){m->ds, SLOPE_KEYS, 1}, m->k, width, m->dq + first * width, width, true);
}

/// Q and dO of the head as f32, delta and the log-sum-exp.
INLINE void load_queries(const attention_slope_args *a, const attention_slope_scratch *m, size_t head, px_type t) {
    const px_attention_shape *s = a->forward.s;
    size_t b = head / s->heads, at = head % s->heads * s->head_size;
    const void *o = offset(a->forward.o, b * s->o_batch + at, t);
    pack_rows(offset(a->forward.q, b * s->q_batch + at, t), s->q_row, s->q_length, m->queries, s->head_size, m->width, m->q, t);
    pack_rows(offset(a->d_o, b * s->o_batch + at, t), s->o_row, s->q_length, m->queries, s->head_size, m->width, m->d_o, t);
    for (size_t r = 0; r < m->queries; r++) {
        vf dot = vset(0.0f);
        if (r < s->q_length) {
            const void *row = offset(o, r * s->o_row, t);
            const float *d_o = m->d_o + r * m->width;
#define STEP(i, n) dot += vload_n(row, i, n, t) * vload_n(d_o, i, n, PX_F32)
            FOR_VECTORS((size_t)0, s->head_size, STEP);
#undef STEP
        }
        m->delta[r] = vsum(dot);
        m->lse[r] = r < s->q_length ? a->forward.lse[head * s->q_length + r] * LOG2E : 0.0f;
    }
    memset(m->dq, 0, m->queries * m->width * sizeof(float));
}

INLINE void attention_slope_head(const attention_slope_args *a, const attention_slope_scratch *m, size_t head, px_type t) {
    const px_attention_shape *s = a->forward.s;
    size_t b = head / s->heads, at = head % s->heads * s->head_size, n = s->head_size;
    load_queries(a, m, head, t);
    for (size_t key = 0; key < s->k_length; key += SLOPE_KEYS) {
        size_t present = min_size(SLOPE_KEYS, s->k_length - key);
        size_t k_at = b * s->k_batch + key * s->k_row + at, v_at = b * s->v_batch + key * s->v_row + at;
        pack_transposed(offset(a->forward.k, k_at, t), s->k_row, present, n, n, m->kt, SLOPE_KEYS, false, t);
        pack_transposed(offset(a->forward.v, v_at, t), s->v_row, present, n, n, m->vt, SLOPE_KEYS, false, t);
        pack_rows(offset(a->forward.k, k_at, t), s->k_row, present, round_up(present, VL), n, m->width, m->k, t);
        memset(m->dk, 0, round_up(present, VL) * m->width * sizeof(float));
        memset(m->dv, 0, round_up(present, VL) * m->width * sizeof(float));
        // With the causal mask, blocks of queries before the first key see none of the block.
        for (size_t q = s->causal ? key / SLOPE_QUERIES * SLOPE_QUERIES : 0; q < s->q_length; q += SLOPE_QUERIES)
            attention_slope_block(s, m, q, key, t);
        unpack_rows(m->dk, m->width, present, n, offset(a->dk, k_at, t), s->k_row, t);
        unpack_rows(m->dv, m->width, present, n, offset(a->dv, v_at, t), s->v_row, t);
    }
    unpack_rows(m->dq, m->width, s->q_length, n, offset(a->dq, b * s->q_batch + at, t), s->q_row, t);
}

static void attention_slope_body(void *context, size_t begin, size_t end) {
    const attention_slope_args *a = context;
    attention_slope_scratch m = attention_slope_memory(a->forward.s);
    BY_TYPE(a->forward.s->type, for (size_t head = begin; head < end; head++) attention_slope_head(a, &m, head, T));
}

static void k_attention_backward(const px_attention_shape *s, const void *q, const void *k, const void *v, const void *o,
                                 const void *do_, const float *lse, void *dq, void *dk, void *dv) {
    if (s->head_size > 512) {
        fputs("px_attention_backward: head_size is more than 512\n", stderr);
        abort();
    }
    attention_slope_args a = {{.s = s, .q = q, .k = k, .v = v, .o = (void *)o, .lse = (float *)lse}, do_, dq, dk, dv};
    size_t work = s->q_length * s->k_length * s->head_size / 8;
    px_parallel_for(s->batch * s->heads, px_row_grain(work), attention_slope_body, &a);
}
