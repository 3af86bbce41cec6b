// The kernels for the processor's baseline: SSE2, or NEON.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parallel.h"
#include "table.h"

#define PX_TARGET PX_TARGET_PORTABLE
#define PX_BF16_DOTS 0
#include "kernels/all.inc.h"

const px_table px_table_portable = {.name = "portable", PX_KERNEL_LIST(PX_ENTRY)};
