// Vectorised elementary functions, within a few units in the last place of f32.

/// 2^x after x has been split into whole part and fraction; `n` holds the whole part.
INLINE vf vscale2(vf p, vf n) {
#if PX_TARGET == PX_TARGET_AVX512
    return (vf)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
    // Two factors, so that subnormal results and the last binade below infinity come out.
    vi k = vint(n + 12582912.0f) - 0x4b400000, half = k >> 1;
    return p * vbits((half + 127) << 23) * vbits((k - half + 127) << 23);
#endif
}

/// e^x: the polynomial of Cephes' expf on [-ln2/2, ln2/2].
INLINE vf vexp(vf x) {
    x = x > 89.0f ? vset(89.0f) : x;
    x = x < -104.0f ? vset(-104.0f) : x;
    vf n = vnearest(x * 1.44269504088896341f);
    vf r = vfma(n, vset(-0.693359375f), x);
    r = vfma(n, vset(2.12194440e-4f), r);
    vf p = vset(1.9875691500e-4f);
    p = vfma(p, r, vset(1.3981999507e-3f));
    p = vfma(p, r, vset(8.3334519073e-3f));
    p = vfma(p, r, vset(4.1665795894e-2f));
    p = vfma(p, r, vset(1.6666665459e-1f));
    p = vfma(p, r, vset(5.0000001201e-1f));
    return vscale2(vfma(p, r * r, r + 1.0f), n);
}

#define LOG2E 1.44269504088896341f
#define LN2 0.693147180559945309f

// The functions below take the element type `t` their result is stored as: 16-bit types get shorter
// polynomials.

