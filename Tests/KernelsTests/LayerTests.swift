import Foundation
import PinxitKernels
import Testing

extension EveryKernel {
    @Suite struct Layers {
        @Test(arguments: precisions)
        func geglu(_ p: Precision) {
            var noise = Noise(30)
            for (rows, cols) in [(1, 1), (3, 40), (77, 33)] {
                let x = Buffer(p.type, noise.normal(2 * rows * cols, scale: 2))
                let dy = Buffer(p.type, noise.normal(rows * cols))
                let (xs, dys) = (x.doubles, dy.doubles)
                var y = [Double]()
                var dx = xs
                for i in 0..<rows * cols {
                    let at = i / cols * 2 * cols + i % cols
                    let (value, gate) = (xs[at], xs[at + cols])
                    let normal = 0.5 * erfc(-gate / 2.0.squareRoot())
                    let density = exp(-gate * gate / 2) / (2 * Double.pi).squareRoot()
                    y.append(value * gate * normal)
                    dx[at] = dys[i] * gate * normal
                    dx[at + cols] = dys[i] * value * (normal + gate * density)
                }
                onEveryPath {
                    let out = Buffer(p.type, count: rows * cols)
                    let slope = Buffer(p.type, count: xs.count)
                    px_geglu(x.raw, out.raw, p.type, rows, cols)
                    expectClose(out.doubles, y, p.tolerance, "geglu")
                    px_geglu_backward(x.raw, dy.raw, slope.raw, p.type, rows, cols)
                    expectClose(slope.doubles, dx, p.tolerance, "geglu'")
                }
            }
        }

        /// y = silu((1 + scale) x + shift) with a scale and a shift for each image and channel.
        @Test(arguments: precisions)
        func modulate(_ p: Precision) {
            var noise = Noise(32)
            for (batch, spatial, channels) in [(1, 1, 1), (3, 5, 40), (2, 64, 33)] {
                let x = Buffer(p.type, noise.normal(batch * spatial * channels))
                let affine = Buffer(p.type, noise.normal(batch * 2 * channels, scale: 0.5))
                let dy = Buffer(p.type, noise.normal(x.count))
                let (xs, affines, dys) = (x.doubles, affine.doubles, dy.doubles)
                var (y, dx) = ([Double](), [Double]())
                var daffine = affines.map { _ in 0.0 }
                for i in 0..<xs.count {
                    let at = i / (spatial * channels) * 2 * channels + i % channels
                    let z = (1 + affines[at]) * xs[i] + affines[at + channels]
                    let sigmoid = 1 / (1 + exp(-z))
                    let dz = dys[i] * sigmoid * (1 + z * (1 - sigmoid))
                    y.append(z * sigmoid)
                    dx.append(dz * (1 + affines[at]))
                    daffine[at] += dz * xs[i]
                    daffine[at + channels] += dz
                }
                onEveryPath {
                    let out = Buffer(p.type, count: xs.count)
                    let slope = Buffer(p.type, count: xs.count)
                    let sums = Buffer(PX_F32, count: affines.count)
                    px_modulate(x.raw, affine.raw, out.raw, p.type, batch, spatial, channels)
                    expectClose(out.doubles, y, p.tolerance, "modulate")
                    px_modulate_backward(
                        x.raw, affine.raw, dy.raw, slope.raw, sums.floats, p.type, batch, spatial,
                        channels)
                    expectClose(slope.doubles, dx, p.tolerance, "modulate'")
                    expectClose(sums.doubles, daffine, p.sumTolerance, "modulate' of the affine")
                }
            }
        }

