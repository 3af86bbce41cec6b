#include "COneDNN.h"

#include <dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define V3 (DNNL_VERSION_MAJOR >= 3)

// MARK: Memory descriptors: a struct in oneDNN 2, an opaque handle in oneDNN 3

#if V3
typedef dnnl_memory_desc_t description;
typedef const_dnnl_memory_desc_t borrowed_description;
#define REF(d) (d)
#define BORROW(d) (d)
#else
typedef dnnl_memory_desc_t description;
typedef const dnnl_memory_desc_t *borrowed_description;
#define REF(d) (&(d))
#define BORROW(d) (&(d))
#endif

static _Thread_local char last_error[160];

const char *odn_last_error(void) { return last_error; }

static bool failed(dnnl_status_t status, const char *what) {
    if (status == dnnl_success) return false;
    snprintf(last_error, sizeof last_error, "oneDNN could not %s (status %d)", what, (int)status);
    return true;
}

const char *odn_version(void) {
    static char text[32];
    const dnnl_version_t *v = dnnl_version();
    snprintf(text, sizeof text, "%d.%d.%d", v->major, v->minor, v->patch);
    return text;
}

bool odn_sums_8_bits(void) {
    // Sets of instructions are sets of bits. With AVX2's VNNI alone oneDNN 2.6 cannot write bf16.
    dnnl_cpu_isa_t vnni = dnnl_cpu_isa_avx512_core_vnni;
    return (dnnl_get_effective_cpu_isa() & vnni) == vnni;
}

static dnnl_engine_t engine;
static dnnl_stream_t stream;

static bool start(void) {
    if (stream) return true;
    if (failed(dnnl_engine_create(&engine, dnnl_cpu, 0), "create an engine")) return false;
    return !failed(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags), "create a stream");
}

static dnnl_data_type_t data_type(odn_type t) {
    return t == ODN_BF16 ? dnnl_bf16 : t == ODN_S8 ? dnnl_s8 : dnnl_f32;
}

static bool describe(description *d, int rank, const dnnl_dims_t dims, odn_type type, dnnl_format_tag_t tag) {
#if V3
    dnnl_status_t s = dnnl_memory_desc_create_with_tag(d, rank, dims, data_type(type), tag);
#else
    dnnl_status_t s = dnnl_memory_desc_init_by_tag(d, rank, dims, data_type(type), tag);
#endif
    return !failed(s, "describe a buffer");
}

static void forget(description *d) {
#if V3
    if (*d) dnnl_memory_desc_destroy(*d);
    *d = NULL;
#else
    (void)d;
#endif
}

// MARK: Primitives

enum { FIRST, SECOND, BIAS, OUT, SCRATCH, ARGUMENTS };

struct odn_primitive {
    dnnl_primitive_t primitive;
    dnnl_primitive_desc_t pd;
    int names[ARGUMENTS];              // DNNL_ARG_*, 0 where unused
    dnnl_memory_t memories[ARGUMENTS]; // data handles are set before each execution
    size_t scratch_size, packed_size;
    description plain;                 // of the weights outside
    bool has_plain, packed_is_plain;
    dnnl_memory_t plain_memory, packed_memory;
    dnnl_primitive_t packer, unpacker;
};

void odn_destroy(odn_primitive *p) {
    if (!p) return;
    for (int i = 0; i < ARGUMENTS; i++)
        if (p->memories[i]) dnnl_memory_destroy(p->memories[i]);
    if (p->plain_memory) dnnl_memory_destroy(p->plain_memory);
    if (p->packed_memory) dnnl_memory_destroy(p->packed_memory);
    if (p->packer) dnnl_primitive_destroy(p->packer);
    if (p->unpacker) dnnl_primitive_destroy(p->unpacker);
    if (p->primitive) dnnl_primitive_destroy(p->primitive);
    if (p->pd) dnnl_primitive_desc_destroy(p->pd);
    if (p->has_plain) forget(&p->plain);
    free(p);
}

static borrowed_description query(odn_primitive *p, dnnl_query_t what, int index) {
    return dnnl_primitive_desc_query_md(p->pd, what, index);
}

static bool attach(odn_primitive *p, int slot, int name, dnnl_query_t what, int index) {
    p->names[slot] = name;
    return !failed(dnnl_memory_create(&p->memories[slot], query(p, what, index), engine, DNNL_MEMORY_NONE),
                   "create a buffer");
}

