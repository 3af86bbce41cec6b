// Attention forward, in blocks of queries and keys with the softmax kept up to date (Dao et al.
// 2022, FlashAttention).
//
// A task is a block of queries of one head. Everything is transposed, so that a lane is a query:
// scores are K Q^T and the output V^T P^T. Maxima and sums then need no work across lanes, and
// heads of any multiple of TILE_ROWS features fill the tiles. The head's keys and values are packed
// once per thread and head, those of a wide head for every task, a block at a time. Where the
// processor multiplies pairs of bf16 fast, bf16 operands stay bf16, packed in pairs along the
// summed dimension.

/// Queries and keys of a block, and the keys that are packed together: all, or a block of a wide
/// head's, which would take more memory than the keys themselves. Wide heads take more queries, so
/// that keys and values are packed less often.
typedef struct {
    size_t queries, keys, packed;
} attention_blocks;

INLINE attention_blocks blocks_of(const px_attention_shape *s) {
    enum { LANES = TILE_VECTORS * VL };
    if (s->head_size > 160) return (attention_blocks){.queries = 2 * LANES, .keys = 64, .packed = min_size(64, s->k_length)};
    return (attention_blocks){.queries = LANES, .keys = 128, .packed = s->k_length};
}

typedef struct {
    const px_attention_shape *s;
    const void *q, *k, *v;
    void *o;
    float *lse;
    attention_blocks block;
    size_t query_blocks;
    bool pairs;
} attention_args;

INLINE bool packs_all(const attention_args *a) { return a->block.packed == a->s->k_length; }

/// What a thread works in.
typedef struct {
    size_t depth;           // features, or pairs of them
    size_t width;           // features padded to whole vectors
    float *k, *v;           // [block.packed, depth] and [block.packed or pairs of it, width]
    // [depth, block.queries], [block.keys, block.queries], [width, block.queries]
    float *q, *scores, *o;
    float *max, *sum;       // [block.queries]
} attention_scratch;

INLINE attention_scratch attention_sizes(const px_attention_shape *s, bool pairs) {
    return (attention_scratch){.depth = pairs ? (s->head_size + 1) / 2 : s->head_size, .width = round_up(s->head_size, VL)};
}

static attention_scratch attention_memory(const attention_args *a, bool pairs) {
    attention_scratch m = attention_sizes(a->s, pairs);
    size_t lanes = a->block.queries, q = m.depth * lanes, scores = a->block.keys * lanes, o = m.width * lanes;
    size_t k = round_up(round_up(a->block.packed, TILE_ROWS) * m.depth, VL);
    size_t v = (pairs ? (a->block.packed + 1) / 2 : a->block.packed) * m.width;
    m.k = px_scratch(PX_SCRATCH_TASK, (k + v + q + scores + o + 2 * lanes) * sizeof(float));
    m.v = m.k + k;
    m.q = m.v + v;
    m.scores = m.q + q;
    m.o = m.scores + scores;
    m.max = m.o + o;
    m.sum = m.max + lanes;
    return m;
}

/// `n` features as f32, or as pairs of bf16, the last pair filled with 0.
INLINE void pack_row(const void *x, size_t n, float *to, bool pairs, px_type t) {
    if (pairs) {
        if (n % 2 != 0) memset((uint16_t *)to + n - 1, 0, 2 * sizeof(uint16_t));
        memcpy(to, x, n * sizeof(uint16_t));
        return;
    }
#define STEP(i, k) vstore_n(to, i, k, vload_n(x, i, k, t), PX_F32)
    FOR_VECTORS((size_t)0, n, STEP);
#undef STEP
}

/// A block of rows transposed: to [depth, to_row]; absent rows, up to a whole vector, are 0.
INLINE void pack_transposed(const void *x, size_t stride, size_t rows, size_t n, size_t depth, float *to, size_t to_row,
                            bool pairs, px_type t) {
    for (size_t r = 0; r < rows; r += VL) {
        size_t present = min_size(VL, rows - r);
        const void *from = offset(x, r * stride, t);
        for (size_t d = 0; d < depth; d += VL) {
            vf v[VL];
            for (size_t i = 0; i < VL; i++) {
                v[i] = vset(0.0f);
                if (i >= present) continue;
                const void *row = offset(from, i * stride, t);
                if (pairs && 2 * (d + VL) <= n)
                    v[i] = vload32((const float *)row + d);
                else if (pairs)
                    memcpy(&v[i], (const uint16_t *)row + 2 * d, (n - 2 * d) * sizeof(uint16_t));
                else
                    v[i] = vload_n(row, d, n - d, t);
            }
            vtranspose(v);
            for (size_t i = 0; i < VL && d + i < depth; i++) vstore32(to + (d + i) * to_row + r, v[i]);
        }
    }
}

