import PinxitKernels
import Testing

extension EveryKernel {
    /// Products in f32 arithmetic from 16-bit storage, against sums in double.
    @Suite struct Products {
        @Test(
            "Tiles, panels and blocks of depth that do not fill up", arguments: precisions,
            [
                [1, 1, 1, 1], [1, 9, 50, 17], [1, 250, 64, 33], [3, 13, 97, 8],
                [2, 200, 20, 40], [1, 7, 60, 1100], [1, 209, 50, 2070],
            ])
        func isAProduct(_ p: Precision, _ sizes: [Int]) {
            let (batch, rows, columns, depth) = (sizes[0], sizes[1], sizes[2], sizes[3])
            var noise = Noise(30)
            let a = Buffer(p.type, noise.normal(batch * rows * depth))
            let w = Buffer(p.type, noise.normal(batch * columns * depth))
            let bias = Buffer(PX_F32, noise.normal(columns))
            let (left, right, shift) = (a.doubles, w.doubles, bias.doubles)
            var expected: [Double] = []
            for b in 0..<batch {
                for row in 0..<rows {
                    for column in 0..<columns {
                        let (i, j) = ((b * rows + row) * depth, (b * columns + column) * depth)
                        expected.append(
                            (0..<depth).reduce(shift[column]) {
                                $0 + left[i + $1] * right[j + $1]
                            })
                    }
                }
            }
            var shape = px_product_shape(
                batch: batch, rows: rows, columns: columns, depth: depth, a_type: p.type,
                b_type: p.type, y_type: p.type, window: nil)
            let panels = (columns + Int(PX_PANEL) - 1) / Int(PX_PANEL) * Int(PX_PANEL) * depth
            onEveryPath {
                let packed = Buffer(p.type, count: batch * panels)
                for b in 0..<batch {
                    px_product_pack(
                        at(w, b * columns * depth), p.type, true, columns, depth,
                        at(packed, b * panels), p.type)
                }
                let y = Buffer(p.type, count: expected.count)
                px_product(&shape, a.raw, packed.raw, bias.floats, y.raw)
                expectClose(y.doubles, expected, p.tolerance, "y")
            }
        }

        @Test("A matrix packs the same from either order, into any type", arguments: precisions)
        func packsFromEitherOrder(_ p: Precision) {
            let (columns, depth) = (70, 19)
            var noise = Noise(31)
            let values = noise.normal(columns * depth)
            let turned = (0..<depth * columns).map { values[$0 % columns * depth + $0 / columns] }
            let panel = Int(PX_PANEL)
            let count = (columns + panel - 1) / panel * panel * depth
            onEveryPath {
                let (one, other) = (Buffer(PX_F16, count: count), Buffer(PX_F16, count: count))
                px_product_pack(
                    Buffer(p.type, values).raw, p.type, true, columns, depth, one.raw, PX_F16)
                px_product_pack(
                    Buffer(p.type, turned).raw, p.type, false, columns, depth, other.raw, PX_F16)
                #expect(one.doubles == other.doubles)
                let rounded = Buffer(PX_F16, Buffer(p.type, values).doubles).doubles
                #expect(one.doubles[panel * 3 + 5] == rounded[5 * depth + 3])
                #expect(one.doubles.last! == 0, "filled up with zeros")
            }
        }

