import Foundation
import PinxitKernels
import Testing

struct AttentionCase: CustomTestStringConvertible, Sendable {
    let batch: Int, heads: Int, size: Int, queries: Int, keys: Int
    var causal = false
    /// More elements between rows than the heads take, as in a packed q, k, v buffer.
    var gap = 0

    var testDescription: String {
        "\(batch)x\(heads)x\(size) \(queries)->\(keys)\(causal ? " causal" : "")"
    }

    static let all: [AttentionCase] = [
        .init(batch: 1, heads: 1, size: 1, queries: 1, keys: 1),
        .init(batch: 3, heads: 2, size: 33, queries: 77, keys: 77, causal: true),
        .init(batch: 1, heads: 3, size: 40, queries: 70, keys: 77, gap: 7),
        .init(batch: 2, heads: 1, size: 64, queries: 16, keys: 16),
        .init(batch: 1, heads: 1, size: 64, queries: 150, keys: 150, causal: true, gap: 64),
        .init(batch: 1, heads: 1, size: 160, queries: 9, keys: 140),
        // Heads that end within a vector, after every number of whole ones; keys beyond one block.
        .init(batch: 1, heads: 2, size: 24, queries: 17, keys: 300, causal: true),
        .init(batch: 1, heads: 1, size: 56, queries: 18, keys: 290),
        .init(batch: 1, heads: 1, size: 72, queries: 3, keys: 33),
        .init(batch: 1, heads: 2, size: 5, queries: 65, keys: 129),
        .init(batch: 1, heads: 1, size: 512, queries: 3, keys: 17),
        // Wide heads beyond one block of queries and of keys.
        .init(batch: 1, heads: 1, size: 168, queries: 103, keys: 130),
        .init(batch: 1, heads: 2, size: 168, queries: 99, keys: 99, causal: true),
        .init(batch: 1, heads: 1, size: 8, queries: 20, keys: 7, causal: true),
    ]

    var scale: Double { 1 / Double(size).squareRoot() }
    var row: Int { heads * size + gap }

    func shape(_ type: px_type) -> px_attention_shape {
        px_attention_shape(
            type: type, batch: batch, heads: heads, head_size: size, q_length: queries,
            k_length: keys,
            q_batch: queries * row, q_row: row, k_batch: keys * row, k_row: row,
            v_batch: keys * row,
            v_row: row, o_batch: queries * row, o_row: row, scale: Float(scale), causal: causal)
    }
}

/// Attention in double, with the gradients of sum(o * dO).
struct AttentionReference {
    var o: [Double], lse: [Double], dq: [Double], dk: [Double], dv: [Double]

    init(_ c: AttentionCase, q: [Double], k: [Double], v: [Double], dO: [Double]) {
        // What lies in the gaps is nobody's: it must stay as the kernel found it.
        (o, dq) = (q.map { _ in .nan }, q.map { _ in .nan })
        (dk, dv) = (k.map { _ in .nan }, k.map { _ in .nan })
        lse = []
        for head in 0..<c.batch * c.heads {
            let at = { (t: Int, length: Int) in
                (head / c.heads * length + t) * c.row + head % c.heads * c.size
            }
            let dot = { (a: [Double], i: Int, b: [Double], j: Int) in
                (0..<c.size).reduce(0.0) { $0 + a[i + $1] * b[j + $1] }
            }
            for t in 0..<c.keys {
                for d in 0..<c.size { (dk[at(t, c.keys) + d], dv[at(t, c.keys) + d]) = (0, 0) }
            }
            for t in 0..<c.queries {
                let i = at(t, c.queries)
                let seen = c.causal ? min(c.keys, t + 1) : c.keys
                let scores = (0..<seen).map { c.scale * dot(q, i, k, at($0, c.keys)) }
                let peak = scores.max()!
                lse.append(peak + log(scores.reduce(0) { $0 + exp($1 - peak) }))
                let weights = scores.map { exp($0 - lse.last!) }
                for d in 0..<c.size {
                    o[i + d] = (0..<seen).reduce(0) { $0 + weights[$1] * v[at($1, c.keys) + d] }
                    dq[i + d] = 0
                }
                let delta = dot(o, i, dO, i)
                for s in 0..<seen {
                    let j = at(s, c.keys)
                    let slope = c.scale * weights[s] * (dot(dO, i, v, j) - delta)
                    for d in 0..<c.size {
                        dq[i + d] += slope * k[j + d]
                        dk[j + d] += slope * q[i + d]
                        dv[j + d] += weights[s] * dO[i + d]
                    }
                }
            }
        }
    }
}

