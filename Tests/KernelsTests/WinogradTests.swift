import PinxitKernels
import Testing

extension EveryKernel {
    /// The three transforms with a product between them are a convolution.
    @Suite struct WinogradTransforms {
        @Test(
            "Odd sizes, several pictures, borders and vectors that do not fill up",
            arguments: [Precision.f32, .bf16], [2, 4])
        func isAConvolution(_ precision: Precision, _ tile: Int) {
            onEveryPath {
                for (batch, height, width, input, output, top, left) in [
                    (1, 4, 4, 16, 16, 1, 1), (2, 5, 7, 3, 18, 1, 1), (3, 1, 2, 5, 1, 1, 1),
                    (1, 6, 9, 33, 20, 0, 1), (2, 8, 3, 7, 5, 1, 0),
                ] {
                    let size = px_winograd(
                        tile: tile, type: precision.type,
                        // Larger tiles do not bear bf16: their places stay in f32.
                        place_type: tile == 2 ? precision.type : PX_F32, in_height: height,
                        in_width: width, in_channels: input,
                        // Rows and columns of zeros behind the picture as many as before it.
                        out_height: height + 2 * top - 2, out_width: width + 2 * left - 2,
                        out_channels: output, top: top, left: left)
                    guard size.out_height > 0, size.out_width > 0 else { continue }
                    var noise = Noise(UInt64(height * 10 + width))
                    let x = Buffer(precision.type, noise.normal(batch * height * width * input))
                    let w = Buffer(PX_F32, noise.normal(output * input * 9))
                    let bias = Buffer(PX_F32, noise.normal(output))
                    expectClose(
                        convolved(size, batch, x, w, bias),
                        direct(size, batch, x.doubles, w.doubles, bias.doubles),
                        precision.isF32 ? 2e-5 : 0x1p-5, "\(size)")
                }
            }
        }

        @Test(
            "The filters' gradient through the places", arguments: [Precision.f32, .bf16], [2, 4])
        func isTheFiltersGradient(_ precision: Precision, _ tile: Int) {
            onEveryPath {
                for (batch, height, width, input, output) in [
                    (1, 4, 4, 16, 16), (2, 5, 7, 3, 18), (3, 1, 2, 5, 1), (1, 6, 9, 33, 20),
                ] {
                    let size = px_winograd(
                        tile: tile, type: precision.type,
                        place_type: tile == 2 ? precision.type : PX_F32, in_height: height,
                        in_width: width, in_channels: input, out_height: height, out_width: width,
                        out_channels: output, top: 1, left: 1)
                    var noise = Noise(UInt64(height * 20 + width))
                    let x = Buffer(precision.type, noise.normal(batch * height * width * input))
                    let dy = Buffer(precision.type, noise.normal(batch * height * width * output))
                    expectClose(
                        filterGradient(size, batch, x, dy),
                        directFilterGradient(size, batch, x.doubles, dy.doubles),
                        precision.isF32 ? 2e-5 : 0x1p-5, "\(size)")
                }
            }
        }

        /// Tiles in two portions, the products of the places summed one by one.
        private func filterGradient(
            _ size: px_winograd, _ batch: Int, _ x: Buffer, _ dy: Buffer
        ) -> [Double] {
            var size = size
            let (input, output) = (size.in_channels, size.out_channels)
            let (places, tiles) = (places(size), tiles(size, batch))
            let du = Buffer(PX_F32, count: places * output * input)
            for i in 0..<places * output * input { du.floats[i] = 0 }
            let half = (tiles + 1) / 2
            for (first, count) in [(0, half), (half, tiles - half)] where count > 0 {
                let v = Buffer(size.place_type, count: places * count * input)
                let d = Buffer(size.place_type, count: places * count * output)
                px_winograd_input(&size, x.raw, first, count, v.raw)
                px_winograd_spread(&size, dy.raw, first, count, d.raw)
                let (inputs, spread) = (v.doubles, d.doubles)
                for place in 0..<places {
                    for o in 0..<output {
                        for i in 0..<input {
                            du.floats[(place * output + o) * input + i] += Float(
                                (0..<count).reduce(0.0) { sum, tile in
                                    sum + spread[(place * count + tile) * output + o]
                                        * inputs[(place * count + tile) * input + i]
                                })
                        }
                    }
                }
            }
            let dw = Buffer(PX_F32, count: output * input * 9)
            px_winograd_filter_gradient(size.tile, du.floats, output * input, dw.floats)
            return dw.doubles
        }

