// The kernels oneDNN lacks or is slow at, on raw buffers, forward beside backward.
//
// Conventions, for every function here:
//  - Buffers are contiguous and row-major unless a stride is passed. Strides and counts are in
//    elements.
//  - `type` is the element type of the activations; arithmetic and statistics are in f32 whatever
//    the type.
//  - Weights, biases, statistics and the gradients of weights are f32.
//  - A gradient is written, not accumulated. Outputs may alias inputs only where it is said.
//  - Work is split over the OpenMP team by fixed rules, so results do not depend on timing.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// PX_S8 is 8-bit levels, which are converted and multiplied, and nothing else.
typedef enum { PX_F32 = 0, PX_BF16 = 1, PX_F16 = 2, PX_S8 = 3 } px_type;

// MARK: Run-time choice of instructions and threads

/// "avx512" (with bf16 dot products), "avx512f" (without), "avx2" or "portable": what the kernels
/// run on. `PINXIT_KERNELS` in the environment forces one.
const char *px_kernels_name(void);
/// Chooses by name for calls from this thread, for tests and comparisons; NULL goes back to what
/// the processor does best. False (and no change) if it cannot run the one named.
bool px_kernels_select(const char *name);
/// True if the processor has AVX-512 with bf16 dot products, and `PINXIT_KERNELS` does not keep it
/// from using them.
bool px_has_bf16(void);
/// True if it has them and they do more in the same time than f32 multiplications, by who made it:
/// AMD's do. `PINXIT_BF16=dots` or `widened` in the environment decides it.
bool px_bf16_dots_pay(void);
/// Whether products of bf16 pay: dot products do, or there are matrix tiles (AMX), which oneDNN
/// uses.
bool px_bf16_pays(void);
/// Decides both for calls from this thread, for tests and comparisons: 1 or 0; -1 goes back to the
/// measurement.
void px_bf16_dots_select(int pay);
/// Threads in the team (OMP_NUM_THREADS or the number of processors the process may use).
int px_thread_count(void);
/// How many threads regions that the calling thread opens have, oneDNN's among them.
void px_set_thread_count(int count);

/// What is called with the bytes that were asked for where the system gives no more memory, before
/// the process ends.
void px_when_exhausted(void (*action)(size_t bytes));
/// Calls body(context, begin, end) on the team, over [0, count) cut in contiguous pieces of at
/// least `grain`.
void px_parallel_for(size_t count, size_t grain, void (*body)(void *context, size_t begin, size_t end), void *context);

// MARK: Conversion

/// Element conversion, round to nearest even, to levels within -127 ... 127. Any pair of types.
void px_convert(const void *x, px_type x_type, void *y, px_type y_type, size_t n);

// MARK: Numbers packed in blocks, as GGUF has them

/// The types of blocks, by ggml's numbers: of 32 numbers each, those with a K of 256.
typedef enum {
    PX_Q4_0 = 2, PX_Q4_1 = 3, PX_Q5_0 = 6, PX_Q5_1 = 7, PX_Q8_0 = 8,
    PX_Q2_K = 10, PX_Q3_K = 11, PX_Q4_K = 12, PX_Q5_K = 13, PX_Q6_K = 14
} px_blocks;
/// The numbers of `blocks` blocks, to the bit those of ggml's own decoders. x need not be aligned.
/// On the calling thread alone, which may be any.
void px_unpack(px_blocks type, const void *x, float *y, size_t blocks);

// MARK: 8-bit levels, symmetric: x is about scale * level, level from -127 to 127

/// Levels of n elements under one scale, which is returned: the largest magnitude is level 127.
float px_quantize(const void *x, px_type type, int8_t *y, size_t n);
/// The same for each row of x [rows, cols]; scales [rows].
void px_quantize_rows(const void *x, px_type type, int8_t *y, float *scales, size_t rows, size_t cols);
/// y [rows, cols] = x * (scales [cols] * factor). y may alias x.
void px_scale_columns(const void *x, const float *scales, float factor, void *y, px_type type, size_t rows, size_t cols);

// MARK: Elementwise (y may alias x)

