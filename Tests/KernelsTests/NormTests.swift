import Foundation
import PinxitKernels
import Testing

/// Normalisation over sets of indices, in double: y = f(gamma x^ + beta), f the identity or SiLU.
struct NormReference {
    var y: [Double], dx: [Double], dgamma: [Double], dbeta: [Double], mean: [Double], rstd: [Double]

    /// `sets` lists the elements that are normalised together; `channel` says whose gamma an
    /// element has.
    init(
        x: [Double], dy: [Double], gamma: [Double], beta: [Double], sets: [[Int]], silu: Bool,
        channel: (Int) -> Int
    ) {
        (y, dx) = (x, x)
        (dgamma, dbeta) = (gamma.map { _ in 0 }, gamma.map { _ in 0 })
        (mean, rstd) = ([], [])
        for set in sets {
            let n = Double(set.count)
            let m = set.reduce(0) { $0 + x[$1] } / n
            let variance = set.reduce(0) { $0 + (x[$1] - m) * (x[$1] - m) } / n
            let r = 1 / (variance + 1e-5).squareRoot()
            mean.append(m)
            rstd.append(r)
            var (g, h) = ([Double](), [Double]())
            for i in set {
                let c = channel(i)
                let normalised = (x[i] - m) * r
                let z = gamma[c] * normalised + beta[c]
                let s = 1 / (1 + exp(-z))
                y[i] = silu ? z * s : z
                let dz = silu ? dy[i] * s * (1 + z * (1 - s)) : dy[i]
                dgamma[c] += dz * normalised
                dbeta[c] += dz
                g.append(gamma[c] * dz)
                h.append(normalised)
            }
            let m1 = g.reduce(0, +) / n
            let m2 = zip(g, h).reduce(0) { $0 + $1.0 * $1.1 } / n
            for (k, i) in set.enumerated() { dx[i] = r * (g[k] - m1 - h[k] * m2) }
        }
    }
}

extension EveryKernel {
    @Suite struct Norms {
        @Test(arguments: precisions)
        func layerNorm(_ p: Precision) {
            var noise = Noise(8)
            for (rows, cols) in [(1, 40), (77, 33), (5, 320), (70, 300), (3, 7)] {
                let x = Buffer(p.type, noise.normal(rows * cols, mean: 2, scale: 2))
                let dy = Buffer(p.type, noise.normal(rows * cols))
                let gamma = Buffer(PX_F32, noise.normal(cols))
                let beta = Buffer(PX_F32, noise.normal(cols))
                let expected = NormReference(
                    x: x.doubles, dy: dy.doubles, gamma: gamma.doubles, beta: beta.doubles,
                    sets: (0..<rows).map { Array($0 * cols..<($0 + 1) * cols) }, silu: false
                ) { $0 % cols }
                onEveryPath {
                    let y = Buffer(p.type, count: rows * cols)
                    let mean = Buffer(PX_F32, count: rows)
                    let rstd = Buffer(PX_F32, count: rows)
                    px_layer_norm(
                        x.raw, gamma.floats, beta.floats, y.raw, mean.floats, rstd.floats, p.type,
                        rows,
                        cols, 1e-5)
                    expectClose(y.doubles, expected.y, p.tolerance, "layer norm \(rows) \(cols)")
                    expectClose(mean.doubles, expected.mean, 2e-5, "mean")
                    expectClose(rstd.doubles, expected.rstd, 2e-5, "rstd")
                    let dx = Buffer(p.type, count: rows * cols)
                    let dgamma = Buffer(PX_F32, count: cols)
                    let dbeta = Buffer(PX_F32, count: cols)
                    px_layer_norm_backward(
                        x.raw, dy.raw, gamma.floats, mean.floats, rstd.floats, dx.raw,
                        dgamma.floats,
                        dbeta.floats, p.type, rows, cols)
                    expectClose(dx.doubles, expected.dx, p.tolerance, "dx")
                    expectClose(dgamma.doubles, expected.dgamma, p.sumTolerance, "dgamma")
                    expectClose(dbeta.doubles, expected.dbeta, p.sumTolerance, "dbeta")
                }
            }
        }

        @Test func layerNormWithoutParameters() {
            var noise = Noise(9)
            let x = Buffer(PX_F32, noise.normal(3 * 21))
            let dy = Buffer(PX_F32, noise.normal(3 * 21))
            let expected = NormReference(
                x: x.doubles, dy: dy.doubles, gamma: [1], beta: [0],
                sets: (0..<3).map { Array($0 * 21..<($0 + 1) * 21) }, silu: false
            ) { _ in 0 }
            onEveryPath {
                let y = Buffer(PX_F32, count: 63)
                px_layer_norm(x.raw, nil, nil, y.raw, nil, nil, PX_F32, 3, 21, 1e-5)
                expectClose(y.doubles, expected.y, 2e-5, "y")
                let mean = Buffer(PX_F32, expected.mean)
                let rstd = Buffer(PX_F32, expected.rstd)
                px_layer_norm_backward(
                    x.raw, dy.raw, nil, mean.floats, rstd.floats, y.raw, nil, nil, PX_F32, 3, 21)
                expectClose(y.doubles, expected.dx, 2e-5, "dx")
            }
        }