        /// y = x at floor(i * in / out), and the sums backward, for [2, 6, 8, 5].
        @Test(arguments: precisions, [[12, 16], [9, 11], [3, 4], [7, 5], [6, 8]])
        func resizeNearest(_ p: Precision, _ out: [Int]) {
            let (b, h, w, c) = (2, 6, 8, 5)
            var noise = Noise(31)
            let x = Buffer(p.type, noise.normal(b * h * w * c))
            let xs = x.doubles
            let n = b * out[0] * out[1] * c
            let dy = Buffer(p.type, noise.normal(n))
            let dys = dy.doubles
            var y = [Double]()
            var dx = xs.map { _ in 0.0 }
            for i in 0..<n {
                let (channel, column, row, image) = (
                    i % c, i / c % out[1], i / c / out[1] % out[0], i / c / out[1] / out[0]
                )
                let source =
                    ((image * h + row * h / out[0]) * w + column * w / out[1]) * c + channel
                y.append(xs[source])
                dx[source] += dys[i]
            }
            onEveryPath {
                let up = Buffer(p.type, count: n)
                let down = Buffer(p.type, count: xs.count)
                px_resize_nearest(x.raw, up.raw, p.type, b, h, w, c, out[0], out[1])
                #expect(up.doubles == y)
                px_resize_nearest_backward(dy.raw, down.raw, p.type, b, h, w, c, out[0], out[1])
                expectClose(down.doubles, dx, p.tolerance, "resize'")
                guard out == [12, 16] else { return }
                px_upsample2(x.raw, up.raw, p.type, b, h, w, c)
                #expect(up.doubles == y)
                px_upsample2_backward(dy.raw, down.raw, p.type, b, h, w, c)
                expectClose(down.doubles, dx, p.tolerance, "upsample'")
            }
        }

        @Test(arguments: precisions)
        func averagePool(_ p: Precision) {
            let (b, h, w, c) = (2, 6, 4, 19)
            var noise = Noise(32)
            let x = Buffer(p.type, noise.normal(b * h * w * c))
            let xs = x.doubles
            let dy = Buffer(p.type, noise.normal(b * h * w * c / 4))
            let dys = dy.doubles
            var y = dys.map { _ in 0.0 }
            var dx = xs
            for i in xs.indices {
                // Rows of all images: h is even.
                let (channel, column, row) = (i % c, i / c % w, i / c / w)
                let to = (row / 2 * (w / 2) + column / 2) * c + channel
                y[to] += xs[i] / 4
                dx[i] = dys[to] / 4
            }
            onEveryPath {
                let pooled = Buffer(p.type, count: y.count)
                let slope = Buffer(p.type, count: dx.count)
                px_average_pool2(x.raw, pooled.raw, p.type, b, h, w, c)
                expectClose(pooled.doubles, y, p.tolerance, "pool")
                px_average_pool2_backward(dy.raw, slope.raw, p.type, b, h, w, c)
                expectClose(slope.doubles, dx, p.tolerance, "pool'")
            }
        }

        @Test func permutations() {
            let dims = [3, 17, 4, 20]
            let total = dims.reduce(1, *)
            let orders = [
                [0, 1, 2, 3], [3, 2, 1, 0], [0, 2, 1, 3], [0, 3, 1, 2], [1, 0, 3, 2], [2, 3, 0, 1],
            ]
            for order in orders {
                var expected = [Int]()
                let strides = [17 * 80, 80, 20, 1]
                for i in 0..<total {
                    var (rest, at) = (i, 0)
                    for d in order.reversed() {
                        at += rest % dims[d] * strides[d]
                        rest /= dims[d]
                    }
                    expected.append(at)
                }
                let permutation = order.map(Int32.init)
                func check<T: FixedWidthInteger>(_: T.Type) {
                    let x = (0..<total).map { T(truncatingIfNeeded: $0) }
                    var y = [T](repeating: 0, count: total)
                    px_permute(x, &y, MemoryLayout<T>.size, 4, dims, permutation)
                    #expect(y == expected.map { x[$0] }, "\(order) of \(T.self)")
                }
                check(UInt8.self)
                check(UInt16.self)
                check(UInt32.self)
                check(UInt64.self)
            }
        }

        @Test func copiesOfRows() {
            let x = (0..<60).map { UInt8($0) }
            var y = [UInt8](repeating: 255, count: 40)
            px_copy_rows(x, 12, &y, 8, 5, 3)
            for (i, value) in y.enumerated() {
                #expect(value == (i % 8 < 3 ? UInt8(i / 8 * 12 + i % 8) : 255))
            }
        }

