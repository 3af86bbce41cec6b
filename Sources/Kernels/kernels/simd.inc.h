// Vectors of f32, `VL` lanes, over clang's vector extension; loads and stores of every element
// type. Every function takes the type as an argument that is a constant after inlining. Included
// once per instruction set.

#if PX_TARGET == PX_TARGET_AVX512
#define VL 16
#elif PX_TARGET == PX_TARGET_AVX2
#define VL 8
#else
#define VL 4
#endif

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float vf __attribute__((ext_vector_type(VL)));
typedef int32_t vi __attribute__((ext_vector_type(VL)));
typedef uint32_t vu __attribute__((ext_vector_type(VL)));
typedef uint16_t vh __attribute__((ext_vector_type(VL)));
typedef double vd __attribute__((ext_vector_type(VL)));
typedef int8_t vb __attribute__((ext_vector_type(VL)));

INLINE size_t type_size(px_type t) { return t == PX_F32 ? 4 : t == PX_S8 ? 1 : 2; }
INLINE size_t min_size(size_t a, size_t b) { return a < b ? a : b; }
INLINE size_t max_size(size_t a, size_t b) { return a > b ? a : b; }
INLINE size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }
INLINE void *offset(const void *p, size_t elements, px_type t) { return (char *)p + elements * type_size(t); }

INLINE vf vset(float x) { return (vf)x; }
INLINE vf vmax(vf a, vf b) { return a > b ? a : b; }
INLINE vf vmin(vf a, vf b) { return a < b ? a : b; }
INLINE vf vbits(vi x) { return (vf)x; }
INLINE vi vint(vf x) { return (vi)x; }
/// a * b + c, fused where the processor can.
INLINE vf vfma(vf a, vf b, vf c) { return a * b + c; }
INLINE vf vabs(vf x) { return vbits(vint(x) & 0x7fffffff); }
/// The nearest whole number, for magnitudes below 2^22.
INLINE vf vnearest(vf x) { return (x + 12582912.0f) - 12582912.0f; }

typedef float quarter __attribute__((ext_vector_type(4)));

#if VL == 16
typedef float half __attribute__((ext_vector_type(8)));
#endif

INLINE float vsum(vf v) {
#if VL == 16
    half h = v.lo + v.hi;
    quarter s = h.lo + h.hi;
#elif VL == 8
    quarter s = v.lo + v.hi;
#else
    quarter s = v;
#endif
    return (s[0] + s[2]) + (s[1] + s[3]);
}

INLINE float vlargest(vf v) {
#if VL == 16
    half h = v.lo > v.hi ? v.lo : v.hi;
    quarter s = h.lo > h.hi ? h.lo : h.hi;
#elif VL == 8
    quarter s = v.lo > v.hi ? v.lo : v.hi;
#else
    quarter s = v;
#endif
    float a = s[0] > s[2] ? s[0] : s[2], b = s[1] > s[3] ? s[1] : s[3];
    return a > b ? a : b;
}

// MARK: 16-bit types

INLINE vf from_bf16(vh h) { return vbits((vi)(__builtin_convertvector(h, vu) << 16)); }

INLINE vh to_bf16(vf x) {
#if PX_BF16_DOTS
    return (vh)_mm512_cvtneps_pbh((__m512)x);
#else
    vu u = (vu)x;
    vu rounded = (u + 0x7fff + ((u >> 16) & 1)) >> 16;
    vu quiet = (u >> 16) | 0x40;
    return __builtin_convertvector(x == x ? rounded : quiet, vh);
#endif
}