static bool same(borrowed_description a, borrowed_description b) { return dnnl_memory_desc_equal(a, b) != 0; }

/// Takes over `plain` (already described) as the outside form of the weights found at the query.
static bool attach_weights(odn_primitive *p, dnnl_query_t what, int index) {
    p->has_plain = true;
    borrowed_description packed = query(p, what, index);
    p->packed_size = dnnl_memory_desc_get_size(packed);
    p->packed_is_plain = same(packed, BORROW(p->plain));
    if (failed(dnnl_memory_create(&p->plain_memory, BORROW(p->plain), engine, DNNL_MEMORY_NONE), "create a buffer"))
        return false;
    return !failed(dnnl_memory_create(&p->packed_memory, packed, engine, DNNL_MEMORY_NONE), "create a buffer");
}

static dnnl_primitive_attr_t attributes(void) {
    dnnl_primitive_attr_t a = NULL;
    dnnl_primitive_attr_create(&a);
    dnnl_primitive_attr_set_scratchpad_mode(a, dnnl_scratchpad_mode_user);
    return a;
}

static bool finish(odn_primitive *p) {
    if (failed(dnnl_primitive_create(&p->primitive, p->pd), "create a primitive")) return false;
    borrowed_description scratch = query(p, dnnl_query_scratchpad_md, 0);
    p->scratch_size = dnnl_memory_desc_get_size(scratch);
    if (!p->scratch_size) return true;
    p->names[SCRATCH] = DNNL_ARG_SCRATCHPAD;
    return !failed(dnnl_memory_create(&p->memories[SCRATCH], scratch, engine, DNNL_MEMORY_NONE), "create a buffer");
}

// MARK: Convolution

typedef struct {
    description x, w, b, y;
    dnnl_dims_t strides, dilates, before, after;
} convolution_parts;

static bool describe_convolution(const odn_convolution *c, odn_type weights, convolution_parts *d) {
    memset(d, 0, sizeof *d);
    dnnl_dims_t x = {c->batch, c->in_channels, c->in_height, c->in_width};
    dnnl_dims_t w = {c->out_channels, c->in_channels, c->kernel_height, c->kernel_width};
    dnnl_dims_t b = {c->out_channels};
    dnnl_dims_t y = {c->batch, c->out_channels, c->out_height, c->out_width};
    d->strides[0] = d->strides[1] = c->stride;
    d->before[0] = c->pad_top, d->before[1] = c->pad_left;
    d->after[0] = c->pad_bottom, d->after[1] = c->pad_right;
    return describe(&d->x, 4, x, c->type, dnnl_nhwc) && describe(&d->w, 4, w, weights, dnnl_format_tag_any)
        && describe(&d->b, 1, b, ODN_F32, dnnl_a) && describe(&d->y, 4, y, c->out_type, dnnl_nhwc);
}

static void forget_convolution(convolution_parts *d) {
    forget(&d->x), forget(&d->w), forget(&d->b), forget(&d->y);
}

static bool convolution_forward_pd(const odn_convolution *c, convolution_parts *d, dnnl_prop_kind_t kind,
                                   dnnl_primitive_desc_t *pd) {
    dnnl_primitive_attr_t a = attributes();
#if V3
    dnnl_status_t s = dnnl_convolution_forward_primitive_desc_create(
        pd, engine, kind, dnnl_convolution_direct, d->x, d->w, c->bias ? d->b : NULL, d->y, d->strides, d->dilates,
        d->before, d->after, a);
#else
    dnnl_convolution_desc_t desc;
    dnnl_status_t s = dnnl_dilated_convolution_forward_desc_init(
        &desc, kind, dnnl_convolution_direct, &d->x, &d->w, c->bias ? &d->b : NULL, &d->y, d->strides, d->dilates,
        d->before, d->after);
    if (s == dnnl_success) s = dnnl_primitive_desc_create(pd, &desc, a, engine, NULL);
#endif
    dnnl_primitive_attr_destroy(a);
    return !failed(s, "plan a convolution");
}

