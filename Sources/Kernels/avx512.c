// The kernels for AVX-512 with bf16 dot products.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parallel.h"
#include "table.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define PX_TARGET PX_TARGET_AVX512
#define PX_BF16_DOTS 1
#pragma clang attribute push(__attribute__((target("avx,avx2,fma,f16c,bmi,bmi2,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16"))), apply_to = function)
#include "kernels/all.inc.h"
#pragma clang attribute pop

const px_table px_table_avx512 = {.name = "avx512", PX_KERNEL_LIST(PX_ENTRY)};
#endif
