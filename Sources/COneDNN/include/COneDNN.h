// oneDNN as Pinxit uses it: convolutions, matrix products and packing of weights, with oneDNN 2.6
// and 3.x behind one interface. Descriptors are created differently in the two; everything else is
// the same.
//
// A primitive is created once for its shapes and kept. Executing one is not reentrant: one thread
// owns them all.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { ODN_F32 = 0, ODN_BF16 = 1, ODN_S8 = 2 } odn_type;

typedef struct odn_primitive odn_primitive;

/// "2.6.3": the version of the library that is loaded.
const char *odn_version(void);
/// True if sums of 8-bit products are exact and can be rounded to any type here: with AVX-512's
/// VNNI. Without it oneDNN adds pairs of products in 16 bits, which saturate.
bool odn_sums_8_bits(void);
/// Why the last call on this thread failed.
const char *odn_last_error(void);

/// A 2-D convolution. Pictures are channels last, [batch, height, width, channels]; weights are
/// [out_channels, in_channels, kernel_height, kernel_width] outside and in oneDNN's own order
/// inside.
typedef struct {
    int64_t batch, in_height, in_width, in_channels;
    int64_t out_height, out_width, out_channels;
    int64_t kernel_height, kernel_width, stride;
    int64_t pad_top, pad_left, pad_bottom, pad_right;
    odn_type type;       // of pictures, and of the packed weights; 8-bit integers forward only
    // Of what comes out, `type` but for integers: then their exact sums, rounded to this.
    odn_type out_type;
    odn_type plain_type; // of the weights as they come
    bool bias;           // f32 [out_channels]
} odn_convolution;

odn_primitive *odn_convolution_forward(const odn_convolution *c);
/// Gradient of the input: execute with the output's gradient in place of the input.
odn_primitive *odn_convolution_backward_data(const odn_convolution *c);
/// Gradient of weights (f32, unpacked by odn_unpack) and bias.
odn_primitive *odn_convolution_backward_weights(const odn_convolution *c);

/// out [batch, m, n] = a [batch, m, k] b [batch, k, n] (+ bias [n]); `transpose` means the buffer
/// holds the matrix transposed. With `pack_b`, b is a weight: batch is 1 and b is handed over
/// packed.
typedef struct {
    int64_t batch, m, n, k;
    bool transpose_a, transpose_b, pack_b, bias;
    odn_type a_type, b_type, out_type;
    odn_type plain_type; // of b before packing
} odn_product;

odn_primitive *odn_product_create(const odn_product *p);

void odn_destroy(odn_primitive *p);

/// Bytes of scratch memory an execution needs.
size_t odn_scratch_size(const odn_primitive *p);
/// Bytes of the packed weights.
size_t odn_packed_size(const odn_primitive *p);
/// True if the packed order is the plain one, byte for byte, so that packing can be left out.
bool odn_packed_is_plain(const odn_primitive *p);
/// True if weights packed for one are packed for the other, so that both can use one copy.
bool odn_same_packing(const odn_primitive *a, const odn_primitive *b);
/// Tells packed orders apart: equal for two primitives that can use one copy, also in another
/// process with the same library. 0 where it cannot be told.
uint64_t odn_packing_hash(const odn_primitive *p);
/// Plain weights to packed ones. 0 on success.
int odn_pack(odn_primitive *p, const void *plain, void *packed);
/// Packed gradient of the weights to a plain f32 one. 0 on success.
int odn_unpack(odn_primitive *p, const void *packed, void *plain);

/// Runs the primitive. 0 on success. What the pointers mean:
///   forward            input, packed weights, bias, output
///   backward data      gradient of the output, packed weights, -, gradient of the input
///   backward weights   input, gradient of the output, gradient of the bias (out), packed gradient
///                      of the weights (out)
///   product            a, b, bias, out
int odn_execute(odn_primitive *p, const void *first, const void *second, const void *bias, void *out, void *scratch);

#ifdef __cplusplus
}
#endif