/// Values of a head: [keys, width] as f32, or [keys / 2, width] pairs of neighbouring keys, an
/// absent one 0.
INLINE void pack_values(const void *x, size_t stride, size_t rows, size_t n, size_t width, float *to, bool pairs, px_type t) {
    for (size_t r = 0; r < rows; r += pairs ? 2 : 1)
        for (size_t d = 0; d < width; d += VL) {
            const uint16_t *even = (const uint16_t *)x + r * stride + d, *odd = even + stride;
            if (!pairs) {
                vstore32(to + r * width + d, vload_n(offset(x, r * stride, t), d, n - d, t));
                continue;
            }
            vu low = __builtin_convertvector(vload16_n(even, n - d), vu);
            vu high = __builtin_convertvector(vload16_n(odd, r + 1 < rows ? n - d : 0), vu);
            vstore32(to + r / 2 * width + d, (vf)(low | high << 16));
        }
}

/// Some of a head's keys and values, the keys filled up to a whole tile with 0.
INLINE void pack_keys(const attention_args *a, const attention_scratch *m, size_t head, size_t first, size_t keys, bool pairs,
                      px_type t) {
    const px_attention_shape *s = a->s;
    size_t b = head / s->heads, h = head % s->heads;
    const void *k = offset(a->k, b * s->k_batch + first * s->k_row + h * s->head_size, t);
    const void *v = offset(a->v, b * s->v_batch + first * s->v_row + h * s->head_size, t);
    for (size_t r = 0; r < keys; r++) pack_row(offset(k, r * s->k_row, t), s->head_size, m->k + r * m->depth, pairs, t);
    memset(m->k + keys * m->depth, 0, (round_up(keys, TILE_ROWS) - keys) * m->depth * sizeof(float));
    pack_values(v, s->v_row, keys, s->head_size, m->width, m->v, pairs, t);
}