        private func places(_ size: px_winograd) -> Int { (size.tile + 2) * (size.tile + 2) }

        private func tiles(_ size: px_winograd, _ batch: Int) -> Int {
            batch * ((size.out_height + size.tile - 1) / size.tile)
                * ((size.out_width + size.tile - 1) / size.tile)
        }

        private func directFilterGradient(
            _ size: px_winograd, _ batch: Int, _ x: [Double], _ dy: [Double]
        ) -> [Double] {
            let (input, output) = (size.in_channels, size.out_channels)
            var dw = [Double](repeating: 0, count: output * input * 9)
            for b in 0..<batch {
                for row in 0..<size.out_height {
                    for column in 0..<size.out_width {
                        let target = (b * size.out_height + row) * size.out_width + column
                        for k in 0..<9 {
                            let (r, c) = (row + k / 3 - size.top, column + k % 3 - size.left)
                            guard (0..<size.in_height).contains(r),
                                (0..<size.in_width).contains(c)
                            else { continue }
                            let pixel = (b * size.in_height + r) * size.in_width + c
                            for o in 0..<output {
                                for i in 0..<input {
                                    dw[(o * input + i) * 9 + k] +=
                                        dy[target * output + o] * x[pixel * input + i]
                                }
                            }
                        }
                    }
                }
            }
            return dw
        }

        /// Tiles in two portions, the places multiplied one by one.
        private func convolved(
            _ size: px_winograd, _ batch: Int, _ x: Buffer, _ w: Buffer, _ bias: Buffer
        ) -> [Double] {
            var size = size
            let (input, output) = (size.in_channels, size.out_channels)
            let (places, tiles) = (places(size), tiles(size, batch))
            let u = Buffer(size.place_type, count: places * output * input)
            px_winograd_filter(size.tile, w.raw, PX_F32, output * input, u.raw, size.place_type)
            let y = Buffer(size.type, count: batch * size.out_height * size.out_width * output)
            let half = (tiles + 1) / 2
            for (first, count) in [(0, half), (half, tiles - half)] where count > 0 {
                let v = Buffer(size.place_type, count: places * count * input)
                px_winograd_input(&size, x.raw, first, count, v.raw)
                let (inputs, filters) = (v.doubles, u.doubles)
                let m = Buffer(PX_F32, count: places * count * output)
                for place in 0..<places {
                    for tile in 0..<count {
                        for o in 0..<output {
                            m.floats[(place * count + tile) * output + o] = Float(
                                (0..<input).reduce(0.0) { sum, i in
                                    sum + inputs[(place * count + tile) * input + i]
                                        * filters[(place * output + o) * input + i]
                                })
                        }
                    }
                }
                px_winograd_output(&size, m.floats, bias.floats, first, count, y.raw)
            }
            return y.doubles
        }

        private func direct(
            _ size: px_winograd, _ batch: Int, _ x: [Double], _ w: [Double], _ bias: [Double]
        ) -> [Double] {
            var y: [Double] = []
            let (input, output) = (size.in_channels, size.out_channels)
            for b in 0..<batch {
                for row in 0..<size.out_height {
                    for column in 0..<size.out_width {
                        for o in 0..<output {
                            var sum = bias[o]
                            for k in 0..<9 {
                                let (r, c) = (row + k / 3 - size.top, column + k % 3 - size.left)
                                guard (0..<size.in_height).contains(r),
                                    (0..<size.in_width).contains(c)
                                else { continue }
                                let pixel = (b * size.in_height + r) * size.in_width + c
                                for i in 0..<input {
                                    sum += x[pixel * input + i] * w[(o * input + i) * 9 + k]
                                }
                            }
                            y.append(sum)
                        }
                    }
                }
            }
            return y
        }
    }
}