/// 2^x by a minimax polynomial of the fraction: relative error below 2e-7, or 3e-6 for 16-bit
/// types.
INLINE vf vexp2(vf x, px_type t) {
#if PX_TARGET == PX_TARGET_AVX512
    vf r = (vf)_mm512_reduce_ps((__m512)x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
#else
    x = x > 129.0f ? vset(129.0f) : x;
    x = x < -150.0f ? vset(-150.0f) : x;
    vf n = vnearest(x - 0.5f), r = x - n;
#endif
    vf p;
    if (t == PX_F32) {
        p = vfma(r, vset(0.00021702255f), vset(0.0012439688f));
        p = vfma(p, r, vset(0.009678841f));
        p = vfma(p, r, vset(0.05548334f));
        p = vfma(p, r, vset(0.24022983f));
        p = vfma(p, r, vset(0.693147f));
        p = vfma(p, r, vset(1.0f));
    } else {
        p = vfma(r, vset(0.0134266885f), vset(0.052242465f));
        p = vfma(p, r, vset(0.24128021f));
        p = vfma(p, r, vset(0.69304484f));
        p = vfma(p, r, vset(1.0f));
    }
#if PX_TARGET == PX_TARGET_AVX512
    return (vf)_mm512_scalef_ps((__m512)p, (__m512)x);  // scalef takes the floor of x itself
#else
    return vscale2(p, n);
#endif
}

#if PX_TARGET == PX_TARGET_AVX512
/// 2^x to 8e-5: for weights that are rounded to 16 bits.
INLINE vf vexp2_rough(vf x) {
    vf r = (vf)_mm512_reduce_ps((__m512)x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    vf p = vfma(r, vset(0.07802453f), vset(0.22606714f));
    p = vfma(p, r, vset(0.69583356f));
    p = vfma(p, r, vset(0.9999252f));
    return (vf)_mm512_scalef_ps((__m512)p, (__m512)x);
}
#endif

/// 1 / x for finite x.
INLINE vf vreciprocal(vf x, px_type t) {
#if PX_TARGET == PX_TARGET_AVX512
    vf r = (vf)_mm512_rcp14_ps((__m512)x);
    return t == PX_F32 ? r * (2.0f - x * r) : r;
#else
    (void)t;
    return 1.0f / x;
#endif
}

INLINE vf vsigmoid(vf x, px_type t) {
    vf y = x * -LOG2E;
    return vreciprocal(1.0f + vexp2(y > 126.0f ? vset(126.0f) : y, t), t);
}

/// erf by the rational minimax approximation that Eigen and XLA use, absolute error below 3e-7.
INLINE vf verf(vf x, px_type t) {
    x = x > 4.0f ? vset(4.0f) : x;
    x = x < -4.0f ? vset(-4.0f) : x;
    vf s = x * x;
    vf p = vset(-2.72614225801306e-10f);
    p = vfma(p, s, vset(2.77068142495902e-08f));
    p = vfma(p, s, vset(-2.10102402082508e-06f));
    p = vfma(p, s, vset(-5.69250639462346e-05f));
    p = vfma(p, s, vset(-7.34990630326855e-04f));
    p = vfma(p, s, vset(-2.95459980854025e-03f));
    p = vfma(p, s, vset(-1.60960333262415e-02f));
    vf q = vset(-1.45660718464996e-05f);
    q = vfma(q, s, vset(-2.13374055278905e-04f));
    q = vfma(q, s, vset(-1.68282697438203e-03f));
    q = vfma(q, s, vset(-7.37332916720468e-03f));
    q = vfma(q, s, vset(-1.42647390514189e-02f));
    return t == PX_F32 ? x * p / q : x * p * vreciprocal(q, t);
}

/// tanh by the rational minimax approximation that Eigen uses.
INLINE vf vtanh(vf x, px_type t) {
    x = x > 7.90531110763549805f ? vset(7.90531110763549805f) : x;
    x = x < -7.90531110763549805f ? vset(-7.90531110763549805f) : x;
    vf s = x * x;
    vf p = vset(-2.76076847742355e-16f);
    p = vfma(p, s, vset(2.00018790482477e-13f));
    p = vfma(p, s, vset(-8.60467152213735e-11f));
    p = vfma(p, s, vset(5.12229709037114e-08f));
    p = vfma(p, s, vset(1.48572235717979e-05f));
    p = vfma(p, s, vset(6.37261928875436e-04f));
    p = vfma(p, s, vset(4.89352455891786e-03f));
    vf q = vset(1.19825839466702e-06f);
    q = vfma(q, s, vset(1.18534705686654e-04f));
    q = vfma(q, s, vset(2.26843463243900e-03f));
    q = vfma(q, s, vset(4.89352518554385e-03f));
    return t == PX_F32 ? x * p / q : x * p * vreciprocal(q, t);
}

/// Natural logarithm: the polynomial of Cephes' logf.
INLINE vf vlog(vf x) {
    vi tiny = x < 1.17549435e-38f;
    vf scaled = tiny ? x * 8388608.0f : x;
    vi bits = vint(scaled);
    vi exponent = ((bits >> 23) & 0xff) - 126;
    vf m = vbits((bits & 0x007fffff) | 0x3f000000);
    vi low = m < 0.707106781186547524f;
    exponent = exponent + low - (tiny & 23);  // a true lane is -1
    vf f = (low ? m + m : m) - 1.0f;
    vf e = __builtin_convertvector(exponent, vf), s = f * f;
    vf p = vset(7.0376836292e-2f);
    p = vfma(p, f, vset(-1.1514610310e-1f));
    p = vfma(p, f, vset(1.1676998740e-1f));
    p = vfma(p, f, vset(-1.2420140846e-1f));
    p = vfma(p, f, vset(1.4249322787e-1f));
    p = vfma(p, f, vset(-1.6668057665e-1f));
    p = vfma(p, f, vset(2.0000714765e-1f));
    p = vfma(p, f, vset(-2.4999993993e-1f));
    p = vfma(p, f, vset(3.3333331174e-1f));
    vf y = vfma(e, vset(-2.12194440e-4f), p * f * s);
    y = vfma(e, vset(0.693359375f), f + vfma(s, vset(-0.5f), y));
    y = x == __builtin_inff() ? x : y;
    y = x == 0.0f ? vset(-__builtin_inff()) : y;
    return x < 0.0f || x != x ? vset(__builtin_nanf("")) : y;
}

#define INV_SQRT2 0.70710678118654752f
#define INV_SQRT_2PI 0.39894228040143268f

/// The normal distribution function, and its density.
INLINE vf vnormal(vf x, px_type t) { return vfma(verf(x * INV_SQRT2, t), vset(0.5f), vset(0.5f)); }
INLINE vf vdensity(vf x, px_type t) { return vexp2(x * x * (-0.5f * LOG2E), t) * INV_SQRT_2PI; }
/// d/dx of x * normal(x)
INLINE vf vgelu_slope(vf x, px_type t) { return vfma(x, vdensity(x, t), vnormal(x, t)); }
/// d/dx of x * sigmoid(x)
INLINE vf vsilu_slope(vf x, px_type t) {
    vf s = vsigmoid(x, t);
    return s * vfma(x, 1.0f - s, vset(1.0f));
}

/// d/dx of sigmoid(x), without the cancellation of s (1 - s).
INLINE vf vsigmoid_slope(vf x, px_type t) {
    vf e = vexp2(vabs(x) * -LOG2E, t), r = vreciprocal(1.0f + e, t);
    return e * r * r;
}
