// The kernels for AVX-512 without bf16 dot products: servers before Cooper Lake, and Ice Lake.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parallel.h"
#include "table.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define PX_TARGET PX_TARGET_AVX512
#define PX_BF16_DOTS 0
#pragma clang attribute push(__attribute__((target("avx,avx2,fma,f16c,bmi,bmi2,avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)
#include "kernels/all.inc.h"
#pragma clang attribute pop

const px_table px_table_avx512f = {.name = "avx512f", PX_KERNEL_LIST(PX_ENTRY)};
#endif
