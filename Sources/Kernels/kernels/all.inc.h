// Every kernel, for the instruction set PX_TARGET of the including file.
#include "simd.inc.h"
//
#include "math.inc.h"
//
#include "convert.inc.h"
#include "elementwise.inc.h"
#include "binary.inc.h"
#include "reduce.inc.h"
#include "quantize.inc.h"
#include "winograd.inc.h"
#include "softmax.inc.h"
#include "cross_entropy.inc.h"
#include "layer_norm.inc.h"
#include "group_norm.inc.h"
#include "geglu.inc.h"
#include "modulate.inc.h"
#include "gemm.inc.h"
#include "attention.inc.h"
#include "attention_backward.inc.h"
#include "attend.inc.h"
#include "product.inc.h"
#include "resample.inc.h"
#include "embedding.inc.h"
#include "optimizer.inc.h"
#include "unpack.inc.h"

#define PX_ENTRY(kernel) .kernel = k_##kernel,
