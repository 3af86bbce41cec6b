// Attention forward, in blocks of queries and keys with the softmax kept up to date (Dao et al. 2022, FlashAttention).
//
// A task is a block of queries of one head. The head's keys (transposed) and values are packed once per thread and head.
// Where the processor multiplies pairs of bf16 fast, bf16 operands stay bf16, packed in pairs along the summed dimension.

enum { QUERY_BLOCK = 16, KEY_BLOCK = 256 };

typedef struct {
    const px_attention_shape *s;
    const void *q, *k, *v;
    void *o;
    float *lse;
    size_t query_blocks;
    bool pairs;
} attention_args;

/// What a thread works in.
typedef struct {
    size_t depth;  // steps of q k^T: features, or pairs of them
    size_t width;  // features padded to whole vectors
    size_t keys;   // padded to whole blocks
    float *k, *v;  // [blocks, depth, KEY_BLOCK] and [keys or pairs of keys, width]
    float *q, *scores, *o, *max;
    float *sum;  // [rows, VL]: sums by lane
} attention_scratch;

static attention_scratch attention_memory(const px_attention_shape *s, bool pairs) {
    attention_scratch m;
    m.depth = pairs ? (s->head_size + 1) / 2 : s->head_size;
    m.width = round_up(s->head_size, VL);
    m.keys = round_up(s->k_length, KEY_BLOCK);
    size_t k = m.keys * m.depth, v = m.keys * m.width / (pairs ? 2 : 1), q = QUERY_BLOCK * round_up(m.depth, VL);
    size_t scores = QUERY_BLOCK * KEY_BLOCK, o = QUERY_BLOCK * m.width;
    float *p = px_scratch(PX_SCRATCH_TASK, (k + v + q + scores + o + (1 + VL) * QUERY_BLOCK) * sizeof(float));
    m.k = p;
    m.v = m.k + k;
    m.scores = m.v + v;
    m.o = m.scores + scores;
    m.q = m.o + o;
    m.sum = m.q + q;
    m.max = m.sum + QUERY_BLOCK * VL;
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

INLINE void pack_head(const attention_args *a, const attention_scratch *m, size_t head, bool pairs, px_type t) {
    const px_attention_shape *s = a->s;
    size_t b = head / s->heads, h = head % s->heads;
    const void *k = offset(a->k, b * s->k_batch + h * s->head_size, t), *v = offset(a->v, b * s->v_batch + h * s->head_size, t);
    for (size_t r = 0; r < s->k_length; r += KEY_BLOCK)
        pack_transposed(offset(k, r * s->k_row, t), s->k_row, min_size(KEY_BLOCK, s->k_length - r), s->head_size, m->depth,
                        m->k + r * m->depth, KEY_BLOCK, pairs, t);
    pack_values(v, s->v_row, s->k_length, s->head_size, m->width, m->v, pairs, t);
}

INLINE void store_weights(float *scores, size_t i, vf p, bool pairs) {
    if (pairs)
        vstore(scores, i, p, PX_BF16);
    else
        vstore32(scores + i, p);
}

INLINE void store_two_weights(float *scores, size_t i, vf p, vf q, bool pairs) {
#if PX_TARGET == PX_TARGET_AVX512
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
    size_t b = head / s->heads, h = head % s->heads, rows = min_size(QUERY_BLOCK, s->q_length - first);
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
    for (size_t key = 0; key < seen; key += KEY_BLOCK) {
        size_t columns = round_up(min_size(KEY_BLOCK, seen - key), VL);
        gemm_a left = {m->q, q_row, 1}, weights = {m->scores, KEY_BLOCK, 1};
        (pairs ? gemm_pairs : gemm)(padded, columns, m->depth, left, m->k + key * m->depth, KEY_BLOCK, m->scores, KEY_BLOCK, false);
        float scale = s->scale * LOG2E;
        // First all maxima, so that their chains of shuffles overlap.
        for (size_t r = 0; r < padded; r++)
            raise_maximum(m->scores + r * KEY_BLOCK, visible_keys(s, first + r, key, columns), scale, m->max + r, m->sum + r * VL,
                          m->o + r * m->width, m->width);
        for (size_t r = 0; r < padded; r++)
            weigh(m->scores + r * KEY_BLOCK, visible_keys(s, first + r, key, columns), columns, scale, m->max[r],
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
    attention_scratch m = attention_memory(a->s, pairs);
    size_t packed = (size_t)-1;
    for (size_t task = begin; task < end; task++) {
        size_t head = task / a->query_blocks;
        if (head != packed) pack_head(a, &m, head, pairs, t);
        packed = head;
        attention_block(a, &m, head, task % a->query_blocks * QUERY_BLOCK, pairs, t);
    }
}

static void attention_body(void *context, size_t begin, size_t end) {
    const attention_args *a = context;
    switch (a->s->type) {
        case PX_F32: attention_tasks(a, begin, end, false, PX_F32); break;
        case PX_F16: attention_tasks(a, begin, end, false, PX_F16); break;
        case PX_BF16:
            if (PX_TARGET == PX_TARGET_AVX512 && a->pairs)
                attention_tasks(a, begin, end, true, PX_BF16);
            else
                attention_tasks(a, begin, end, false, PX_BF16);
            break;
    }
}

static void k_attention(const px_attention_shape *s, const void *q, const void *k, const void *v, void *o, float *lse) {
    if (s->head_size > 512) {
        fputs("px_attention: head_size is more than 512\n", stderr);
        abort();
    }
    size_t blocks = (s->q_length + QUERY_BLOCK - 1) / QUERY_BLOCK;
    attention_args a = {.s = s, .q = q, .k = k, .v = v, .o = o, .lse = lse, .query_blocks = blocks, .pairs = px_bf16_dots_pay()};
    size_t work = min_size(QUERY_BLOCK, s->q_length) * s->k_length * s->head_size / 16;
    px_parallel_for(s->batch * s->heads * blocks, px_row_grain(work), attention_body, &a);
}
