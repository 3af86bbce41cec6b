// Permutation and copying of elements, whatever their type: memory only, so one version serves
// every processor.
#include <string.h>

#include "parallel.h"

enum { MAX_RANK = 6, BLOCK = 16 };

typedef struct {
    const char *x;
    char *y;
    size_t size;
    int rank;
    size_t dims[MAX_RANK], strides[MAX_RANK];  // of y's dimensions; strides in x, in elements
} permute_args;

#define COPY_STRIDED(type)                                                                          \
    for (size_t i = 0; i < n; i++) memcpy(y + i * sizeof(type), x + i * stride * sizeof(type), sizeof(type))

/// n elements from stride `stride` to stride 1.
static void copy_strided(const char *x, size_t stride, char *y, size_t n, size_t size) {
    if (stride == 1) {
        memcpy(y, x, n * size);
        return;
    }
    switch (size) {
        case 1: COPY_STRIDED(uint8_t); break;
        case 2: COPY_STRIDED(uint16_t); break;
        case 4: COPY_STRIDED(uint32_t); break;
        case 8: COPY_STRIDED(uint64_t); break;
        default:
            for (size_t i = 0; i < n; i++) memcpy(y + i * size, x + i * stride * size, size);
    }
}

/// Source offset of row `index` of y (y without its last `inner` dimensions).
static size_t source_of(const permute_args *a, size_t index, int inner) {
    size_t at = 0;
    for (int d = a->rank - 1 - inner; d >= 0; d--) {
        at += index % a->dims[d] * a->strides[d];
        index /= a->dims[d];
    }
    return at;
}

static void permute_rows(void *context, size_t begin, size_t end) {
    const permute_args *a = context;
    size_t n = a->dims[a->rank - 1], stride = a->strides[a->rank - 1];
    for (size_t row = begin; row < end; row++)
        copy_strided(a->x + source_of(a, row, 1) * a->size, stride, a->y + row * n * a->size, n, a->size);
}

#define TRANSPOSE(type)                                                                                         \
    for (size_t i = 0; i < rows; i++)                                                                           \
        for (size_t j = 0; j < columns; j++)                                                                    \
            memcpy(y + (i * y_row + j) * sizeof(type), x + (i + j * x_column) * sizeof(type), sizeof(type))

/// y[i, j] = x[j, i] for a block.
static void transpose_block(const char *x, size_t x_column, char *y, size_t y_row, size_t rows, size_t columns, size_t size) {
    if (size == 4) {
        TRANSPOSE(uint32_t);
    } else {
        TRANSPOSE(uint16_t);
    }
}

/// Matrices whose rows in y are columns in x, in blocks that use whole cache lines of both.
static void permute_matrices(void *context, size_t begin, size_t end) {
    const permute_args *a = context;
    size_t rows = a->dims[a->rank - 2], columns = a->dims[a->rank - 1], x_column = a->strides[a->rank - 1];
    size_t bands = (rows + BLOCK - 1) / BLOCK;
    for (size_t task = begin; task < end; task++) {
        size_t matrix = task / bands, i = task % bands * BLOCK, height = rows - i < BLOCK ? rows - i : BLOCK;
        const char *x = a->x + (source_of(a, matrix, 2) + i) * a->size;
        char *y = a->y + (matrix * rows + i) * columns * a->size;
        for (size_t j = 0; j < columns; j += BLOCK) {
            size_t width = columns - j < BLOCK ? columns - j : BLOCK;
            transpose_block(x + j * x_column * a->size, x_column, y + j * a->size, columns, height, width, a->size);
        }
    }
}

void px_permute(const void *x, void *y, size_t element_size, int rank, const size_t *dims, const int *permutation) {
    size_t strides[MAX_RANK], stride = 1, total = 1;
    for (int d = rank - 1; d >= 0; d--) {
        strides[d] = stride;
        stride *= dims[d];
    }
    permute_args a = {.x = x, .y = y, .size = element_size};
    for (int i = 0; i < rank; i++) {
        size_t n = dims[permutation[i]], s = strides[permutation[i]];
        total *= n;
        if (n == 1) continue;
        // Whether it follows the dimension before it in x as well.
        if (a.rank > 0 && a.strides[a.rank - 1] == s * n) {
            a.dims[a.rank - 1] *= n;
            a.strides[a.rank - 1] = s;
            continue;
        }
        a.dims[a.rank] = n;
        a.strides[a.rank++] = s;
    }
    if (total == 0) return;
    if (a.rank == 0) {
        memcpy(y, x, element_size);
        return;
    }
    int last = a.rank - 1;
    if (last > 0 && a.strides[last] == 1 && a.dims[last] * a.size <= 64 && a.dims[last] * a.size % 2 == 0) {
        a.size *= a.dims[last];  // a short run is one larger element
        for (int d = 0; d < last; d++) a.strides[d] /= a.dims[last];
        a.rank = last--;
    }
    size_t row = a.dims[last];
    if (last > 0 && a.strides[last - 1] == 1 && (a.size == 2 || a.size == 4)) {
        size_t bands = (a.dims[last - 1] + BLOCK - 1) / BLOCK, matrices = total * element_size / a.size / (row * a.dims[last - 1]);
        px_parallel_for(matrices * bands, px_row_grain(BLOCK * row), permute_matrices, &a);
        return;
    }
    px_parallel_for(total * element_size / a.size / row, px_row_grain(row), permute_rows, &a);
}

typedef struct {
    const char *x;
    char *y;
    size_t x_stride, y_stride, row_bytes;
} copy_args;

static void copy_body(void *context, size_t begin, size_t end) {
    const copy_args *a = context;
    if (a->x_stride == a->row_bytes && a->y_stride == a->row_bytes) {
        memcpy(a->y + begin * a->row_bytes, a->x + begin * a->row_bytes, (end - begin) * a->row_bytes);
        return;
    }
    for (size_t r = begin; r < end; r++) memcpy(a->y + r * a->y_stride, a->x + r * a->x_stride, a->row_bytes);
}

void px_copy_rows(const void *x, size_t x_stride, void *y, size_t y_stride, size_t rows, size_t row_bytes) {
    copy_args a = {x, y, x_stride, y_stride, row_bytes};
    px_parallel_for(rows, px_row_grain(row_bytes / 4), copy_body, &a);
}