        /// batch, spatial, channels, groups: batches that are split by image and within one, odd
        /// channels.
        static let shapes = [
            (1, 700, 48, 8), (3, 77, 40, 8), (4, 16, 64, 32), (1, 1, 12, 4), (5, 9, 130, 10),
            (2, 300, 6, 3),
        ]

        @Test(arguments: precisions, [false, true])
        func groupNorm(_ p: Precision, _ silu: Bool) {
            var noise = Noise(10)
            for (batch, spatial, channels, groups) in Self.shapes {
                let n = batch * spatial * channels
                let width = channels / groups
                let x = Buffer(p.type, noise.normal(n, mean: 3, scale: 2))
                let dy = Buffer(p.type, noise.normal(n))
                let gamma = Buffer(PX_F32, noise.normal(channels))
                let beta = Buffer(PX_F32, noise.normal(channels))
                let sets = (0..<batch * groups).map { set in
                    (0..<spatial * width).map { i in
                        ((set / groups * spatial) + i / width) * channels + set % groups * width + i
                            % width
                    }
                }
                let expected = NormReference(
                    x: x.doubles, dy: dy.doubles, gamma: gamma.doubles, beta: beta.doubles,
                    sets: sets,
                    silu: silu
                ) { $0 % channels }
                onEveryPath {
                    let y = Buffer(p.type, count: n)
                    let mean = Buffer(PX_F32, count: batch * groups)
                    let rstd = Buffer(PX_F32, count: batch * groups)
                    px_group_norm(
                        x.raw, gamma.floats, beta.floats, y.raw, mean.floats, rstd.floats, p.type,
                        batch,
                        spatial, channels, groups, 1e-5, silu)
                    expectClose(
                        y.doubles, expected.y, p.tolerance,
                        "group norm \(batch) \(spatial) \(channels)")
                    expectClose(mean.doubles, expected.mean, 2e-5, "mean")
                    expectClose(rstd.doubles, expected.rstd, 2e-5, "rstd")
                    let dx = Buffer(p.type, count: n)
                    let dgamma = Buffer(PX_F32, count: channels)
                    let dbeta = Buffer(PX_F32, count: channels)
                    px_group_norm_backward(
                        x.raw, dy.raw, gamma.floats, beta.floats, mean.floats, rstd.floats, dx.raw,
                        dgamma.floats, dbeta.floats, p.type, batch, spatial, channels, groups, silu)
                    // The slope of one element has no scale of its own when a group is a handful of
                    // elements.
                    expectClose(
                        dx.doubles, expected.dx, p.tolerance, "dx \(batch) \(spatial) \(channels)")
                    expectClose(dgamma.doubles, expected.dgamma, p.sumTolerance, "dgamma")
                    expectClose(dbeta.doubles, expected.dbeta, p.sumTolerance, "dbeta")
                }
            }
        }

        @Test func groupNormKeepsTheVarianceUnderALargeMean() {
            var noise = Noise(11)
            let x = Buffer(PX_F32, noise.normal(500 * 16, mean: 1000))
            let xs = x.doubles
            let mean = xs.reduce(0, +) / 8000
            let deviation = (xs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 8000).squareRoot()
            onEveryPath {
                let y = Buffer(PX_F32, count: 8000)
                px_group_norm(x.raw, nil, nil, y.raw, nil, nil, PX_F32, 1, 500, 16, 1, 0, false)
                expectClose(y.doubles, xs.map { ($0 - mean) / deviation }, 1e-4, "group norm")
            }
        }

        @Test func groupNormSlopeMatchesFiniteDifferences() {
            var noise = Noise(12)
            let (batch, spatial, channels, groups) = (2, 5, 8, 2)
            let n = batch * spatial * channels
            let xs = noise.normal(n)
            let weights = noise.normal(n)
            let gamma = Buffer(PX_F32, noise.normal(channels))
            let beta = Buffer(PX_F32, noise.normal(channels))
            onEveryPath {
                let y = Buffer(PX_F32, count: n)
                let dx = Buffer(PX_F32, count: n)
                let dy = Buffer(PX_F32, weights)
                let mean = Buffer(PX_F32, count: 4)
                let rstd = Buffer(PX_F32, count: 4)
                func loss(_ values: [Double]) -> Double {
                    let x = Buffer(PX_F32, values)
                    px_group_norm(
                        x.raw, gamma.floats, beta.floats, y.raw, mean.floats,
                        rstd.floats, PX_F32, batch, spatial, channels, groups, 1e-5, true)
                    return zip(y.doubles, dy.doubles).reduce(0) { $0 + $1.0 * $1.1 }
                }
                let differences = (0..<n).map { i in
                    var (up, down) = (xs, xs)
                    up[i] += 0x1p-7
                    down[i] -= 0x1p-7
                    return (loss(up) - loss(down)) / 0x1p-6
                }
                _ = loss(xs)
                let x = Buffer(PX_F32, xs)
                px_group_norm_backward(
                    x.raw, dy.raw, gamma.floats, beta.floats, mean.floats, rstd.floats,
                    dx.raw, nil, nil, PX_F32, batch, spatial, channels, groups, true)
                expectClose(dx.doubles, differences, 1e-3, "finite differences")
            }
        }
    }
}
