// A small matrix product in registers, for attention: C = A B or C += A B.
//
// A may lie transposed (any two strides); B is row-major with its columns padded to whole vectors,
// and C as well. The rows of C are padded to TILE_ROWS. With `pairs`, elements of A and B are pairs
// of bf16 and a step is their dot product.

#if VL == 16
enum { TILE_ROWS = 8 };
#else
enum { TILE_ROWS = 4 };
#endif
enum { TILE_VECTORS = 3 };

typedef struct {
    const float *data;
    size_t row, column;  // strides
} gemm_a;

INLINE vf multiply_add(vf a, vf b, vf c, bool pairs) {
#if PX_BF16_DOTS
    if (pairs) return (vf)_mm512_dpbf16_ps((__m512)c, (__m512bh)a, (__m512bh)b);
#endif
    (void)pairs;
    return vfma(a, b, c);
}

/// TILE_ROWS rows by `vectors` vectors of columns.
INLINE void gemm_tile(size_t depth, gemm_a a, const float *b, size_t b_row, float *c, size_t c_row, bool add, int vectors,
                      bool pairs) {
    vf sum[TILE_ROWS][TILE_VECTORS];
    UNROLL for (int m = 0; m < TILE_ROWS; m++)
        UNROLL for (int n = 0; n < vectors; n++) sum[m][n] = add ? vload32(c + (size_t)m * c_row + n * VL) : vset(0.0f);
    for (size_t k = 0; k < depth; k++) {
        vf right[TILE_VECTORS];
        UNROLL for (int n = 0; n < vectors; n++) right[n] = vload32(b + k * b_row + n * VL);
        UNROLL for (int m = 0; m < TILE_ROWS; m++) {
            vf left = vset(a.data[(size_t)m * a.row + k * a.column]);
            UNROLL for (int n = 0; n < vectors; n++) sum[m][n] = multiply_add(left, right[n], sum[m][n], pairs);
        }
    }
    UNROLL for (int m = 0; m < TILE_ROWS; m++)
        UNROLL for (int n = 0; n < vectors; n++) vstore32(c + (size_t)m * c_row + n * VL, sum[m][n]);
}

INLINE void gemm_panel(size_t rows, size_t depth, gemm_a a, const float *b, size_t b_row, float *c, size_t c_row, bool add,
                       int vectors, bool pairs) {
    for (size_t m = 0; m < rows; m += TILE_ROWS) {
        gemm_a at = {a.data + m * a.row, a.row, a.column};
        gemm_tile(depth, at, b, b_row, c + m * c_row, c_row, add, vectors, pairs);
    }
}

INLINE void gemm_of(size_t rows, size_t columns, size_t depth, gemm_a a, const float *b, size_t b_row, float *c, size_t c_row,
                    bool add, bool pairs) {
    for (size_t left = round_up(columns, VL) / VL; left > 0;) {
        size_t take = left == 4 ? 2 : min_size(left, TILE_VECTORS);
        switch (take) {
            case 3: gemm_panel(rows, depth, a, b, b_row, c, c_row, add, 3, pairs); break;
            case 2: gemm_panel(rows, depth, a, b, b_row, c, c_row, add, 2, pairs); break;
            default: gemm_panel(rows, depth, a, b, b_row, c, c_row, add, 1, pairs); break;
        }
        left -= take;
        b += take * VL;
        c += take * VL;
    }
}

/// Rows are rounded up to TILE_ROWS, columns to VL: the padding is computed too.
static void gemm(size_t rows, size_t columns, size_t depth, gemm_a a, const float *b, size_t b_row, float *c, size_t c_row,
                 bool add) {
    gemm_of(rows, columns, depth, a, b, b_row, c, c_row, add, false);
}

static void gemm_pairs(size_t rows, size_t columns, size_t depth, gemm_a a, const float *b, size_t b_row, float *c, size_t c_row,
                       bool add) {
    gemm_of(rows, columns, depth, a, b, b_row, c, c_row, add, true);
}