/// Stores the weights of two neighbouring keys: a row each, or one of pairs.
INLINE void store_weights(float *scores, size_t key, size_t row, vf even, vf odd, bool pairs) {
#if PX_BF16_DOTS
    if (pairs) {
        typedef uint16_t pairs_of_lanes __attribute__((ext_vector_type(2 * VL)));
        pairs_of_lanes both = (pairs_of_lanes)_mm512_cvtne2ps_pbh((__m512)odd, (__m512)even);
        both = __builtin_shufflevector(both, both, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10,
                                       26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        vstore32(scores + key / 2 * row, (vf)both);
        return;
    }
#endif
    (void)pairs;
    vstore32(scores + key * row, even);
    vstore32(scores + (key + 1) * row, odd);
}

/// 2^x of a score below its query's maximum.
INLINE vf score_exp2(vf x, px_type t) {
#if PX_TARGET == PX_TARGET_AVX512
    if (t != PX_F32) return vexp2_rough(x);
#endif
    return vexp2(x, t);
}

/// Raises the running maxima of VL queries (of scores times `scale`, which is above 0) to what
/// `keys` new rows of scores hold, and shrinks what `features` rows of the output were summed to
/// under the old ones.
INLINE void raise_maxima(const float *scores, size_t keys, size_t row, float scale, float *max, float *sum, float *o,
                         size_t features) {
    vf largest = vset(-__builtin_inff()), other = largest;
    for (size_t k = 0; k < keys; k += 2) {
        largest = vmax(vload32(scores + k * row), largest);
        if (k + 1 < keys) other = vmax(vload32(scores + (k + 1) * row), other);
    }
    vf old = vload32(max), now = vmax(vmax(largest, other) * scale, old);
    if (!__builtin_reduce_or(now > old)) return;
    vstore32(max, now);
    vf shrink = vexp2(old - now, PX_F32);
    vstore32(sum, vload32(sum) * shrink);
    for (size_t d = 0; d < features; d++) vstore32(o + d * row, vload32(o + d * row) * shrink);
}

/// Turns the scores of VL queries into weights and adds them up.
INLINE void weigh(float *scores, size_t keys, size_t row, float scale, vf max, float *sum, bool pairs, px_type t) {
    vf total = vload32(sum), rest = vset(0.0f);
    size_t k = 0;
    for (; k + 2 <= keys; k += 2) {
        vf p = score_exp2(vfma(vload32(scores + k * row), vset(scale), -max), t);
        vf q = score_exp2(vfma(vload32(scores + (k + 1) * row), vset(scale), -max), t);
        total += p;
        rest += q;
        store_weights(scores, k, row, p, q, pairs);
    }
    if (k < keys) {
        vf p = score_exp2(vfma(vload32(scores + k * row), vset(scale), -max), t);
        total += p;
        store_weights(scores, k, row, p, vset(0.0f), pairs);
    }
    vstore32(sum, total + rest);
}

/// Scores become -inf where a key, from `key` on, lies behind its query, from `query` on.
INLINE void hide_later_keys(float *scores, size_t keys, size_t row, size_t key, size_t query) {
    for (size_t k = query < key ? 0 : query - key + 1; k < keys; k++) {
        vi lane;
        UNROLL for (int i = 0; i < VL; i++) lane[i] = i;
        int32_t hidden = (int32_t)min_size(key + k - query, VL);
        vstore32(scores + k * row, lane < hidden ? vset(-__builtin_inff()) : vload32(scores + k * row));
    }
}

/// The sums of a block of queries divided by those of their weights, and turned round.
INLINE void store_block(const attention_args *a, const attention_scratch *m, size_t head, size_t first, size_t rows, px_type t) {
    const px_attention_shape *s = a->s;
    size_t row = a->block.queries, n = s->head_size;
    void *o = offset(a->o, head / s->heads * s->o_batch + first * s->o_row + head % s->heads * n, t);
    for (size_t r = 0; r < rows; r += VL) {
        vf scale = 1.0f / vload32(m->sum + r);
        for (size_t d = 0; d < n; d += VL) {
            vf v[VL];
            for (size_t i = 0; i < VL; i++) v[i] = d + i < n ? vload32(m->o + (d + i) * row + r) * scale : vset(0.0f);
            vtranspose(v);
            for (size_t i = 0; i < VL && r + i < rows; i++) vstore_n(offset(o, (r + i) * s->o_row, t), d, n - d, v[i], t);
        }
    }
    if (a->lse != NULL)
        for (size_t r = 0; r < rows; r++) a->lse[head * s->q_length + first + r] = (m->max[r] + log2f(m->sum[r])) * LN2;
}

INLINE void attention_block(const attention_args *a, const attention_scratch *m, size_t head, size_t first, bool pairs,
                            px_type t) {
    const px_attention_shape *s = a->s;
    size_t rows = min_size(a->block.queries, s->q_length - first), lanes = round_up(rows, VL), row = a->block.queries;
    const void *q = offset(a->q, head / s->heads * s->q_batch + first * s->q_row + head % s->heads * s->head_size, t);
    pack_transposed(q, s->q_row, rows, s->head_size, m->depth, m->q, row, pairs, t);
    for (size_t r = 0; r < lanes; r++) m->max[r] = -__builtin_inff(), m->sum[r] = 0;

    // Keys that any of the rows sees.
    size_t seen = s->causal ? min_size(s->k_length, first + rows) : s->k_length;
    size_t features = round_up(s->head_size, TILE_ROWS);
    float scale = s->scale * LOG2E;
    for (size_t key = 0; key < seen; key += a->block.keys) {
        size_t keys = min_size(a->block.keys, seen - key), at = packs_all(a) ? key : 0;
        if (!packs_all(a)) pack_keys(a, m, head, key, keys, pairs, t);
        gemm_a k = {m->k + at * m->depth, m->depth, 1}, v = {m->v + at / (pairs ? 2 : 1) * m->width, 1, m->width};
        (pairs ? gemm_pairs : gemm)(round_up(keys, TILE_ROWS), lanes, m->depth, k, m->q, row, m->scores, row, false);
        for (size_t r = 0; r < lanes; r += VL) {
            if (s->causal) hide_later_keys(m->scores + r, keys, row, key, first + r);
            raise_maxima(m->scores + r, keys, row, scale, m->max + r, m->sum + r, m->o + r, key > 0 ? features : 0);
            weigh(m->scores + r, keys, row, scale, vload32(m->max + r), m->sum + r, pairs, t);
        }
        (pairs ? gemm_pairs : gemm)(features, lanes, pairs ? (keys + 1) / 2 : keys, v, m->scores, row, m->o, row, key > 0);
    }
    store_block(a, m, head, first, rows, t);
}

INLINE void attention_tasks(const attention_args *a, size_t begin, size_t end, bool pairs, px_type t) {
    attention_scratch m = attention_memory(a, pairs);
    size_t packed = (size_t)-1;
    for (size_t task = begin; task < end; task++) {
        size_t head = task / a->query_blocks;
        if (packs_all(a) && head != packed) pack_keys(a, &m, head, 0, a->s->k_length, pairs, t);
        packed = head;
        attention_block(a, &m, head, task % a->query_blocks * a->block.queries, pairs, t);
    }
}

static void attention_body(void *context, size_t begin, size_t end) {
    const attention_args *a = context;
    if (PX_BF16_DOTS && a->pairs)
        attention_tasks(a, begin, end, true, PX_BF16);
    else
        BY_TYPE(a->s->type, attention_tasks(a, begin, end, false, T));
}

static void k_attention(const px_attention_shape *s, const void *q, const void *k, const void *v, void *o, float *lse) {
    if (s->head_size > 512) {
        fputs("px_attention: head_size is more than 512\n", stderr);
        abort();
    }
    attention_blocks block = blocks_of(s);
    size_t blocks = (s->q_length + block.queries - 1) / block.queries;
    bool pairs = PX_BF16_DOTS && s->type == PX_BF16 && px_bf16_dots_pay();
    attention_args a = {
        .s = s, .q = q, .k = k, .v = v, .o = o, .lse = lse, .block = block, .query_blocks = blocks, .pairs = pairs};
    size_t work = min_size(block.queries, s->q_length) * s->k_length * s->head_size / 16;
    px_parallel_for(s->batch * s->heads * blocks, px_row_grain(work), attention_body, &a);
}
