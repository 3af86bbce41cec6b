import Foundation
import PinxitKernels
import Testing

extension EveryKernel {
    @Suite struct Reductions {
        @Test(arguments: precisions)
        func sums(_ p: Precision) {
            var noise = Noise(4)
            for (outer, reduce, inner) in [
                (1, 1, 1), (3, 77, 13), (1, 3000, 40), (5, 1003, 1), (2, 1, 64),
            ] {
                let x = Buffer(p.type, noise.normal(outer * reduce * inner))
                let xs = x.doubles
                let expected = (0..<outer * inner).map { i in
                    let start = i / inner * reduce * inner + i % inner
                    return 0.5 * (0..<reduce).reduce(0.0) { $0 + xs[start + $1 * inner] }
                }
                onEveryPath {
                    let y = Buffer(PX_F32, count: outer * inner)
                    px_sum(x.raw, p.type, y.raw, PX_F32, outer, reduce, inner, 0.5)
                    expectClose(y.doubles, expected, 2e-5, "sum \(outer) \(reduce) \(inner)")
                }
            }
        }

        @Test(arguments: precisions)
        func squaresAndNonFinite(_ p: Precision) {
            var noise = Noise(5)
            for n in [1, 100, 40_001] {
                var values = noise.normal(n)
                let x = Buffer(p.type, values)
                let expected = x.doubles.reduce(0) { $0 + $1 * $1 }
                values[n - 1] = .nan
                values[n / 2] = -.infinity
                let bad = Buffer(p.type, values)
                onEveryPath {
                    expectClose([px_sum_squares(x.raw, p.type, n)], [expected], 1e-12, "squares")
                    #expect(px_first_nonfinite(x.raw, p.type, n) == -1)
                    #expect(px_first_nonfinite(bad.raw, p.type, n) == (n == 1 ? 0 : n / 2))
                }
            }
        }

        @Test(arguments: precisions)
        func softmax(_ p: Precision) {
            var noise = Noise(6)
            for (rows, cols) in [(1, 1), (3, 77), (5, 40), (2, 1000)] {
                let x = Buffer(p.type, noise.normal(rows * cols, scale: 3))
                let dy = Buffer(p.type, noise.normal(rows * cols))
                let (xs, dys) = (x.doubles, dy.doubles)
                var (soft, logs) = ([Double](), [Double]())
                for r in 0..<rows {
                    let row = xs[r * cols..<(r + 1) * cols]
                    let peak = row.max()!
                    let log = peak + Foundation.log(row.reduce(0) { $0 + exp($1 - peak) })
                    logs += row.map { $0 - log }
                    soft += row.map { exp($0 - log) }
                }
                let (y, l) = (Buffer(p.type, soft), Buffer(p.type, logs))
                let (ys, ls) = (y.doubles, l.doubles)
                var (dSoft, dLog) = ([Double](), [Double]())
                for r in 0..<rows {
                    let range = r * cols..<(r + 1) * cols
                    let dot = range.reduce(0.0) { $0 + ys[$1] * dys[$1] }
                    let sum = range.reduce(0.0) { $0 + dys[$1] }
                    dSoft += range.map { ys[$0] * (dys[$0] - dot) }
                    dLog += range.map { dys[$0] - exp(ls[$0]) * sum }
                }
                onEveryPath {
                    let out = Buffer(p.type, count: rows * cols)
                    px_softmax(x.raw, out.raw, p.type, rows, cols)
                    expectClose(out.doubles, soft, p.tolerance, "softmax")
                    px_log_softmax(x.raw, out.raw, p.type, rows, cols)
                    expectClose(out.doubles, logs, p.tolerance, "log softmax")
                    px_softmax_backward(y.raw, dy.raw, out.raw, p.type, rows, cols)
                    if cols > 1 { expectClose(out.doubles, dSoft, p.tolerance, "softmax'") }
                    px_log_softmax_backward(l.raw, dy.raw, out.raw, p.type, rows, cols)
                    if cols > 1 { expectClose(out.doubles, dLog, p.tolerance, "log softmax'") }
                }
            }
        }

        @Test func sumsDoNotDependOnThePieces() {
            // The chunks are fixed by the shape: twice the same bits.
            var noise = Noise(7)
            let x = Buffer(PX_F32, noise.normal(300 * 512))
            onEveryPath {
                let (a, b) = (Buffer(PX_F32, count: 512), Buffer(PX_F32, count: 512))
                px_sum(x.raw, PX_F32, a.raw, PX_F32, 1, 300, 512, 1)
                px_sum(x.raw, PX_F32, b.raw, PX_F32, 1, 300, 512, 1)
                #expect(a.doubles == b.doubles)
            }
        }
    }
}