#if PX_TARGET != PX_TARGET_PORTABLE || defined(__aarch64__)
typedef _Float16 vf16 __attribute__((ext_vector_type(VL)));
INLINE vf from_f16(vh h) { return __builtin_convertvector((vf16)h, vf); }
INLINE vh to_f16(vf x) { return (vh)__builtin_convertvector(x, vf16); }
#else
// By integer arithmetic, since the baseline has no instruction for it.
INLINE vf from_f16(vh h) {
    vu u = __builtin_convertvector(h, vu);
    vu sign = (u & 0x8000) << 16;
    vf magnitude = (vf)((u & 0x7fff) << 13) * 0x1p112f;
    vu special = (vu)magnitude | 0x7f800000;
    return (vf)(sign | ((u & 0x7c00) == 0x7c00 ? special : (vu)magnitude));
}
INLINE vh to_f16(vf x) {
    vu u = (vu)x, sign = (u >> 16) & 0x8000, a = u & 0x7fffffff;
    vu normal = (a - 0x38000000 + 0xfff + ((a >> 13) & 1)) >> 13;
    // The addition rounds at the last bit of a subnormal.
    vu small = (vu)((vf)a + 0.5f) - 0x3f000000;
    vu r = a < 0x38800000 ? small : normal;
    r = a >= 0x477ff000 ? (vu)0x7c00 : r;
    r = a > 0x7f800000 ? (vu)0x7e00 : r;
    return __builtin_convertvector(sign | r, vh);
}
#endif

// MARK: 8-bit levels

INLINE vf from_levels(vb b) { return __builtin_convertvector(b, vf); }

INLINE vb to_levels(vf x) {
    vf level = vnearest(vmax(vmin(x, vset(127.0f)), vset(-127.0f)));
    return __builtin_convertvector(__builtin_convertvector(level, vi), vb);
}

// MARK: Loads and stores

INLINE vf vload32(const float *p) {
    vf v;
    memcpy(&v, p, sizeof v);
    return v;
}
INLINE void vstore32(float *p, vf v) { memcpy(p, &v, sizeof v); }

INLINE vf vload(const void *p, size_t i, px_type t) {
    if (t == PX_F32) return vload32((const float *)p + i);
    if (t == PX_S8) {
        vb b;
        memcpy(&b, (const int8_t *)p + i, sizeof b);
        return from_levels(b);
    }
    vh h;
    memcpy(&h, (const uint16_t *)p + i, sizeof h);
    return t == PX_BF16 ? from_bf16(h) : from_f16(h);
}

INLINE void vstore(void *p, size_t i, vf v, px_type t) {
    if (t == PX_F32) {
        vstore32((float *)p + i, v);
        return;
    }
    if (t == PX_S8) {
        vb b = to_levels(v);
        memcpy((int8_t *)p + i, &b, sizeof b);
        return;
    }
    vh h = t == PX_BF16 ? to_bf16(v) : to_f16(v);
    memcpy((uint16_t *)p + i, &h, sizeof h);
}

/// The first n lanes from memory, the others 0.
INLINE vf vload_n(const void *p, size_t i, size_t n, px_type t) {
    if (n >= VL) return vload(p, i, t);
#if PX_TARGET == PX_TARGET_AVX512
    __mmask16 mask = (__mmask16)((1u << n) - 1);
    if (t == PX_F32) return (vf)_mm512_maskz_loadu_ps(mask, (const float *)p + i);
    if (t == PX_S8) return from_levels((vb)_mm_maskz_loadu_epi8(mask, (const int8_t *)p + i));
    vh h = (vh)_mm256_maskz_loadu_epi16(mask, (const uint16_t *)p + i);
    return t == PX_BF16 ? from_bf16(h) : from_f16(h);
#else
    uint32_t lanes[VL] = {0};
    char *to = (char *)lanes;
    for (size_t k = 0; k < n; k++) memcpy(to + k * type_size(t), (const char *)p + (i + k) * type_size(t), type_size(t));
    return vload(lanes, 0, t);
#endif
}

