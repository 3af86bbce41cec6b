// GGUF's blocks of packed numbers to f32, by the operations of ggml's own decoders in their order:
// products and sums are not fused. Plain loops, which the compiler makes vectors of. They stay on
// the calling thread.

INLINE float half_at(const uint8_t *p) {
    uint16_t h;
    memcpy(&h, p, sizeof h);
    uint32_t bits = (uint32_t)(h & 0x7fff) << 13;
    float magnitude;
    memcpy(&magnitude, &bits, sizeof bits);
    magnitude *= 0x1p112f;
    memcpy(&bits, &magnitude, sizeof bits);
    if ((h & 0x7c00) == 0x7c00) bits |= 0x7f800000;
    bits |= (uint32_t)(h & 0x8000) << 16;
    memcpy(&magnitude, &bits, sizeof bits);
    return magnitude;
}

static void unpack_q8_0(const uint8_t *restrict x, float *restrict y, size_t blocks) {
    for (size_t b = 0; b < blocks; b++, x += 34, y += 32) {
        float d = half_at(x);
        for (int i = 0; i < 32; i++) y[i] = d * (float)(int8_t)x[2 + i];
    }
}

/// 32 numbers: element j is the low half of byte j, j + 16 the high one. `fifths` is where their
/// fifth bits lie, 0 for none; `has_least` whether a smallest number is added to them, else they
/// are centred.
INLINE void unpack_nibbles(const uint8_t *restrict x, float *restrict y, size_t blocks, int fifths, bool has_least) {
    _Pragma("clang fp contract(off)")
    int nibbles = (has_least ? 4 : 2) + (fifths ? 4 : 0), middle = has_least ? 0 : fifths ? 16 : 8;
    for (size_t b = 0; b < blocks; b++, x += nibbles + 16, y += 32) {
        float d = half_at(x), least = has_least ? half_at(x + 2) : 0;
        uint32_t high = 0;
        if (fifths) memcpy(&high, x + fifths, sizeof high);
        const uint8_t *q = x + nibbles;
        for (int j = 0; j < 16; j++) {
            int low = (q[j] & 15) | (int)(high >> j & 1) << 4;
            int upper = q[j] >> 4 | (int)(high >> (j + 16) & 1) << 4;
            float a = d * (float)(low - middle), c = d * (float)(upper - middle);
            y[j] = has_least ? a + least : a;
            y[j + 16] = has_least ? c + least : c;
        }
    }
}

static void unpack_q2_k(const uint8_t *restrict x, float *restrict y, size_t blocks) {
    _Pragma("clang fp contract(off)")
    for (size_t b = 0; b < blocks; b++, x += 84, y += 256) {
        float d = half_at(x + 80), dmin = half_at(x + 82);
        for (int group = 0; group < 16; group++) {
            int shift = group % 8 / 2 * 2;
            float scale = d * (float)(x[group] & 15), least = dmin * (float)(x[group] >> 4);
            const uint8_t *q = x + 16 + group / 8 * 32 + group % 2 * 16;
            for (int i = 0; i < 16; i++) y[group * 16 + i] = scale * (float)(q[i] >> shift & 3) - least;
        }
    }
}

static void unpack_q3_k(const uint8_t *restrict x, float *restrict y, size_t blocks) {
    for (size_t b = 0; b < blocks; b++, x += 110, y += 256) {
        float d = half_at(x + 108);
        for (int group = 0; group < 16; group++) {
            // Four low bits in the first eight bytes, two high ones in the four behind them.
            int low = x[96 + group % 8] >> (group < 8 ? 0 : 4) & 15;
            int high = x[104 + group % 4] >> group / 4 * 2 & 3;
            float scale = d * (float)((low | high << 4) - 32);
            int shift = group % 8 / 2 * 2, bit = group / 8 * 4 + group % 8 / 2;
            const uint8_t *mask = x + group % 2 * 16, *q = x + 32 + group / 8 * 32 + group % 2 * 16;
            for (int i = 0; i < 16; i++) {
                int n = (q[i] >> shift & 3) - 4 * (1 - (mask[i] >> bit & 1));
                y[group * 16 + i] = scale * (float)n;
            }
        }
    }
}

/// Eight groups of 32; Q5_K has their fifth bits in 32 bytes before the nibbles.
INLINE void unpack_q45_k(const uint8_t *restrict x, float *restrict y, size_t blocks, bool has_fifths) {
    _Pragma("clang fp contract(off)")
    int nibbles = has_fifths ? 48 : 16;
    for (size_t b = 0; b < blocks; b++, x += nibbles + 128, y += 256) {
        float d = half_at(x), dmin = half_at(x + 2);
        const uint8_t *s = x + 4, *high = x + 16;
        for (int group = 0; group < 8; group++) {
            int sc = group < 4 ? s[group] & 63 : (s[group + 4] & 15) | (s[group - 4] >> 6) << 4;
            int mn = group < 4 ? s[group + 4] & 63 : s[group + 4] >> 4 | (s[group] >> 6) << 4;
            float scale = d * (float)sc, least = dmin * (float)mn;
            const uint8_t *q = x + nibbles + group / 2 * 32;
            int shift = group % 2 * 4;
            for (int i = 0; i < 32; i++) {
                int n = q[i] >> shift & 15;
                if (has_fifths) n |= (high[i] >> group & 1) << 4;
                y[group * 32 + i] = scale * (float)n - least;
            }
        }
    }
}

static void unpack_q6_k(const uint8_t *restrict x, float *restrict y, size_t blocks) {
    for (size_t b = 0; b < blocks; b++, x += 210, y += 256) {
        float d = half_at(x + 208);
        for (int group = 0; group < 16; group++) {
            float scale = d * (float)(int8_t)x[192 + group];
            int side = group / 8, quarter = group % 8 / 2, column = group % 2 * 16;
            const uint8_t *low = x + side * 64 + quarter % 2 * 32 + column, *high = x + 128 + side * 32 + column;
            int low_shift = quarter / 2 * 4, high_shift = quarter * 2;
            for (int i = 0; i < 16; i++) {
                int n = (low[i] >> low_shift & 15) | (high[i] >> high_shift & 3) << 4;
                y[group * 16 + i] = scale * (float)(n - 32);
            }
        }
    }
}

static void k_unpack(px_blocks type, const void *x, float *y, size_t blocks) {
    switch (type) {
        case PX_Q4_0: unpack_nibbles(x, y, blocks, 0, false); break;
        case PX_Q4_1: unpack_nibbles(x, y, blocks, 0, true); break;
        case PX_Q5_0: unpack_nibbles(x, y, blocks, 2, false); break;
        case PX_Q5_1: unpack_nibbles(x, y, blocks, 4, true); break;
        case PX_Q8_0: unpack_q8_0(x, y, blocks); break;
        case PX_Q2_K: unpack_q2_k(x, y, blocks); break;
        case PX_Q3_K: unpack_q3_k(x, y, blocks); break;
        case PX_Q4_K: unpack_q45_k(x, y, blocks, false); break;
        case PX_Q5_K: unpack_q45_k(x, y, blocks, true); break;
        case PX_Q6_K: unpack_q6_k(x, y, blocks); break;
    }
}
