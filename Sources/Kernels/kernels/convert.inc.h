// Conversion between element types.

typedef struct {
    const void *x;
    void *y;
    px_type x_type, y_type;
} convert_args;

INLINE void convert_range(const convert_args *a, size_t begin, size_t end, px_type from, px_type to) {
#define STEP(i, n) vstore_n(a->y, i, n, vload_n(a->x, i, n, from), to)
    FOR_VECTORS(begin, end, STEP);
#undef STEP
}

INLINE void convert_from(const convert_args *a, size_t begin, size_t end, px_type from) {
    BY_STORED_TYPE(a->y_type, convert_range(a, begin, end, from, T));
}

static void convert_body(void *context, size_t begin, size_t end) {
    const convert_args *a = context;
    if (a->x_type == a->y_type) {
        size_t size = type_size(a->x_type);
        memmove((char *)a->y + begin * size, (const char *)a->x + begin * size, (end - begin) * size);
        return;
    }
    BY_STORED_TYPE(a->x_type, convert_from(a, begin, end, T));
}

static void k_convert(const void *x, px_type x_type, void *y, px_type y_type, size_t n) {
    convert_args a = {x, y, x_type, y_type};
    px_parallel_for(n, PX_GRAIN, convert_body, &a);
}