        @Test(arguments: precisions)
        func embedding(_ p: Precision) {
            var noise = Noise(33)
            let (count, width, vocabulary) = (77, 33, 11)
            let table = Buffer(p.type, noise.normal(vocabulary * width))
            let rows = table.doubles
            let dy = Buffer(p.type, noise.normal(count * width))
            let dys = dy.doubles
            let ids = (0..<count).map { Int32($0 * 7 % 10) }  // the last row is never read
            var expected = [Double](repeating: 0, count: rows.count)
            for i in dys.indices { expected[Int(ids[i / width]) * width + i % width] += dys[i] }
            onEveryPath {
                let y = Buffer(PX_F32, count: count * width)
                px_embedding(table.raw, p.type, ids, y.raw, PX_F32, count, width)
                #expect(
                    y.doubles == dys.indices.map { rows[Int(ids[$0 / width]) * width + $0 % width] }
                )
                let slope = Buffer(PX_F32, count: rows.count)
                px_embedding_backward(ids, dy.raw, p.type, slope.floats, count, width, vocabulary)
                expectClose(slope.doubles, expected, 1e-6, "embedding'")
            }
        }

        @Test func optimisers() {
            var noise = Noise(34)
            let n = 101
            let start = Buffer(PX_F32, noise.normal(n)).doubles
            let gradients = (0..<4).map { _ in Buffer(PX_F32, noise.normal(n)) }
            var (p, m, v) = (start, start.map { _ in 0.0 }, start.map { _ in 0.0 })
            for (step, gradient) in gradients.enumerated() {
                let t = Double(step + 1)
                for (i, g) in gradient.doubles.map({ $0 * 0.5 }).enumerated() {
                    p[i] *= 1 - 0.01 * 0.1
                    m[i] = 0.9 * m[i] + 0.1 * g
                    v[i] = 0.99 * v[i] + 0.01 * g * g
                    let root = (v[i] / (1 - pow(0.99, t))).squareRoot() + 1e-8
                    p[i] -= 0.01 * m[i] / (1 - pow(0.9, t)) / root
                }
            }
            onEveryPath {
                let zeros = start.map { _ in 0.0 }
                let (q, a, b) = (
                    Buffer(PX_F32, start), Buffer(PX_F32, zeros), Buffer(PX_F32, zeros)
                )
                for (step, gradient) in gradients.enumerated() {
                    px_adamw(
                        q.floats, a.floats, b.floats, gradient.floats, n, 0.01, 0.9, 0.99, 1e-8,
                        0.1,
                        Int64(step + 1), 0.5)
                }
                expectClose(q.doubles, p, 1e-5, "adamw")
                expectClose(b.doubles, v, 1e-5, "second moment")
                px_ema(q.floats, gradients[0].floats, n, 0.75)
                let average = zip(p, gradients[0].doubles).map { 0.75 * $0 + 0.25 * $1 }
                expectClose(q.doubles, average, 1e-5, "ema")
            }
        }

        @Test func theTeamCoversTheRangeOnce() {
            var seen = [UInt8](repeating: 0, count: 1000)
            seen.withUnsafeMutableBufferPointer { buffer in
                px_parallel_for(
                    1000, 10,
                    { context, begin, end in
                        let at = context!.assumingMemoryBound(to: UInt8.self)
                        for i in begin..<end { at[i] += 1 }
                    }, buffer.baseAddress)
            }
            #expect(seen.allSatisfy { $0 == 1 })
            #expect(px_thread_count() >= 1)
        }

        @Test func unknownPathsAreRefused() {
            let name = String(cString: px_kernels_name())
            defer { px_kernels_select(nil) }
            #expect(!px_kernels_select("sse9"))
            #expect(String(cString: px_kernels_name()) == name)
            #expect(px_kernels_select("portable"))
        }
    }
}