extension EveryKernel {
    @Suite struct Attention {
        @Test(arguments: AttentionCase.all, precisions)
        func forwardAndBackward(_ c: AttentionCase, _ p: Precision) {
            var noise = Noise(20)
            let (nq, nk) = (c.batch * c.queries * c.row, c.batch * c.keys * c.row)
            let q = Buffer(p.type, noise.normal(nq))
            let k = Buffer(p.type, noise.normal(nk))
            let v = Buffer(p.type, noise.normal(nk))
            let dO = Buffer(p.type, noise.normal(nq))
            let expected = AttentionReference(
                c, q: q.doubles, k: k.doubles, v: v.doubles, dO: dO.doubles)
            var shape = c.shape(p.type)
            // The backward pass reads the rounded output.
            let kept = Buffer(p.type, expected.o)
            let keptLSE = Buffer(PX_F32, expected.lse)
            let scale = (expected.dq + expected.dk + expected.dv).filter { !$0.isNaN }.map(abs)
                .max()!
            onEveryPath {
                let o = Buffer(p.type, count: nq)
                let lse = Buffer(PX_F32, count: expected.lse.count)
                px_attention(&shape, q.raw, k.raw, v.raw, o.raw, lse.floats)
                expectClose(o.doubles.map(finite), expected.o.map(finite), p.tolerance, "o")
                #expect(o.doubles.map(\.isNaN) == expected.o.map(\.isNaN), "gaps stay untouched")
                expectClose(lse.doubles, expected.lse, p.sumTolerance, "lse")
                let dq = Buffer(p.type, count: nq)
                let dk = Buffer(p.type, count: nk)
                let dv = Buffer(p.type, count: nk)
                px_attention_backward(
                    &shape, q.raw, k.raw, v.raw, kept.raw, dO.raw, keptLSE.floats, dq.raw, dk.raw,
                    dv.raw)
                for (name, actual, reference) in [
                    ("dq", dq, expected.dq), ("dk", dk, expected.dk), ("dv", dv, expected.dv),
                ] {
                    // On the scale of all three: dq and dk vanish where there is one key.
                    expectClose(
                        actual.doubles.map(finite) + [scale], reference.map(finite) + [scale],
                        p.tolerance, name)
                }
            }
        }

        @Test("One query a head, without packing", arguments: AttentionCase.all, precisions)
        func attend(_ c: AttentionCase, _ p: Precision) {
            let c = AttentionCase(
                batch: c.batch, heads: c.heads, size: c.size, queries: 1, keys: c.keys, gap: c.gap)
            var noise = Noise(23)
            let q = Buffer(p.type, noise.normal(c.batch * c.row))
            let k = Buffer(p.type, noise.normal(c.batch * c.keys * c.row))
            let v = Buffer(p.type, noise.normal(c.batch * c.keys * c.row))
            let expected = AttentionReference(
                c, q: q.doubles, k: k.doubles, v: v.doubles, dO: q.doubles)
            var shape = c.shape(p.type)
            onEveryPath {
                let o = Buffer(p.type, count: q.count)
                px_attend(&shape, q.raw, k.raw, v.raw, o.raw)
                expectClose(o.doubles.map(finite), expected.o.map(finite), p.tolerance, "o")
                #expect(o.doubles.map(\.isNaN) == expected.o.map(\.isNaN), "gaps stay untouched")
            }
        }

        private func finite(_ x: Double) -> Double { x.isNaN ? 0 : x }

        @Test func largeScoresDoNotOverflow() {
            let c = AttentionCase(batch: 1, heads: 1, size: 8, queries: 4, keys: 150)
            var noise = Noise(21)
            let q = Buffer(PX_F32, noise.normal(32, scale: 60))
            let k = Buffer(PX_F32, noise.normal(1200, scale: 60))
            let v = Buffer(PX_F32, noise.normal(1200))
            let expected = AttentionReference(
                c, q: q.doubles, k: k.doubles, v: v.doubles, dO: q.doubles)
            var shape = c.shape(PX_F32)
            onEveryPath {
                let o = Buffer(PX_F32, count: 32)
                px_attention(&shape, q.raw, k.raw, v.raw, o.raw, nil)
                expectClose(o.doubles, expected.o, 1e-3, "o")
            }
        }

        @Test func slopesMatchFiniteDifferences() {
            let c = AttentionCase(batch: 1, heads: 2, size: 5, queries: 4, keys: 6)
            var noise = Noise(22)
            let n = c.queries * c.row
            let m = c.keys * c.row
            let inputs = [noise.normal(n), noise.normal(m), noise.normal(m)]
            let dO = Buffer(PX_F32, noise.normal(n))
            var shape = c.shape(PX_F32)
            onEveryPath {
                let o = Buffer(PX_F32, count: n)
                let lse = Buffer(PX_F32, count: 8)
                func loss(_ x: [[Double]]) -> Double {
                    let b = x.map { Buffer(PX_F32, $0) }
                    px_attention(&shape, b[0].raw, b[1].raw, b[2].raw, o.raw, lse.floats)
                    return zip(o.doubles, dO.doubles).reduce(0) { $0 + $1.0 * $1.1 }
                }
                let differences = (0..<3).map { which in
                    inputs[which].indices.map { i in
                        var (up, down) = (inputs, inputs)
                        up[which][i] += 0x1p-7
                        down[which][i] -= 0x1p-7
                        return (loss(up) - loss(down)) / 0x1p-6
                    }
                }
                _ = loss(inputs)
                let b = inputs.map { Buffer(PX_F32, $0) }
                let d = inputs.map { Buffer(PX_F32, count: $0.count) }
                px_attention_backward(
                    &shape, b[0].raw, b[1].raw, b[2].raw, o.raw, dO.raw, lse.floats, d[0].raw,
                    d[1].raw, d[2].raw)
                for (which, name) in ["dq", "dk", "dv"].enumerated() {
                    expectClose(d[which].doubles, differences[which], 1e-3, name)
                }
            }
        }
    }
}
