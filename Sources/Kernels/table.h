// One table of kernels per instruction set.
#pragma once
#include "include/Kernels.h"

#define PX_KERNEL_LIST(X)                                                                                       \
    X(convert) X(unary) X(unary_backward) X(clamp) X(binary) X(axpby) X(sum) X(sum_squares) X(first_nonfinite)  \
    X(softmax) X(softmax_backward) X(log_softmax) X(log_softmax_backward) X(layer_norm) X(layer_norm_backward)  \
    X(group_norm) X(group_norm_backward) X(geglu) X(geglu_backward) X(modulate) X(modulate_backward) X(attention) X(attention_backward)          \
    X(upsample2) X(upsample2_backward) X(resize_nearest) X(resize_nearest_backward) X(average_pool2)            \
    X(average_pool2_backward) X(embedding) X(embedding_backward) X(adamw) X(ema)                           \
    X(quantize) X(quantize_rows) X(scale_columns) X(channel_moments) X(scale_shift)                   \
    X(winograd_input) X(winograd_output) X(winograd_filter) X(winograd_spread) X(winograd_filter_gradient)       \
    X(cross_entropy) X(cross_entropy_backward) X(attend) X(product) X(product_pack)     \
    X(unpack)

typedef struct {
    const char *name;
#define X(kernel) __typeof__(px_##kernel) *kernel;
    PX_KERNEL_LIST(X)
#undef X
} px_table;

extern const px_table px_table_portable;
#if defined(__x86_64__)
extern const px_table px_table_avx2, px_table_avx512f, px_table_avx512;
#endif

#define PX_TARGET_PORTABLE 0
#define PX_TARGET_AVX2 1
#define PX_TARGET_AVX512 2
// Beside it PX_BF16_DOTS says whether there are dot products of bf16 pairs.
