// Attention forward, in blocks of queries and keys with the softmax kept up to date (Dao et al. 2022, FlashAttention).
//
// A task is a block of queries of one head. The head's keys (transposed) and values are packed once per thread and head.
// Where the processor multiplies pairs of bf16 fast, bf16 operands stay bf16, packed in pairs along the summed dimension.

/// Queries and keys of a block. Wide heads take more queries, so that keys and values are read less often, and fewer keys,
/// which stay in the cache.
typedef struct {
    size_t queries, keys;
} attention_blocks;

INLINE attention_blocks blocks_of(const px_attention_shape *s) {
    return s->head_size > 160 ? (attention_blocks){64, 64} : (attention_blocks){16, 256};
}

typedef struct {
    const px_attention_shape *s;
    const void *q, *k, *v;
    void *o;
    float *lse;
    attention_blocks block;
    size_t query_blocks;
    bool pairs;
    float *packed;  // keys and values of the only head, for all threads; or NULL
} attention_args;

/// What a thread works in.
typedef struct {
    size_t depth;  // steps of q k^T: features, or pairs of them
    size_t width;  // features padded to whole vectors
    float *k, *v;  // [blocks, depth, block.keys] and [keys or pairs of keys, width]
    float *q, *scores, *o, *max;
    float *sum;  // [rows, VL]: sums by lane
} attention_scratch;

INLINE attention_scratch attention_sizes(const px_attention_shape *s, bool pairs) {
    return (attention_scratch){.depth = pairs ? (s->head_size + 1) / 2 : s->head_size, .width = round_up(s->head_size, VL)};
}

/// Elements that a head's packed keys take, and its values.
INLINE size_t packed_keys(const px_attention_shape *s, const attention_scratch *m) {
    return round_up(s->k_length, blocks_of(s).keys) * m->depth;
}
INLINE size_t packed_values(const px_attention_shape *s, const attention_scratch *m, bool pairs) {
    return round_up(s->k_length, blocks_of(s).keys) * m->width / (pairs ? 2 : 1);
}

