// The run-time choice of an instruction set, and the public functions, which call it.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

static _Atomic(const px_table *) best;
static _Thread_local const px_table *selected;

static bool has_avx2(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
           __builtin_cpu_supports("bmi2");
#else
    return false;
#endif
}

static bool has_avx512(void) {
#if defined(__x86_64__)
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

/// The table of that name, if this processor can run it.
static const px_table *table_named(const char *name) {
#if defined(__x86_64__)
    if (strcmp(name, "avx512") == 0 && has_avx512() && __builtin_cpu_supports("avx512bf16")) return &px_table_avx512;
    if (strcmp(name, "avx512f") == 0 && has_avx512()) return &px_table_avx512f;
    if (strcmp(name, "avx2") == 0 && has_avx2()) return &px_table_avx2;
#endif
    return strcmp(name, "portable") == 0 ? &px_table_portable : NULL;
}

static const px_table *best_table(void) {
    const char *forced = getenv("PINXIT_KERNELS");
    if (forced != NULL && *forced != 0) {
        const px_table *table = table_named(forced);
        if (table != NULL) return table;
        fprintf(stderr, "PINXIT_KERNELS=%s: expected avx512, avx512f, avx2 or portable, and a processor that has it\n", forced);
        exit(78);
    }
    const char *order[] = {"avx512", "avx512f", "avx2", "portable"};
    for (int i = 0;; i++) {
        const px_table *table = table_named(order[i]);
        if (table != NULL) return table;
    }
}

/// What the processor does best, or what the environment says.
static const px_table *usual_table(void) {
    const px_table *table = atomic_load_explicit(&best, memory_order_acquire);
    if (table == NULL) {
        table = best_table();
        atomic_store_explicit(&best, table, memory_order_release);
    }
    return table;
}

static const px_table *kernels(void) { return selected != NULL ? selected : usual_table(); }

bool px_has_bf16(void) { return strcmp(usual_table()->name, "avx512") == 0; }

const char *px_kernels_name(void) { return kernels()->name; }

bool px_kernels_select(const char *name) {
    const px_table *table = name != NULL ? table_named(name) : NULL;
    if (name != NULL && table == NULL) return false;
    selected = table;
    return true;
}

static _Thread_local int selected_dots = -1;

void px_bf16_dots_select(int pay) { selected_dots = pay; }

/// 1 or 0 from the environment or the processor's maker: with dot products of bf16 pairs, which
/// halve the depth, AMD's take half the time of f32's multiplications, and Intel's twice as long.
/// The numbers differ, so that nothing is timed: every process of a machine decides alike.
static int dots_pay_here(void) {
    const char *forced = getenv("PINXIT_BF16");
#if defined(__x86_64__)
    if (forced == NULL || *forced == 0) return px_has_bf16() && __builtin_cpu_is("amd");
#else
    if (forced == NULL || *forced == 0) return 0;
#endif
    if (strcmp(forced, "dots") == 0 && px_has_bf16()) return 1;
    if (strcmp(forced, "widened") == 0) return 0;
    fprintf(stderr, "PINXIT_BF16=%s: expected dots, on a processor that has them, or widened\n", forced);
    exit(78);
}

bool px_bf16_dots_pay(void) {
    static _Atomic int known = -1;
    if (selected_dots >= 0) return selected_dots && px_has_bf16();
    int pay = atomic_load_explicit(&known, memory_order_relaxed);
    if (pay < 0) {
        pay = dots_pay_here();
        atomic_store_explicit(&known, pay, memory_order_relaxed);
    }
    return pay;
}

static bool has_tiles(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("amx-bf16");
#else
    return false;
#endif
}

bool px_bf16_pays(void) {
    const char *forced = getenv("PINXIT_BF16");
    bool decided = selected_dots >= 0 || (forced != NULL && *forced != 0);
    return px_bf16_dots_pay() || (!decided && has_tiles());
}

// MARK: The public functions

void px_convert(const void *x, px_type x_type, void *y, px_type y_type, size_t n) {
    kernels()->convert(x, x_type, y, y_type, n);
}

float px_quantize(const void *x, px_type type, int8_t *y, size_t n) { return kernels()->quantize(x, type, y, n); }

void px_quantize_rows(const void *x, px_type type, int8_t *y, float *scales, size_t rows, size_t cols) {
    kernels()->quantize_rows(x, type, y, scales, rows, cols);
}

void px_scale_columns(const void *x, const float *scales, float factor, void *y, px_type type, size_t rows, size_t cols) {
    kernels()->scale_columns(x, scales, factor, y, type, rows, cols);
}

void px_unary(px_unary_op op, const void *x, void *y, px_type type, size_t n) {
    kernels()->unary(op, x, y, type, n);
}

void px_unary_backward(px_unary_op op, const void *x, const void *dy, void *dx, px_type type, size_t n) {
    kernels()->unary_backward(op, x, dy, dx, type, n);
}

void px_clamp(const void *x, void *y, px_type type, size_t n, float low, float high) {
    kernels()->clamp(x, y, type, n, low, high);
}

void px_binary(px_binary_op op, const void *a, const size_t *a_strides, const void *b, const size_t *b_strides, void *y,
               px_type type, int rank, const size_t *dims) {
    kernels()->binary(op, a, a_strides, b, b_strides, y, type, rank, dims);
}

void px_axpby(float alpha, const void *a, float beta, const void *b, float gamma, void *y, px_type type, size_t n) {
    kernels()->axpby(alpha, a, beta, b, gamma, y, type, n);
}

void px_sum(const void *x, px_type type, void *y, px_type y_type, size_t outer, size_t reduce, size_t inner,
            float scale) {
    kernels()->sum(x, type, y, y_type, outer, reduce, inner, scale);
}

double px_sum_squares(const void *x, px_type type, size_t n) {
    return kernels()->sum_squares(x, type, n);
}

ptrdiff_t px_first_nonfinite(const void *x, px_type type, size_t n) {
    return kernels()->first_nonfinite(x, type, n);
}

void px_product_pack(const void *w, px_type type, bool transposed, size_t columns, size_t depth, void *packed,
                     px_type packed_type) {
    kernels()->product_pack(w, type, transposed, columns, depth, packed, packed_type);
}

void px_product(const px_product_shape *s, const void *a, const void *packed, const float *bias, void *y) {
    kernels()->product(s, a, packed, bias, y);
}

void px_softmax(const void *x, void *y, px_type type, size_t rows, size_t cols) {
    kernels()->softmax(x, y, type, rows, cols);
}

void px_softmax_backward(const void *y, const void *dy, void *dx, px_type type, size_t rows, size_t cols) {
    kernels()->softmax_backward(y, dy, dx, type, rows, cols);
}

void px_log_softmax(const void *x, void *y, px_type type, size_t rows, size_t cols) {
    kernels()->log_softmax(x, y, type, rows, cols);
}

void px_log_softmax_backward(const void *y, const void *dy, void *dx, px_type type, size_t rows, size_t cols) {
    kernels()->log_softmax_backward(y, dy, dx, type, rows, cols);
}

void px_cross_entropy(const void *x, const int32_t *classes, float *loss, float *lse, px_type type, size_t rows,
                      size_t cols) {
    kernels()->cross_entropy(x, classes, loss, lse, type, rows, cols);
}

void px_cross_entropy_backward(const void *x, const int32_t *classes, const float *lse, const float *dy, void *dx,
                               px_type type, size_t rows, size_t cols) {
    kernels()->cross_entropy_backward(x, classes, lse, dy, dx, type, rows, cols);
}

void px_layer_norm(const void *x, const float *gamma, const float *beta, void *y, float *mean, float *rstd,
                   px_type type, size_t rows, size_t cols, float eps) {
    kernels()->layer_norm(x, gamma, beta, y, mean, rstd, type, rows, cols, eps);
}

void px_layer_norm_backward(const void *x, const void *dy, const float *gamma, const float *mean, const float *rstd,
                            void *dx, float *dgamma, float *dbeta, px_type type, size_t rows, size_t cols) {
    kernels()->layer_norm_backward(x, dy, gamma, mean, rstd, dx, dgamma, dbeta, type, rows, cols);
}

void px_group_norm(const void *x, const float *gamma, const float *beta, void *y, float *mean, float *rstd,
                   px_type type, size_t batch, size_t spatial, size_t channels, size_t groups, float eps, bool silu) {
    kernels()->group_norm(x, gamma, beta, y, mean, rstd, type, batch, spatial, channels, groups, eps, silu);
}

void px_channel_moments(const void *x, px_type type, size_t rows, size_t channels, double *moments) {
    kernels()->channel_moments(x, type, rows, channels, moments);
}

void px_scale_shift(const void *x, const float *scale_shift, void *y, px_type type, size_t rows, size_t channels, bool silu) {
    kernels()->scale_shift(x, scale_shift, y, type, rows, channels, silu);
}

void px_winograd_input(const px_winograd *size, const void *x, size_t first, size_t tiles, void *v) {
    kernels()->winograd_input(size, x, first, tiles, v);
}

void px_winograd_output(const px_winograd *size, const float *m, const float *bias, size_t first, size_t tiles, void *y) {
    kernels()->winograd_output(size, m, bias, first, tiles, y);
}

void px_winograd_spread(const px_winograd *size, const void *dy, size_t first, size_t tiles, void *d) {
    kernels()->winograd_spread(size, dy, first, tiles, d);
}

void px_winograd_filter_gradient(size_t tile, const float *du, size_t filters, float *dw) {
    kernels()->winograd_filter_gradient(tile, du, filters, dw);
}

void px_winograd_filter(size_t tile, const void *w, px_type w_type, size_t filters, void *u, px_type type) {
    kernels()->winograd_filter(tile, w, w_type, filters, u, type);
}

void px_group_norm_backward(const void *x, const void *dy, const float *gamma, const float *beta, const float *mean,
                            const float *rstd, void *dx, float *dgamma, float *dbeta, px_type type, size_t batch,
                            size_t spatial, size_t channels, size_t groups, bool silu) {
    kernels()->group_norm_backward(x, dy, gamma, beta, mean, rstd, dx, dgamma, dbeta, type, batch, spatial, channels,
        groups, silu);
}

void px_geglu(const void *x, void *y, px_type type, size_t rows, size_t cols) {
    kernels()->geglu(x, y, type, rows, cols);
}

void px_geglu_backward(const void *x, const void *dy, void *dx, px_type type, size_t rows, size_t cols) {
    kernels()->geglu_backward(x, dy, dx, type, rows, cols);
}

void px_modulate(const void *x, const void *affine, void *y, px_type type, size_t batch, size_t spatial, size_t channels) {
    kernels()->modulate(x, affine, y, type, batch, spatial, channels);
}

void px_modulate_backward(const void *x, const void *affine, const void *dy, void *dx, float *daffine, px_type type,
                          size_t batch, size_t spatial, size_t channels) {
    kernels()->modulate_backward(x, affine, dy, dx, daffine, type, batch, spatial, channels);
}

void px_attention(const px_attention_shape *s, const void *q, const void *k, const void *v, void *o, float *lse) {
    kernels()->attention(s, q, k, v, o, lse);
}

void px_attend(const px_attention_shape *s, const void *q, const void *k, const void *v, void *o) {
    kernels()->attend(s, q, k, v, o);
}

void px_attention_backward(const px_attention_shape *s, const void *q, const void *k, const void *v, const void *o,
                           const void *do_, const float *lse, void *dq, void *dk, void *dv) {
    kernels()->attention_backward(s, q, k, v, o, do_, lse, dq, dk, dv);
}

void px_upsample2(const void *x, void *y, px_type type, size_t batch, size_t height, size_t width, size_t channels) {
    kernels()->upsample2(x, y, type, batch, height, width, channels);
}

void px_upsample2_backward(const void *dy, void *dx, px_type type, size_t batch, size_t height, size_t width,
                           size_t channels) {
    kernels()->upsample2_backward(dy, dx, type, batch, height, width, channels);
}

void px_resize_nearest(const void *x, void *y, px_type type, size_t batch, size_t height, size_t width, size_t channels,
                       size_t out_height, size_t out_width) {
    kernels()->resize_nearest(x, y, type, batch, height, width, channels, out_height, out_width);
}

void px_resize_nearest_backward(const void *dy, void *dx, px_type type, size_t batch, size_t height, size_t width,
                                size_t channels, size_t out_height, size_t out_width) {
    kernels()->resize_nearest_backward(dy, dx, type, batch, height, width, channels, out_height, out_width);
}

void px_average_pool2(const void *x, void *y, px_type type, size_t batch, size_t height, size_t width,
                      size_t channels) {
    kernels()->average_pool2(x, y, type, batch, height, width, channels);
}

void px_average_pool2_backward(const void *dy, void *dx, px_type type, size_t batch, size_t height, size_t width,
                               size_t channels) {
    kernels()->average_pool2_backward(dy, dx, type, batch, height, width, channels);
}

void px_embedding(const void *table, px_type table_type, const int32_t *ids, void *y, px_type y_type, size_t count,
                  size_t width) {
    kernels()->embedding(table, table_type, ids, y, y_type, count, width);
}

void px_embedding_backward(const int32_t *ids, const void *dy, px_type type, float *dtable, size_t count, size_t width,
                           size_t vocabulary) {
    kernels()->embedding_backward(ids, dy, type, dtable, count, width, vocabulary);
}

void px_adamw(float *parameter, float *m, float *v, const float *gradient, size_t n, float rate, float beta1,
              float beta2, float eps, float weight_decay, int64_t step, float gradient_scale) {
    kernels()->adamw(parameter, m, v, gradient, n, rate, beta1, beta2, eps, weight_decay, step, gradient_scale);
}

void px_unpack(px_blocks type, const void *x, float *y, size_t blocks) { kernels()->unpack(type, x, y, blocks); }

void px_ema(float *average, const float *parameter, size_t n, float decay) {
    kernels()->ema(average, parameter, n, decay);
}