static bool convolution_pd(const odn_convolution *c, dnnl_prop_kind_t kind, dnnl_primitive_desc_t *pd) {
    convolution_parts d;
    dnnl_primitive_desc_t hint = NULL;
    bool ok = describe_convolution(c, c->type, &d);
    if (kind == dnnl_forward_inference) {
        ok = ok && convolution_forward_pd(c, &d, kind, pd);
        forget_convolution(&d);
        return ok;
    }
    ok = ok && convolution_forward_pd(c, &d, dnnl_forward_training, &hint);
    forget_convolution(&d);
    // Gradients of weights are summed and kept in f32.
    ok = ok && describe_convolution(c, kind == dnnl_backward_weights ? ODN_F32 : c->type, &d);
    if (!ok) return false;
    dnnl_primitive_attr_t a = attributes();
    dnnl_status_t s;
#if V3
    if (kind == dnnl_backward_data)
        s = dnnl_convolution_backward_data_primitive_desc_create(
            pd, engine, dnnl_convolution_direct, d.x, d.w, d.y, d.strides, d.dilates, d.before, d.after, hint, a);
    else
        s = dnnl_convolution_backward_weights_primitive_desc_create(
            pd, engine, dnnl_convolution_direct, d.x, d.w, c->bias ? d.b : NULL, d.y, d.strides, d.dilates, d.before,
            d.after, hint, a);
#else
    dnnl_convolution_desc_t desc;
    if (kind == dnnl_backward_data)
        s = dnnl_dilated_convolution_backward_data_desc_init(&desc, dnnl_convolution_direct, &d.x, &d.w, &d.y,
                                                             d.strides, d.dilates, d.before, d.after);
    else
        s = dnnl_dilated_convolution_backward_weights_desc_init(&desc, dnnl_convolution_direct, &d.x, &d.w,
                                                                c->bias ? &d.b : NULL, &d.y, d.strides, d.dilates,
                                                                d.before, d.after);
    if (s == dnnl_success) s = dnnl_primitive_desc_create(pd, &desc, a, engine, hint);
#endif
    dnnl_primitive_attr_destroy(a);
    dnnl_primitive_desc_destroy(hint);
    forget_convolution(&d);
    return !failed(s, "plan the gradient of a convolution");
}

static odn_primitive *convolution(const odn_convolution *c, dnnl_prop_kind_t kind) {
    if (!start()) return NULL;
    odn_primitive *p = calloc(1, sizeof *p);
    if (!p || !convolution_pd(c, kind, &p->pd)) return odn_destroy(p), NULL;
    dnnl_dims_t w = {c->out_channels, c->in_channels, c->kernel_height, c->kernel_width};
    odn_type plain = kind == dnnl_backward_weights ? ODN_F32 : c->plain_type;
    bool ok = describe(&p->plain, 4, w, plain, dnnl_oihw);
    if (kind == dnnl_forward_inference) {
        ok = ok && attach(p, FIRST, DNNL_ARG_SRC, dnnl_query_src_md, 0)
            && attach(p, SECOND, DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0)
            && (!c->bias || attach(p, BIAS, DNNL_ARG_BIAS, dnnl_query_weights_md, 1))
            && attach(p, OUT, DNNL_ARG_DST, dnnl_query_dst_md, 0) && attach_weights(p, dnnl_query_weights_md, 0);
    } else if (kind == dnnl_backward_data) {
        ok = ok && attach(p, FIRST, DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, 0)
            && attach(p, SECOND, DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0)
            && attach(p, OUT, DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md, 0)
            && attach_weights(p, dnnl_query_weights_md, 0);
    } else {
        ok = ok && attach(p, FIRST, DNNL_ARG_SRC, dnnl_query_src_md, 0)
            && attach(p, SECOND, DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, 0)
            && (!c->bias || attach(p, BIAS, DNNL_ARG_DIFF_BIAS, dnnl_query_diff_weights_md, 1))
            && attach(p, OUT, DNNL_ARG_DIFF_WEIGHTS, dnnl_query_diff_weights_md, 0)
            && attach_weights(p, dnnl_query_diff_weights_md, 0);
    }
    if (!ok || !finish(p)) return odn_destroy(p), NULL;
    return p;
}

odn_primitive *odn_convolution_forward(const odn_convolution *c) { return convolution(c, dnnl_forward_inference); }
odn_primitive *odn_convolution_backward_data(const odn_convolution *c) { return convolution(c, dnnl_backward_data); }
odn_primitive *odn_convolution_backward_weights(const odn_convolution *c) {
    return convolution(c, dnnl_backward_weights);
}