typedef enum {
    PX_SILU, PX_GELU /* exact, erf */, PX_QUICK_GELU, PX_RELU, PX_SIGMOID, PX_TANH,
    PX_EXP, PX_LOG, PX_SQRT, PX_ABS, PX_SQUARE, PX_RECIPROCAL
} px_unary_op;
void px_unary(px_unary_op op, const void *x, void *y, px_type type, size_t n);
/// dx = dy * op'(x)
void px_unary_backward(px_unary_op op, const void *x, const void *dy, void *dx, px_type type, size_t n);
/// y = min(max(x, low), high)
void px_clamp(const void *x, void *y, px_type type, size_t n, float low, float high);

typedef enum { PX_ADD, PX_SUB, PX_MUL, PX_DIV, PX_MAX, PX_MIN } px_binary_op;
/// y[i...] = a op b over `rank` <= 6 dimensions; a stride of 0 broadcasts. y is contiguous. Fast
/// when the dimensions collapse to same-shape, scalar, trailing-vector ([.., C] op [C]) or middle
/// ([B, S, C] op [B, 1, C]).
void px_binary(px_binary_op op, const void *a, const size_t *a_strides, const void *b, const size_t *b_strides,
               void *y, px_type type, int rank, const size_t *dims);
/// y = alpha a + beta b + gamma; b may be NULL. y may alias a or b.
void px_axpby(float alpha, const void *a, float beta, const void *b, float gamma, void *y, px_type type, size_t n);

// MARK: Reduction

/// x [outer, reduce, inner] -> y [outer, inner] of y_type, summed in f32 and scaled.
void px_sum(const void *x, px_type type, void *y, px_type y_type, size_t outer, size_t reduce, size_t inner, float scale);
/// Sum of squares in double, in a fixed order.
double px_sum_squares(const void *x, px_type type, size_t n);
/// Index of the first NaN or infinity, or -1.
ptrdiff_t px_first_nonfinite(const void *x, px_type type, size_t n);

// MARK: Products in f32 arithmetic, whatever the storage

/// Columns that lie together in a packed matrix.
enum { PX_PANEL = 32 };

/// How the rows of a convolution's product are read from x
/// [batch, in_height, in_width, in_channels]: row r is the window of output r, and its places are
/// [kernel_height, kernel_width, in_channels].
typedef struct {
    size_t in_height, in_width, in_channels, out_height, out_width, kernel_height, kernel_width, stride, top, left;
} px_window;

/// y [batch, rows, columns] = a [batch, rows, depth] b [batch, depth, columns]. With a window,
/// which takes a batch of one, a is the picture that its rows are read from. a and b may be levels,
/// whose sums are exact up to 2^24.
typedef struct {
    size_t batch, rows, columns, depth;
    px_type a_type, b_type, y_type;
    const px_window *window;
} px_product_shape;

/// Brings w, [depth, columns] or transposed [columns, depth], into panels: packed
/// [ceil(columns / PX_PANEL), depth, PX_PANEL].
void px_product_pack(const void *w, px_type type, bool transposed, size_t columns, size_t depth, void *packed, px_type packed_type);
/// y = a b + bias, each b packed. bias [columns] or NULL.
void px_product(const px_product_shape *s, const void *a, const void *packed, const float *bias, void *y);

// MARK: Softmax over the last dimension, [rows, cols]

void px_softmax(const void *x, void *y, px_type type, size_t rows, size_t cols);
void px_softmax_backward(const void *y, const void *dy, void *dx, px_type type, size_t rows, size_t cols);
void px_log_softmax(const void *x, void *y, px_type type, size_t rows, size_t cols);
void px_log_softmax_backward(const void *y, const void *dy, void *dx, px_type type, size_t rows, size_t cols);

/// loss [rows] = log sum exp x - x at the row's class, each class below cols; lse [rows]: log sum
/// exp, kept for backward.
void px_cross_entropy(const void *x, const int32_t *classes, float *loss, float *lse, px_type type, size_t rows,
                      size_t cols);
void px_cross_entropy_backward(const void *x, const int32_t *classes, const float *lse, const float *dy, void *dx,
                               px_type type, size_t rows, size_t cols);

// MARK: Normalisation