static attention_scratch attention_memory(const attention_args *a, bool pairs) {
    attention_scratch m = attention_sizes(a->s, pairs);
    size_t rows = a->block.queries, q = rows * round_up(m.depth, VL), scores = rows * a->block.keys, o = rows * m.width;
    size_t k = packed_keys(a->s, &m), own = a->packed != NULL ? 0 : k + packed_values(a->s, &m, pairs);
    float *p = px_scratch(PX_SCRATCH_TASK, (own + q + scores + o + (1 + VL) * rows) * sizeof(float));
    m.k = a->packed != NULL ? a->packed : p;
    m.v = m.k + k;
    m.scores = p + own;
    m.o = m.scores + scores;
    m.q = m.o + o;
    m.sum = m.q + q;
    m.max = m.sum + rows * VL;
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

/// Values of a head, rows padded to whole vectors with 0: [keys, width] as f32, or [keys / 2, width] pairs of
/// neighbouring keys.
INLINE void pack_values(const void *x, size_t stride, size_t rows, size_t n, size_t width, float *to, bool pairs, px_type t) {
    size_t padded = round_up(rows, VL);
    if (!pairs) {
        for (size_t r = 0; r < padded; r++)
            for (size_t d = 0; d < width; d += VL) {
                vf v = r < rows && d < n ? vload_n(offset(x, r * stride, t), d, n - d, t) : vset(0.0f);
                vstore32(to + r * width + d, v);
            }
        return;
    }
    for (size_t r = 0; r < padded; r += 2) {
        const uint16_t *even = (const uint16_t *)x + r * stride, *odd = even + stride;
        for (size_t d = 0; d < width; d += VL) {
            vu low = __builtin_convertvector(vload16_n(even + d, r < rows ? n - d : 0), vu);
            vu high = __builtin_convertvector(vload16_n(odd + d, r + 1 < rows ? n - d : 0), vu);
            vstore32(to + r / 2 * width + d, (vf)(low | high << 16));
        }
    }
}

/// A block of a head's keys, transposed, and of its values.
INLINE void pack_block(const attention_args *a, const attention_scratch *m, size_t head, size_t first, bool pairs, px_type t) {
    const px_attention_shape *s = a->s;
    size_t b = head / s->heads, h = head % s->heads, rows = min_size(a->block.keys, s->k_length - first);
    const void *k = offset(a->k, b * s->k_batch + first * s->k_row + h * s->head_size, t);
    const void *v = offset(a->v, b * s->v_batch + first * s->v_row + h * s->head_size, t);
    pack_transposed(k, s->k_row, rows, s->head_size, m->depth, m->k + first * m->depth, a->block.keys, pairs, t);
    pack_values(v, s->v_row, rows, s->head_size, m->width, m->v + first / (pairs ? 2 : 1) * m->width, pairs, t);
}

INLINE void store_weights(float *scores, size_t i, vf p, bool pairs) {
    if (pairs)
        vstore(scores, i, p, PX_BF16);
    else
        vstore32(scores + i, p);
}

INLINE void store_two_weights(float *scores, size_t i, vf p, vf q, bool pairs) {
#if PX_BF16_DOTS
    if (pairs) {
        __m512bh both = _mm512_cvtne2ps_pbh((__m512)q, (__m512)p);
        memcpy((uint16_t *)scores + i, &both, sizeof both);
        return;
    }
#endif
    store_weights(scores, i, p, pairs);
    store_weights(scores, i + VL, q, pairs);
}

/// 2^x of a score below its row's maximum.
INLINE vf score_exp2(vf x, px_type t) {
#if PX_TARGET == PX_TARGET_AVX512
    if (t != PX_F32) return vexp2_nonpositive(x);
#endif
    return vexp2(x, t);
}

/// Raises a row's running maximum (of scores times `scale`, which is above 0) to what `visible` new scores hold, and shrinks
/// what was summed under the old one. Scores up to the next whole vector become -inf.
INLINE void raise_maximum(float *scores, size_t visible, float scale, float *max, float *sum, float *o, size_t width) {
    if (visible % VL != 0) {
        float *edge = scores + visible / VL * VL;
        vstore32(edge, vfirst_n(vload32(edge), visible % VL, -__builtin_inff()));
    }
    size_t end = round_up(visible, VL), i = 0;
    vf largest = vset(-__builtin_inff()), other = largest;
    for (; i + 2 * VL <= end; i += 2 * VL) {
        largest = vmax(vload32(scores + i), largest);
        other = vmax(vload32(scores + i + VL), other);
    }
    if (i < end) largest = vmax(vload32(scores + i), largest);
    float old = *max, now = vlargest(vmax(largest, other)) * scale;
    if (!(now > old)) return;
    *max = now;
    if (old == -__builtin_inff()) return;
    float shrink = vexp2(vset(old - now), PX_F32)[0];
    vstore32(sum, vload32(sum) * shrink);
    for (i = 0; i < width; i += VL) vstore32(o + i, vload32(o + i) * shrink);
}

/// Turns a row of scores into weights and adds them up. Weights beyond `visible` up to `columns` become 0.
INLINE void weigh(float *scores, size_t visible, size_t columns, float scale, float max, float *sum, bool pairs, px_type t) {
    size_t end = round_up(visible, VL), i = 0;
    vf total = vload32(sum), rest = vset(0.0f), shift = vset(-max);
    for (; i + 2 * VL <= end; i += 2 * VL) {
        vf p = score_exp2(vfma(vload32(scores + i), vset(scale), shift), t);
        vf q = score_exp2(vfma(vload32(scores + i + VL), vset(scale), shift), t);
        total += p;
        rest += q;
        store_two_weights(scores, i, p, q, pairs);
    }
    if (i < end) {
        vf p = score_exp2(vfma(vload32(scores + i), vset(scale), shift), t);
        total += p;
        store_weights(scores, i, p, pairs);
    }
    for (i = end; i < columns; i += VL) store_weights(scores, i, vset(0.0f), pairs);
    vstore32(sum, total + rest);
}

/// How many of a block's keys row r sees.
INLINE size_t visible_keys(const px_attention_shape *s, size_t row, size_t key, size_t columns) {
    size_t limit = s->causal ? min_size(s->k_length, row + 1) : s->k_length;
    return limit > key ? min_size(limit - key, columns) : 0;
}

INLINE void attention_block(const attention_args *a, const attention_scratch *m, size_t head, size_t first, bool pairs,
                            px_type t) {
    const px_attention_shape *s = a->s;
    size_t b = head / s->heads, h = head % s->heads, rows = min_size(a->block.queries, s->q_length - first);
    size_t padded = round_up(rows, TILE_ROWS), q_row = round_up(m->depth, VL);
    const void *q = offset(a->q, b * s->q_batch + first * s->q_row + h * s->head_size, t);
    for (size_t r = 0; r < padded; r++)
        if (r < rows)
            pack_row(offset(q, r * s->q_row, t), s->head_size, m->q + r * q_row, pairs, t);
        else
            memset(m->q + r * q_row, 0, m->depth * sizeof(float));
    memset(m->o, 0, padded * m->width * sizeof(float));
    memset(m->sum, 0, padded * VL * sizeof(float));
    for (size_t r = 0; r < padded; r++) m->max[r] = -__builtin_inff();

    size_t seen = s->causal ? min_size(s->k_length, first + rows) : s->k_length;  // keys that any of the rows sees
    size_t block = a->block.keys;
    for (size_t key = 0; key < seen; key += block) {
        size_t columns = round_up(min_size(block, seen - key), VL);
        gemm_a left = {m->q, q_row, 1}, weights = {m->scores, block, 1};
        (pairs ? gemm_pairs : gemm)(padded, columns, m->depth, left, m->k + key * m->depth, block, m->scores, block, false);
        float scale = s->scale * LOG2E;
        // First all maxima, so that their chains of shuffles overlap.
        for (size_t r = 0; r < padded; r++)
            raise_maximum(m->scores + r * block, visible_keys(s, first + r, key, columns), scale, m->max + r, m->sum + r * VL,
                          m->o + r * m->width, m->width);
        for (size_t r = 0; r < padded; r++)
            weigh(m->scores + r * block, visible_keys(s, first + r, key, columns), columns, scale, m->max[r],
                  m->sum + r * VL, pairs, t);
        if (pairs)
            gemm_pairs(padded, s->head_size, columns / 2, weights, m->v + key / 2 * m->width, m->width, m->o, m->width, true);
        else
            gemm(padded, s->head_size, columns, weights, m->v + key * m->width, m->width, m->o, m->width, true);
    }

    for (size_t r = 0; r < rows; r++) {
        void *o = offset(a->o, b * s->o_batch + (first + r) * s->o_row + h * s->head_size, t);
        float sum = vsum(vload32(m->sum + r * VL)), scale = 1.0f / sum;
        const float *from = m->o + r * m->width;
#define STEP(i, n) vstore_n(o, i, n, vload_n(from, i, n, PX_F32) * scale, t)
        FOR_VECTORS((size_t)0, s->head_size, STEP);
#undef STEP
        if (a->lse != NULL) a->lse[head * s->q_length + first + r] = (m->max[r] + log2f(sum)) * LN2;
    }
}

INLINE void attention_tasks(const attention_args *a, size_t begin, size_t end, bool pairs, px_type t) {
    attention_scratch m = attention_memory(a, pairs);
    size_t packed = a->packed != NULL ? 0 : (size_t)-1;
    for (size_t task = begin; task < end; task++) {
        size_t head = task / a->query_blocks;
        if (head != packed)
            for (size_t key = 0; key < a->s->k_length; key += a->block.keys) pack_block(a, &m, head, key, pairs, t);
        packed = head;
        attention_block(a, &m, head, task % a->query_blocks * a->block.queries, pairs, t);
    }
}

INLINE void pack_tasks(const attention_args *a, size_t begin, size_t end, bool pairs, px_type t) {
    attention_scratch m = attention_sizes(a->s, pairs);
    m.k = a->packed;
    m.v = m.k + packed_keys(a->s, &m);
    for (size_t block = begin; block < end; block++) pack_block(a, &m, 0, block * a->block.keys, pairs, t);
}

/// `tasks` with the type and pairs as constants.
#define BY_TYPE_AND_PAIRS(a, tasks)                                       \
    switch ((a)->s->type) {                                               \
        case PX_F32: tasks(a, begin, end, false, PX_F32); break;          \
        case PX_F16: tasks(a, begin, end, false, PX_F16); break;          \
        case PX_BF16:                                                     \
            if (PX_BF16_DOTS && (a)->pairs)                               \
                tasks(a, begin, end, true, PX_BF16);                      \
            else                                                          \
                tasks(a, begin, end, false, PX_BF16);                     \
            break;                                                        \
    }

static void attention_body(void *context, size_t begin, size_t end) {
    const attention_args *a = context;
    BY_TYPE_AND_PAIRS(a, attention_tasks)
}

static void attention_pack_body(void *context, size_t begin, size_t end) {
    const attention_args *a = context;
    BY_TYPE_AND_PAIRS(a, pack_tasks)
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
    if (s->batch * s->heads == 1) {
        // All threads read the only head: it is packed once, by all of them.
        attention_scratch m = attention_sizes(s, pairs);
        a.packed = px_scratch(PX_SCRATCH_CALLER, (packed_keys(s, &m) + packed_values(s, &m, pairs)) * sizeof(float));
        px_parallel_for((s->k_length + block.keys - 1) / block.keys, px_row_grain(block.keys * s->head_size),
                        attention_pack_body, &a);
    }
    size_t work = min_size(block.queries, s->q_length) * s->k_length * s->head_size / 16;
    px_parallel_for(s->batch * s->heads * blocks, px_row_grain(work), attention_body, &a);
}