// MARK: Product

static bool product_pd(const odn_product *m, dnnl_primitive_desc_t *pd) {
    bool batched = m->batch > 1;
    int rank = batched ? 3 : 2;
    dnnl_dims_t a3 = {m->batch, m->m, m->k}, b3 = {m->batch, m->k, m->n}, y3 = {m->batch, m->m, m->n};
    dnnl_dims_t bias3 = {1, 1, m->n};
    int skip = batched ? 0 : 1;
    dnnl_format_tag_t rows = batched ? dnnl_abc : dnnl_ab, columns = batched ? dnnl_acb : dnnl_ba;
    description a = {0}, b = {0}, y = {0}, bias = {0};
    bool ok = describe(&a, rank, a3 + skip, m->a_type, m->transpose_a ? columns : rows)
        && describe(&b, rank, b3 + skip, m->b_type,
                    m->pack_b ? dnnl_format_tag_any : m->transpose_b ? columns : rows)
        && describe(&y, rank, y3 + skip, m->out_type, rows)
        && (!m->bias || describe(&bias, rank, bias3 + skip, ODN_F32, rows));
    if (ok) {
        dnnl_primitive_attr_t attr = attributes();
#if V3
        dnnl_status_t s = dnnl_matmul_primitive_desc_create(pd, engine, a, b, m->bias ? bias : NULL, y, attr);
#else
        dnnl_matmul_desc_t desc;
        dnnl_status_t s = dnnl_matmul_desc_init(&desc, &a, &b, m->bias ? &bias : NULL, &y);
        if (s == dnnl_success) s = dnnl_primitive_desc_create(pd, &desc, attr, engine, NULL);
#endif
        dnnl_primitive_attr_destroy(attr);
        ok = !failed(s, "plan a product");
    }
    forget(&a), forget(&b), forget(&y);
    if (m->bias) forget(&bias);
    return ok;
}

odn_primitive *odn_product_create(const odn_product *m) {
    if (!start()) return NULL;
    odn_primitive *p = calloc(1, sizeof *p);
    if (!p || !product_pd(m, &p->pd)) return odn_destroy(p), NULL;
    bool ok = attach(p, FIRST, DNNL_ARG_SRC, dnnl_query_src_md, 0)
        && attach(p, SECOND, DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0)
        && (!m->bias || attach(p, BIAS, DNNL_ARG_BIAS, dnnl_query_weights_md, 1))
        && attach(p, OUT, DNNL_ARG_DST, dnnl_query_dst_md, 0);
    if (ok && m->pack_b) {
        dnnl_dims_t b = {m->k, m->n};
        ok = describe(&p->plain, 2, b, m->plain_type, m->transpose_b ? dnnl_ba : dnnl_ab)
            && attach_weights(p, dnnl_query_weights_md, 0);
    }
    if (!ok || !finish(p)) return odn_destroy(p), NULL;
    return p;
}

// MARK: Packing and execution

size_t odn_scratch_size(const odn_primitive *p) { return p->scratch_size; }
size_t odn_packed_size(const odn_primitive *p) { return p->packed_size; }
bool odn_packed_is_plain(const odn_primitive *p) { return p->packed_is_plain; }

bool odn_same_packing(const odn_primitive *a, const odn_primitive *b) {
    // The plain form counts too: a square matrix and its transpose are packed to the same
    // description.
    borrowed_description x, y;
    return dnnl_memory_get_memory_desc(a->packed_memory, &x) == dnnl_success
        && dnnl_memory_get_memory_desc(b->packed_memory, &y) == dnnl_success && same(x, y)
        && same(BORROW(a->plain), BORROW(b->plain));
}

// FNV-1a over numbers.
static uint64_t mixed(uint64_t hash, const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) hash = (hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3;
    return hash;
}

