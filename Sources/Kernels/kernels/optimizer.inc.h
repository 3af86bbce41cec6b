// Updates of parameters.

typedef struct {
    float *parameter, *m, *v;
    const float *gradient;
    float decay, beta1, beta2, eps, step_size, root_correction, gradient_scale;
} adamw_args;

INLINE void adamw_step(const adamw_args *a, size_t i, size_t n) {
    vf g = vload_n(a->gradient, i, n, PX_F32) * a->gradient_scale;
    vf m = vload_n(a->m, i, n, PX_F32), v = vload_n(a->v, i, n, PX_F32);
    m = vfma(g - m, vset(1.0f - a->beta1), m);
    v = vfma(g * g, vset(1.0f - a->beta2), v * a->beta2);
    vf root = vfma(__builtin_elementwise_sqrt(v), vset(a->root_correction), vset(a->eps));
    vf p = vload_n(a->parameter, i, n, PX_F32) * a->decay;
    vstore_n(a->parameter, i, n, p - m * a->step_size / root, PX_F32);
    vstore_n(a->m, i, n, m, PX_F32);
    vstore_n(a->v, i, n, v, PX_F32);
}

static void adamw_body(void *context, size_t begin, size_t end) {
    const adamw_args a = *(const adamw_args *)context;
#define STEP(i, n) adamw_step(&a, i, n)
    FOR_VECTORS(begin, end, STEP);
#undef STEP
}

static void k_adamw(float *parameter, float *m, float *v, const float *gradient, size_t n, float rate, float beta1, float beta2,
                    float eps, float weight_decay, int64_t step, float gradient_scale) {
    double correction1 = 1 - pow((double)beta1, (double)step), correction2 = 1 - pow((double)beta2, (double)step);
    adamw_args a = {parameter, m, v, gradient, 1.0f - rate * weight_decay, beta1, beta2, eps,
                    (float)((double)rate / correction1), (float)(1 / sqrt(correction2)), gradient_scale};
    px_parallel_for(n, PX_GRAIN, adamw_body, &a);
}

typedef struct {
    float *average;
    const float *parameter;
    float decay;
} ema_args;

static void ema_body(void *context, size_t begin, size_t end) {
    const ema_args a = *(const ema_args *)context;
    vf rest = vset(1.0f - a.decay);
#define STEP(i, n)                                                                                  \
    vf old = vload_n(a.average, i, n, PX_F32);                                                      \
    vstore_n(a.average, i, n, vfma(vload_n(a.parameter, i, n, PX_F32) - old, rest, old), PX_F32)
    FOR_VECTORS(begin, end, STEP);
#undef STEP
}

static void k_ema(float *average, const float *parameter, size_t n, float decay) {
    ema_args a = {average, parameter, decay};
    px_parallel_for(n, PX_GRAIN, ema_body, &a);
}
