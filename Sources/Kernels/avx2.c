// The kernels for AVX2 with FMA.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parallel.h"
#include "table.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define PX_TARGET PX_TARGET_AVX2
#define PX_BF16_DOTS 0
#pragma clang attribute push(__attribute__((target("avx,avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
#include "kernels/all.inc.h"
#pragma clang attribute pop

const px_table px_table_avx2 = {.name = "avx2", PX_KERNEL_LIST(PX_ENTRY)};
#endif