/// x [rows, cols]; gamma, beta [cols] or NULL; mean, rstd [rows] or NULL when nothing is kept for
/// backward.
void px_layer_norm(const void *x, const float *gamma, const float *beta, void *y, float *mean, float *rstd,
                   px_type type, size_t rows, size_t cols, float eps);
/// dgamma, dbeta may be NULL.
void px_layer_norm_backward(const void *x, const void *dy, const float *gamma, const float *mean, const float *rstd,
                            void *dx, float *dgamma, float *dbeta, px_type type, size_t rows, size_t cols);
/// x [batch, spatial, channels] (channels last), channels divided in `groups`;
/// y = silu?(gamma x^ + beta). mean, rstd [batch, groups] or NULL.
void px_group_norm(const void *x, const float *gamma, const float *beta, void *y, float *mean, float *rstd,
                   px_type type, size_t batch, size_t spatial, size_t channels, size_t groups, float eps, bool silu);
/// The mean of every channel of x [rows, channels], then its sum of squared deviations:
/// moments [2, channels].
void px_channel_moments(const void *x, px_type type, size_t rows, size_t channels, double *moments);
/// y [rows, channels] = silu?(scale x + shift), scale_shift [2, channels]: group normalisation with
/// known statistics.
void px_scale_shift(const void *x, const float *scale_shift, void *y, px_type type, size_t rows, size_t channels, bool silu);
/// dy is the gradient of the output after the SiLU, if there was one. dgamma, dbeta may be NULL.
void px_group_norm_backward(const void *x, const void *dy, const float *gamma, const float *beta, const float *mean,
                            const float *rstd, void *dx, float *dgamma, float *dbeta, px_type type, size_t batch,
                            size_t spatial, size_t channels, size_t groups, bool silu);

// MARK: Gated GELU: x [rows, 2 cols] -> y [rows, cols] = x[:, :cols] * gelu_erf(x[:, cols:])

void px_geglu(const void *x, void *y, px_type type, size_t rows, size_t cols);
void px_geglu_backward(const void *x, const void *dy, void *dx, px_type type, size_t rows, size_t cols);

// MARK: Affine modulation: silu((1 + affine0) x + affine1)
//
// x [batch, spatial, channels], affine [batch, 2, channels]

void px_modulate(const void *x, const void *affine, void *y, px_type type, size_t batch, size_t spatial, size_t channels);
void px_modulate_backward(const void *x, const void *affine, const void *dy, void *dx, float *daffine, px_type type,
                          size_t batch, size_t spatial, size_t channels);

// MARK: Attention: softmax(scale q k^T [+ causal mask]) v, holding a block of scores at most

/// Element (batch b, row t, head h, feature d) of q lies at
/// b * q_batch + t * q_row + h * head_size + d; likewise for k, v (which share strides) and the
/// output, so heads need no transpose and q, k, v may lie in one packed buffer. head_size: any from
/// 1 to 512.
typedef struct {
    px_type type;
    size_t batch, heads, head_size, q_length, k_length;
    size_t q_batch, q_row, k_batch, k_row, v_batch, v_row, o_batch, o_row;
    float scale;
    bool causal;  // row t sees keys 0...t
} px_attention_shape;
/// lse [batch, heads, q_length]: log-sum-exp of the scaled scores, kept for backward, or NULL.
void px_attention(const px_attention_shape *s, const void *q, const void *k, const void *v, void *o, float *lse);
/// The same for q_length 1 and few keys, as when one token is drawn after the other.
void px_attend(const px_attention_shape *s, const void *q, const void *k, const void *v, void *o);
/// dq, dk, dv have the strides of q, k, v; do_ those of o.
void px_attention_backward(const px_attention_shape *s, const void *q, const void *k, const void *v, const void *o,
                           const void *do_, const float *lse, void *dq, void *dk, void *dv);

// MARK: Resampling, channels last

/// x [batch, height, width, channels] -> y [batch, 2 height, 2 width, channels], nearest neighbour.
void px_upsample2(const void *x, void *y, px_type type, size_t batch, size_t height, size_t width, size_t channels);
void px_upsample2_backward(const void *dy, void *dx, px_type type, size_t batch, size_t height, size_t width, size_t channels);
/// x [batch, height, width, channels] -> y [batch, out_height, out_width, channels]; torch's
/// `nearest`: floor(i * in / out).
void px_resize_nearest(const void *x, void *y, px_type type, size_t batch, size_t height, size_t width,
                       size_t channels, size_t out_height, size_t out_width);