/// Stores the first n lanes.
INLINE void vstore_n(void *p, size_t i, size_t n, vf v, px_type t) {
    if (n >= VL) {
        vstore(p, i, v, t);
        return;
    }
#if PX_TARGET == PX_TARGET_AVX512
    __mmask16 mask = (__mmask16)((1u << n) - 1);
    if (t == PX_F32) {
        _mm512_mask_storeu_ps((float *)p + i, mask, (__m512)v);
        return;
    }
    if (t == PX_S8) {
        _mm_mask_storeu_epi8((int8_t *)p + i, mask, (__m128i)to_levels(v));
        return;
    }
    vh h = t == PX_BF16 ? to_bf16(v) : to_f16(v);
    _mm256_mask_storeu_epi16((uint16_t *)p + i, mask, (__m256i)h);
#else
    uint32_t lanes[VL];
    vstore(lanes, 0, v, t);
    const char *from = (const char *)lanes;
    for (size_t k = 0; k < n; k++) memcpy((char *)p + (i + k) * type_size(t), from + k * type_size(t), type_size(t));
#endif
}

/// Lanes n and beyond replaced by `other`.
INLINE vf vfirst_n(vf v, size_t n, float other) {
    if (n >= VL) return v;
    vi lane;
    UNROLL for (int i = 0; i < VL; i++) lane[i] = i;
    return lane < (int32_t)n ? v : vset(other);
}

/// One element.
INLINE float load1(const void *p, size_t i, px_type t) {
    if (t == PX_F32) return ((const float *)p)[i];
    return vload_n(p, i, 1, t)[0];
}
INLINE void store1(void *p, size_t i, float x, px_type t) {
    if (t == PX_F32)
        ((float *)p)[i] = x;
    else
        vstore_n(p, i, 1, vset(x), t);
}

/// The first n 16-bit elements, the others 0.
INLINE vh vload16_n(const uint16_t *p, size_t n) {
#if PX_TARGET == PX_TARGET_AVX512
    return (vh)_mm256_maskz_loadu_epi16((__mmask16)(n >= VL ? 0xffff : (1u << n) - 1), p);
#else
    vh h = (vh)(uint16_t)0;
    for (size_t k = 0; k < n && k < VL; k++) h[k] = p[k];
    return h;
#endif
}

#if VL == 16
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif VL == 8
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#endif

/// Transposes VL vectors: interleaving the halves log2(VL) times.
INLINE void vtranspose(vf v[VL]) {
    UNROLL for (int stage = 1; stage < VL; stage *= 2) {
        vf w[VL];
        UNROLL for (int i = 0; i < VL / 2; i++) {
            w[2 * i] = INTERLEAVE_LOW(v[i], v[i + VL / 2]);
            w[2 * i + 1] = INTERLEAVE_HIGH(v[i], v[i + VL / 2]);
        }
        UNROLL for (int i = 0; i < VL; i++) v[i] = w[i];
    }
}

/// `STEP(i, n)` for every vector of [begin, end): n is VL, at last what remains.
#define FOR_VECTORS(begin, end, STEP)                          \
    do {                                                       \
        size_t i_ = (begin), end_ = (end);                     \
        for (; i_ + VL <= end_; i_ += VL) { STEP(i_, VL); }    \
        if (i_ < end_) { STEP(i_, end_ - i_); }                \
    } while (0)

/// Runs `call` with T a constant equal to `type`, so that each type gets a loop of its own.
#define BY_TYPE(type, call)                                             \
    switch (type) {                                                     \
        case PX_F32: { enum { T = PX_F32 }; call; break; }              \
        case PX_BF16: { enum { T = PX_BF16 }; call; break; }            \
        case PX_F16: { enum { T = PX_F16 }; call; break; }              \
        case PX_S8: __builtin_trap();                                   \
    }

/// The same where levels may come too.
#define BY_STORED_TYPE(type, call)                                      \
    do {                                                                \
        if ((type) == PX_S8) { enum { T = PX_S8 }; call; }              \
        else BY_TYPE(type, call)                                        \
    } while (0)
