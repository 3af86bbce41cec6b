// Rows of a table by index.

typedef struct {
    const void *table;
    const int32_t *ids;
    void *y;
    px_type table_type, type;
    size_t width;
    size_t count;
} embedding_args;

static void embedding_body(void *context, size_t begin, size_t end) {
    const embedding_args *a = context;
    for (size_t r = begin; r < end; r++) {
        convert_args row = {offset(a->table, (size_t)a->ids[r] * a->width, a->table_type),
                            offset(a->y, r * a->width, a->type), a->table_type, a->type};
        convert_body(&row, 0, a->width);
    }
}

static void k_embedding(const void *table, px_type table_type, const int32_t *ids, void *y, px_type y_type, size_t count,
                        size_t width) {
    embedding_args a = {table, ids, y, table_type, y_type, width, count};
    px_parallel_for(count, px_row_grain(width), embedding_body, &a);
}

/// Columns [begin, end) of every row: threads share no element, and each adds in the order of the
/// ids.
INLINE void embedding_slope_columns(const embedding_args *a, size_t begin, size_t end, px_type t) {
    for (size_t r = 0; r < a->count; r++) {
        float *to = (float *)a->y + (size_t)a->ids[r] * a->width;
        const void *dy = offset(a->table, r * a->width, t);
#define STEP(c, n) vstore_n(to, c, n, vload_n(to, c, n, PX_F32) + vload_n(dy, c, n, t), PX_F32)
        FOR_VECTORS(begin, end, STEP);
#undef STEP
    }
}

static void embedding_slope_body(void *context, size_t begin, size_t end) {
    const embedding_args *a = context;
    BY_TYPE(a->type, embedding_slope_columns(a, begin, end, T));
}

static void k_embedding_backward(const int32_t *ids, const void *dy, px_type type, float *dtable, size_t count, size_t width,
                                 size_t vocabulary) {
    memset(dtable, 0, vocabulary * width * sizeof(float));
    embedding_args a = {dy, ids, dtable, type, type, width, count};
    px_parallel_for(width, max_size(2 * VL, px_row_grain(count)), embedding_slope_body, &a);
}