void px_resize_nearest_backward(const void *dy, void *dx, px_type type, size_t batch, size_t height, size_t width,
                                size_t channels, size_t out_height, size_t out_width);
/// 2x2 average, stride 2; height and width even.
void px_average_pool2(const void *x, void *y, px_type type, size_t batch, size_t height, size_t width, size_t channels);
void px_average_pool2_backward(const void *dy, void *dx, px_type type, size_t batch, size_t height, size_t width, size_t channels);

// MARK: Movement of elements

/// y = x with its dimensions permuted: y's dimension i is x's dimension permutation[i]. rank <= 6.
void px_permute(const void *x, void *y, size_t element_size, int rank, const size_t *dims, const int *permutation);
/// Copies `rows` rows of `row_bytes` bytes between buffers with row strides in bytes
/// (concatenation, slices, padding).
void px_copy_rows(const void *x, size_t x_stride, void *y, size_t y_stride, size_t rows, size_t row_bytes);

// MARK: Winograd's 3x3 convolutions of stride 1, by tiles of 2x2 or 4x4 outputs in reading order

/// Pictures in, [batch, in_height, in_width, in_channels] with `top` rows and `left` columns of
/// zeros before them, and out. `tile` outputs along an edge at once, 2 or 4, from tile + 2 inputs;
/// the square of those is how many places a tile has.
typedef struct {
    size_t tile;
    px_type type, place_type;
    size_t in_height, in_width, in_channels, out_height, out_width, out_channels, top, left;
} px_winograd;

/// Tiles first ..< first + tiles of x, each at its transformed places:
/// v [places, tiles, in_channels] of place_type.
void px_winograd_input(const px_winograd *size, const void *x, size_t first, size_t tiles, void *v);
/// The outputs y of those tiles from their products m [places, tiles, out_channels]. bias
/// [out_channels] or NULL.
void px_winograd_output(const px_winograd *size, const float *m, const float *bias, size_t first, size_t tiles, void *y);
/// Filters w [filters, 3, 3] at their transformed places: u [places, filters] of `type`.
void px_winograd_filter(size_t tile, const void *w, px_type w_type, size_t filters, void *u, px_type type);
/// Gradients of output tiles dy to places d [places, tiles, out_channels] of place_type,
/// d_k = A dy At: the output transform's adjoint.
void px_winograd_spread(const px_winograd *size, const void *dy, size_t first, size_t tiles, void *d);
/// Gradients of filters dw [filters, 3, 3] from those of their places du [places, filters]:
/// dw = Gt du G.
void px_winograd_filter_gradient(size_t tile, const float *du, size_t filters, float *dw);

// MARK: Digests

/// Takes `blocks` blocks of 64 bytes into the state of SHA-256 (FIPS 180-4). `plain` is for tests:
/// without the processor's own instructions. On the calling thread alone, which may be any.
void px_sha256(uint32_t state[8], const void *data, size_t blocks, bool plain);

// MARK: Embedding

/// y [count, width] of y_type = table[ids[i]], table [vocabulary, width] of table_type. Ids are
/// checked by the caller.
void px_embedding(const void *table, px_type table_type, const int32_t *ids, void *y, px_type y_type, size_t count, size_t width);
/// dtable [vocabulary, width] f32, zeroed here, then summed over ids in order.
void px_embedding_backward(const int32_t *ids, const void *dy, px_type type, float *dtable, size_t count, size_t width, size_t vocabulary);

// MARK: Optimiser updates

/// AdamW (Loshchilov & Hutter 2019) as torch.optim.AdamW computes it; gradient is multiplied by
/// gradient_scale first. step counts from 1.
void px_adamw(float *parameter, float *m, float *v, const float *gradient, size_t n, float rate, float beta1,
              float beta2, float eps, float weight_decay, int64_t step, float gradient_scale);
/// average = decay * average + (1 - decay) * parameter
void px_ema(float *average, const float *parameter, size_t n, float decay);

#ifdef __cplusplus
}
#endif