// Field by field, since what lies between fields is anything. 0 where it cannot be told.
static uint64_t description_hash(borrowed_description d, uint64_t hash) {
    int axes, blocks;
    dnnl_format_kind_t format;
    dnnl_data_type_t type;
    const dnnl_dim_t *dims, *padded, *strides, *sizes, *indices;
#if V3
    const dnnl_dims_t *vectors[5];
    dnnl_query_t names[5] = {dnnl_query_dims, dnnl_query_padded_dims, dnnl_query_strides,
                             dnnl_query_inner_blks, dnnl_query_inner_idxs};
    bool told = dnnl_memory_desc_query(d, dnnl_query_ndims_s32, &axes) == dnnl_success
        && dnnl_memory_desc_query(d, dnnl_query_format_kind, &format) == dnnl_success
        && dnnl_memory_desc_query(d, dnnl_query_data_type, &type) == dnnl_success
        && format == dnnl_blocked
        && dnnl_memory_desc_query(d, dnnl_query_inner_nblks_s32, &blocks) == dnnl_success;
    for (int i = 0; told && i < 5; i++)
        told = dnnl_memory_desc_query(d, names[i], &vectors[i]) == dnnl_success;
    if (!told) return 0;
    dims = *vectors[0], padded = *vectors[1], strides = *vectors[2];
    sizes = *vectors[3], indices = *vectors[4];
#else
    const dnnl_blocking_desc_t *b = &d->format_desc.blocking;
    axes = d->ndims, format = d->format_kind, type = d->data_type, blocks = b->inner_nblks;
    dims = d->dims, padded = d->padded_dims, strides = b->strides;
    sizes = b->inner_blks, indices = b->inner_idxs;
    // Sums that some products want beside the weights are not told apart here.
    if (format != dnnl_blocked || d->extra.flags) return 0;
#endif
    hash = mixed(hash, &axes, sizeof axes), hash = mixed(hash, &type, sizeof type);
    hash = mixed(hash, &blocks, sizeof blocks);
    for (int i = 0; i < axes; i++) {
        dnnl_dim_t axis[] = {dims[i], padded[i], strides[i]};
        hash = mixed(hash, axis, sizeof axis);
    }
    for (int i = 0; i < blocks; i++) {
        dnnl_dim_t block[] = {sizes[i], indices[i]};
        hash = mixed(hash, block, sizeof block);
    }
    return hash;
}

uint64_t odn_packing_hash(const odn_primitive *p) {
    borrowed_description packed;
    if (dnnl_memory_get_memory_desc(p->packed_memory, &packed) != dnnl_success) return 0;
    uint64_t hash = description_hash(packed, 0xcbf29ce484222325);
    return hash ? description_hash(BORROW(p->plain), hash) : 0;
}

static bool reorder(dnnl_primitive_t *cached, dnnl_memory_t from, dnnl_memory_t to) {
    if (!*cached) {
        borrowed_description a, b;
        dnnl_memory_get_memory_desc(from, &a), dnnl_memory_get_memory_desc(to, &b);
        dnnl_primitive_desc_t pd;
        if (failed(dnnl_reorder_primitive_desc_create(&pd, a, engine, b, engine, NULL), "plan a reorder"))
            return false;
        dnnl_status_t s = dnnl_primitive_create(cached, pd);
        dnnl_primitive_desc_destroy(pd);
        if (failed(s, "create a reorder")) return false;
    }
    dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    return !failed(dnnl_primitive_execute(*cached, stream, 2, arguments), "reorder weights");
}

static bool point(dnnl_memory_t m, const void *data) {
    return !failed(dnnl_memory_set_data_handle(m, (void *)data), "use a buffer");
}

int odn_pack(odn_primitive *p, const void *plain, void *packed) {
    bool ok = point(p->plain_memory, plain) && point(p->packed_memory, packed)
        && reorder(&p->packer, p->plain_memory, p->packed_memory);
    return ok ? 0 : -1;
}

int odn_unpack(odn_primitive *p, const void *packed, void *plain) {
    bool ok = point(p->packed_memory, packed) && point(p->plain_memory, plain)
        && reorder(&p->unpacker, p->packed_memory, p->plain_memory);
    return ok ? 0 : -1;
}

int odn_execute(odn_primitive *p, const void *first, const void *second, const void *bias, void *out, void *scratch) {
    const void *pointers[ARGUMENTS] = {first, second, bias, out, scratch};
    dnnl_exec_arg_t arguments[ARGUMENTS];
    int count = 0;
    for (int i = 0; i < ARGUMENTS; i++) {
        if (!p->names[i]) continue;
        if (!point(p->memories[i], pointers[i])) return -1;
        arguments[count++] = (dnnl_exec_arg_t){p->names[i], p->memories[i]};
    }
    return failed(dnnl_primitive_execute(p->primitive, stream, count, arguments), "execute a primitive") ? -1 : 0;
}
