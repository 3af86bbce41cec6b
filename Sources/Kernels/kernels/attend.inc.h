// Attention of one query a head: nothing is packed, since keys and values are read only once.

typedef struct {
    const px_attention_shape *s;
    const void *q, *k, *v;
    void *o;
} attend_args;

/// Scores of VL keys (absent ones 0): products of each key with the query, then all sums at once by
/// a transpose.
INLINE vf attend_scores(const void *k, size_t stride, size_t present, const float *q, size_t n, px_type t) {
    vf rows[VL];
    for (size_t i = 0; i < VL; i++) {
        vf sum = vset(0.0f);
        if (i < present) {
            const void *key = offset(k, i * stride, t);
            for (size_t d = 0; d < n; d += VL) sum = vfma(vload_n(key, d, n - d, t), vload32(q + d), sum);
        }
        rows[i] = sum;
    }
    vtranspose(rows);
    vf scores = rows[0];
    for (size_t i = 1; i < VL; i++) scores += rows[i];
    return scores;
}

INLINE void attend_head(const attend_args *a, size_t head, float *q, float *weights, px_type t) {
    const px_attention_shape *s = a->s;
    size_t b = head / s->heads, h = head % s->heads, n = s->head_size, keys = s->k_length;
    const void *k = offset(a->k, b * s->k_batch + h * n, t), *v = offset(a->v, b * s->v_batch + h * n, t);
    const void *from = offset(a->q, b * s->q_batch + h * n, t);
    for (size_t d = 0; d < n; d += VL) vstore32(q + d, vload_n(from, d, n - d, t) * (s->scale * LOG2E));
    vf largest = vset(-__builtin_inff());
    for (size_t r = 0; r < keys; r += VL) {
        vf scores = attend_scores(offset(k, r * s->k_row, t), s->k_row, min_size(VL, keys - r), q, n, t);
        scores = vfirst_n(scores, keys - r, -__builtin_inff());
        vstore32(weights + r, scores);
        largest = vmax(largest, scores);
    }
    float max = vlargest(largest);
    vf sum = vset(0.0f);
    for (size_t r = 0; r < keys; r += VL) {
        vf p = vexp2(vload32(weights + r) - max, PX_F32);
        vstore32(weights + r, p);
        sum += p;
    }
    float scale = 1.0f / vsum(sum);
    void *to = offset(a->o, b * s->o_batch + h * n, t);
    for (size_t d = 0; d < n; d += VL) {
        vf even = vset(0.0f), odd = even;
        size_t r = 0;
        for (; r + 2 <= keys; r += 2) {
            even = vfma(vload_n(offset(v, r * s->v_row, t), d, n - d, t), vset(weights[r]), even);
            odd = vfma(vload_n(offset(v, (r + 1) * s->v_row, t), d, n - d, t), vset(weights[r + 1]), odd);
        }
        if (r < keys) even = vfma(vload_n(offset(v, r * s->v_row, t), d, n - d, t), vset(weights[r]), even);
        vstore_n(to, d, n - d, (even + odd) * scale, t);
    }
}

static void attend_body(void *context, size_t begin, size_t end) {
    const attend_args *a = context;
    size_t width = round_up(a->s->head_size, VL), keys = round_up(a->s->k_length, VL);
    float *q = px_scratch(PX_SCRATCH_TASK, (width + keys) * sizeof(float));
    BY_TYPE(a->s->type, for (size_t head = begin; head < end; head++) attend_head(a, head, q, q + width, T));
}

static void k_attend(const px_attention_shape *s, const void *q, const void *k, const void *v, void *o) {
    attend_args a = {s, q, k, v, o};
    px_parallel_for(s->batch * s->heads, px_row_grain(2 * s->k_length * s->head_size), attend_body, &a);
}