        @Test("Windows of a picture, with borders and strides", arguments: precisions)
        func convolves(_ p: Precision) {
            for (kernel, stride, top, input, output) in [
                (3, 1, 1, 5, 50), (3, 2, 1, 18, 7), (1, 1, 0, 33, 16), (4, 2, 1, 3, 3),
                (3, 2, 0, 350, 4),
            ] {
                let (batch, height, width) = (2, 7, 10)
                let (outHeight, outWidth) = (
                    (height + 2 * top - kernel) / stride + 1,
                    (width + 2 * top - kernel) / stride + 1
                )
                var noise = Noise(32)
                let x = Buffer(p.type, noise.normal(batch * height * width * input))
                let w = Buffer(p.type, noise.normal(output * kernel * kernel * input))
                var window = px_window(
                    in_height: height, in_width: width, in_channels: input,
                    out_height: outHeight, out_width: outWidth, kernel_height: kernel,
                    kernel_width: kernel, stride: stride, top: top, left: top)
                let (picture, weight) = (x.doubles, w.doubles)
                var expected: [Double] = []
                for b in 0..<batch {
                    for row in 0..<outHeight {
                        for column in 0..<outWidth {
                            for o in 0..<output {
                                var sum = 0.0
                                for tap in 0..<kernel * kernel {
                                    let r = row * stride + tap / kernel - top
                                    let c = column * stride + tap % kernel - top
                                    guard (0..<height).contains(r), (0..<width).contains(c)
                                    else { continue }
                                    let i = ((b * height + r) * width + c) * input
                                    let j = (o * kernel * kernel + tap) * input
                                    for k in 0..<input { sum += picture[i + k] * weight[j + k] }
                                }
                                expected.append(sum)
                            }
                        }
                    }
                }
                let depth = kernel * kernel * input
                let packed = Buffer(
                    p.type,
                    count: (output + Int(PX_PANEL) - 1) / Int(PX_PANEL) * Int(PX_PANEL) * depth)
                let y = Buffer(p.type, count: expected.count)
                withUnsafePointer(to: &window) { window in
                    var shape = px_product_shape(
                        batch: 1, rows: batch * outHeight * outWidth, columns: output,
                        depth: depth, a_type: p.type, b_type: p.type, y_type: p.type,
                        window: window)
                    onEveryPath {
                        px_product_pack(w.raw, p.type, true, output, depth, packed.raw, p.type)
                        px_product(&shape, x.raw, packed.raw, nil, y.raw)
                        expectClose(y.doubles, expected, p.tolerance, "\(kernel) \(stride)")
                    }
                }
            }
        }

        @Test(
            "Sums of levels are exact, the largest too",
            arguments: [[3, 5, 7], [9, 50, 129], [130, 33, 1030]])
        func multipliesLevels(_ sizes: [Int]) {
            let (rows, columns, depth) = (sizes[0], sizes[1], sizes[2])
            var noise = Noise(33)
            // The first two are of the largest level alone: 127 · 127 twice is beyond 16 bits.
            func levels(_ count: Int) -> [Double] {
                (0..<count * depth).map {
                    $0 < 2 * depth ? 127 : (noise.uniform() * 254 - 127).rounded()
                }
            }
            let (a, w) = (levels(rows), levels(columns))
            let expected = (0..<rows * columns).map { place in
                let (i, j) = (place / columns * depth, place % columns * depth)
                return (0..<depth).reduce(0.0) { $0 + a[i + $1] * w[j + $1] }
            }
            #expect(expected[0] == Double(127 * 127 * depth))
            var shape = px_product_shape(
                batch: 1, rows: rows, columns: columns, depth: depth, a_type: PX_S8,
                b_type: PX_S8, y_type: PX_F32, window: nil)
            let panels = (columns + Int(PX_PANEL) - 1) / Int(PX_PANEL) * Int(PX_PANEL) * depth
            onEveryPath {
                let packed = Buffer(PX_S8, count: panels)
                px_product_pack(
                    Buffer(PX_S8, w).raw, PX_S8, true, columns, depth, packed.raw, PX_S8)
                let y = Buffer(PX_F32, count: expected.count)
                px_product(&shape, Buffer(PX_S8, a).raw, packed.raw, nil, y.raw)
                #expect(y.doubles == expected)
            }
        }

        private func at(_ buffer: Buffer, _ index: Int) -> UnsafeMutableRawPointer {
            buffer.raw + index * buffer.type.size
        }
    }
}
