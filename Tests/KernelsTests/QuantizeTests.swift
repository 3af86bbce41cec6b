import Foundation
import PinxitKernels
import Testing

extension EveryKernel {
    @Suite struct Quantisation {
        @Test("Levels are the nearest of one scale", arguments: precisions)
        func levels(_ precision: Precision) {
            onEveryPath {
                for count in [1, 7, 16, 33, 1000, 40_003] {
                    var noise = Noise(UInt64(count))
                    let x = Buffer(precision.type, noise.normal(count))
                    var levels = [Int8](repeating: 99, count: count + 1)
                    let scale = Double(px_quantize(x.raw, precision.type, &levels, count))
                    let values = x.doubles
                    let largest = values.map(abs).max()!
                    #expect(abs(scale * 127 / largest - 1) < 1e-6)
                    let isNearest = zip(values, levels).allSatisfy { value, level in
                        abs(Double(level) * scale - value) <= scale * 0.5001
                    }
                    #expect(isNearest)
                    #expect(levels[count] == 99, "wrote beyond the end")
                }
            }
        }

        @Test("Each row has a scale of its own; a row of zeros stays zeros")
        func rows() {
            onEveryPath {
                let (rows, columns) = (5, 37)
                var noise = Noise(3)
                let values = (0..<rows).flatMap { row in
                    noise.normal(columns, scale: row == 2 ? 0 : pow(10, Double(row)))
                }
                let x = Buffer(PX_F32, values)
                var levels = [Int8](repeating: 99, count: rows * columns)
                var scales = [Float](repeating: 0, count: rows)
                px_quantize_rows(x.raw, PX_F32, &levels, &scales, rows, columns)
                for row in 0..<rows {
                    let range = row * columns..<(row + 1) * columns
                    let scale = Double(scales[row])
                    #expect(
                        range.allSatisfy {
                            abs(Double(levels[$0]) * scale - values[$0]) <= scale * 0.5001
                        })
                    #expect(levels[range].map { abs(Int($0)) }.max() == (row == 2 ? 0 : 127))
                }
            }
        }

        @Test("What is not finite has no scale, wherever it stands", arguments: precisions)
        func notFinite(_ precision: Precision) {
            onEveryPath {
                for (count, place) in [(1, 0), (40_003, 0), (40_003, 40_002), (40_003, 20_000)] {
                    for odd in [Double.nan, .infinity, -.infinity] {
                        var values = [Double](repeating: 0.5, count: count)
                        values[place] = odd
                        let x = Buffer(precision.type, values)
                        var levels = [Int8](repeating: 0, count: count)
                        #expect(px_quantize(x.raw, precision.type, &levels, count).isNaN)
                        var scale: Float = 0
                        px_quantize_rows(x.raw, precision.type, &levels, &scale, 1, count)
                        #expect(scale.isNaN)
                    }
                }
            }
        }

        @Test("Rows so small that a level has no reciprocal are as zeros")
        func tinyRows() {
            onEveryPath {
                let x = Buffer(PX_F32, [1e-37, -1e-38, 0, 1e-40])
                var levels = [Int8](repeating: 99, count: 4)
                var scale: Float = 0
                px_quantize_rows(x.raw, PX_F32, &levels, &scale, 1, 4)
                #expect(scale == 1 && levels == [0, 0, 0, 0])
            }
        }

        @Test("Columns are scaled in place", arguments: precisions)
        func columns(_ precision: Precision) {
            onEveryPath {
                let (rows, columns) = (4, 35)
                var noise = Noise(4)
                let x = Buffer(precision.type, noise.normal(rows * columns))
                let before = x.doubles
                let scales = (0..<columns).map { Float($0 + 1) }
                px_scale_columns(x.raw, scales, 0.5, x.raw, precision.type, rows, columns)
                let expected = before.enumerated().map { $1 * Double($0 % columns + 1) * 0.5 }
                expectClose(x.doubles, expected, precision.tolerance, "scaled columns")
            }
        }
    }
}
