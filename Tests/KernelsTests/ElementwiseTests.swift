import Foundation
import PinxitKernels
import Testing

typealias Function = @Sendable (Double) -> Double

private let sigmoid: Function = { 1 / (1 + exp(-$0)) }
private let normal: Function = { 0.5 * erfc(-$0 / 2.0.squareRoot()) }
private let density: Function = { exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot() }
private let siluSlope: Function = { sigmoid($0) * (1 + $0 * (1 - sigmoid($0))) }

struct UnaryCase: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let op: px_unary_op
    let positive: Bool
    let f: Function
    let slope: Function

    static let all: [UnaryCase] = [
        .init("silu", PX_SILU, { $0 * sigmoid($0) }, siluSlope),
        .init("gelu", PX_GELU, { $0 * normal($0) }, { normal($0) + $0 * density($0) }),
        .init("quick gelu", PX_QUICK_GELU, { $0 * sigmoid(1.702 * $0) }, { siluSlope(1.702 * $0) }),
        .init("relu", PX_RELU, { max($0, 0) }, { $0 > 0 ? 1 : 0 }),
        .init("sigmoid", PX_SIGMOID, sigmoid, { sigmoid($0) * (1 - sigmoid($0)) }),
        .init("tanh", PX_TANH, { tanh($0) }, { 1 - tanh($0) * tanh($0) }),
        .init("exp", PX_EXP, { exp($0) }, { exp($0) }),
        .init("log", PX_LOG, positive: true, { log($0) }, { 1 / $0 }),
        .init("sqrt", PX_SQRT, positive: true, { $0.squareRoot() }, { 0.5 / $0.squareRoot() }),
        .init("abs", PX_ABS, { abs($0) }, { $0 > 0 ? 1 : ($0 < 0 ? -1 : 0) }),
        .init("square", PX_SQUARE, { $0 * $0 }, { 2 * $0 }),
        .init("reciprocal", PX_RECIPROCAL, positive: true, { 1 / $0 }, { -1 / ($0 * $0) }),
    ]

    init(
        _ name: String, _ op: px_unary_op, positive: Bool = false, _ f: @escaping Function,
        _ slope: @escaping Function
    ) {
        (testDescription, self.op, self.positive, self.f, self.slope) = (
            name, op, positive, f, slope
        )
    }
}

extension EveryKernel {
    @Suite struct Elementwise {
        @Test(arguments: UnaryCase.all, precisions)
        func unary(_ c: UnaryCase, _ p: Precision) {
            var noise = Noise(1)
            for n in [1, 15, 33, 1000] {
                var values = noise.normal(n, scale: 3).map { min($0, 9) }  // f16 ends at e^11
                if c.positive { values = values.map { abs($0) + 0.1 } }
                let x = Buffer(p.type, values)
                let dy = Buffer(p.type, noise.normal(n))
                let (xs, dys) = (x.doubles, dy.doubles)
                onEveryPath {
                    let y = Buffer(p.type, count: n)
                    px_unary(c.op, x.raw, y.raw, p.type, n)
                    expectClose(y.doubles, xs.map(c.f), p.tolerance, "\(c.testDescription) \(n)")
                    let dx = Buffer(p.type, count: n)
                    px_unary_backward(c.op, x.raw, dy.raw, dx.raw, p.type, n)
                    let expected = zip(xs, dys).map { $1 * c.slope($0) }
                    expectClose(dx.doubles, expected, p.tolerance, "\(c.testDescription)' \(n)")
                }
            }
        }

        @Test func exponentialIsAccurateOverItsWholeRange() {
            let xs = (0..<4000).map { -87 + Double($0) * (175.0 / 4000) }
            let x = Buffer(PX_F32, xs)
            onEveryPath {
                let y = Buffer(PX_F32, count: xs.count)
                px_unary(PX_EXP, x.raw, y.raw, PX_F32, xs.count)
                for (a, b) in zip(y.doubles, x.doubles) {
                    #expect(abs(a / exp(b) - 1) < 3e-7, "exp(\(b))")
                }
            }
        }

        @Test func specialValues() {
            let x = Buffer(PX_F32, [.infinity, -.infinity, .nan, 1000, -1000])
            onEveryPath {
                let y = Buffer(PX_F32, count: 5)
                px_unary(PX_EXP, x.raw, y.raw, PX_F32, 5)
                #expect(y.doubles[0] == .infinity && y.doubles[1] == 0 && y.doubles[2].isNaN)
                px_unary(PX_SIGMOID, x.raw, y.raw, PX_F32, 5)
                #expect(y.doubles[0] == 1 && y.doubles[1] < 1e-37 && y.doubles[2].isNaN)
                px_unary(PX_SILU, x.raw, y.raw, PX_F32, 5)
                #expect(y.doubles[2].isNaN && y.doubles[3] == 1000 && abs(y.doubles[4]) < 1e-30)
                px_unary(PX_GELU, x.raw, y.raw, PX_F32, 5)
                #expect(y.doubles[2].isNaN && y.doubles[3] == 1000 && abs(y.doubles[4]) < 1e-3)
            }
        }

        @Test(arguments: precisions)
        func clampAndBlend(_ p: Precision) {
            var noise = Noise(2)
            let a = Buffer(p.type, noise.normal(77))
            let b = Buffer(p.type, noise.normal(77))
            onEveryPath {
                let y = Buffer(p.type, count: 77)
                px_clamp(a.raw, y.raw, p.type, 77, -0.5, 0.25)
                #expect(y.doubles == a.doubles.map { min(max($0, -0.5), 0.25) })
                px_axpby(0.3, a.raw, -1.5, b.raw, 0.125, y.raw, p.type, 77)
                let blend = zip(a.doubles, b.doubles).map { 0.3 * $0 - 1.5 * $1 + 0.125 }
                expectClose(y.doubles, blend, p.tolerance, "axpby")
                px_axpby(2, a.raw, 7, nil, -1, y.raw, p.type, 77)
                expectClose(y.doubles, a.doubles.map { 2 * $0 - 1 }, p.tolerance, "axpby alone")
            }
        }

        @Test(arguments: precisions)
        func binaryBroadcasts(_ p: Precision) {
            typealias Operation = (px_binary_op, (Double, Double) -> Double)
            let operations: [Operation] = [
                (PX_ADD, { $0 + $1 }), (PX_SUB, { $0 - $1 }), (PX_MUL, { $0 * $1 }),
                (PX_DIV, { $0 / $1 }), (PX_MAX, { max($0, $1) }), (PX_MIN, { min($0, $1) }),
            ]
            let dims = [3, 5, 37]
            let full = [185, 37, 1]
            // Same shape, trailing vector, middle, scalar, per row, transposed.
            let others = [full, [0, 0, 1], [37, 0, 1], [0, 0, 0], [5, 1, 0], [1, 3, 15]]
            var noise = Noise(3)
            let a = Buffer(p.type, noise.normal(555).map { abs($0) + 0.5 })
            let b = Buffer(p.type, noise.normal(555).map { abs($0) + 0.5 })
            for strides in others {
                for (left, right) in [(full, strides), (strides, full)] {
                    let indices = (0..<555).map { [$0 / 185, $0 / 37 % 5, $0 % 37] }
                    let at = { (i: [Int], s: [Int]) in zip(i, s).reduce(0) { $0 + $1.0 * $1.1 } }
                    let (av, bv) = (a.doubles, b.doubles)
                    for (op, f) in operations {
                        let expected = indices.map { f(av[at($0, left)], bv[at($0, right)]) }
                        onEveryPath {
                            let y = Buffer(p.type, count: 555)
                            px_binary(op, a.raw, left, b.raw, right, y.raw, p.type, 3, dims)
                            expectClose(y.doubles, expected, p.tolerance, "binary \(left) \(right)")
                        }
                    }
                }
            }
        }

        @Test func conversionRoundsToNearestEven() {
            // Ties, subnormals, the largest finite values, infinities and NaN.
            let values: [Float] = [
                1.00390625, 1.01171875, 6e-8, 2.9e-8, 65504, 65519.9, 65520,
                Float(bitPattern: 71362), .infinity,
                -.infinity, .nan, -0.0, 3.3895e38, .greatestFiniteMagnitude, 0.1,
                1.0009765625 + 0.00048828125,
            ]
            onEveryPath {
                var half = [UInt16](repeating: 0, count: values.count)
                px_convert(values, PX_F32, &half, PX_F16, values.count)
                #if arch(arm64) || os(Linux)
                    for (v, h) in zip(values, half) where !v.isNaN {
                        #expect(Float16(bitPattern: h) == Float16(v), "f16 of \(v)")
                    }
                #endif
                var brain = half
                px_convert(values, PX_F32, &brain, PX_BF16, values.count)
                for (v, b) in zip(values, brain) {
                    let bits = v.bitPattern
                    let even = UInt16(
                        truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
                    let back = Float(bitPattern: UInt32(b) << 16)
                    // Subnormals may be flushed by the bf16 instruction.
                    #expect(
                        v.isNaN ? back.isNaN : (b == even || (v.isSubnormal && back == 0)), "\(v)")
                }
                var back = [Float](repeating: 0, count: values.count)
                px_convert(brain, PX_BF16, &back, PX_F32, values.count)
                #expect(
                    back[0] == 1 && back[1] == 1.015625 && back[8] == .infinity && back[10].isNaN)
            }
        }

        @Test(
            "Levels are the nearest from -127 to 127, even ones between two", arguments: precisions)
        func convertsLevels(_ p: Precision) {
            // Exact in every type.
            let values = [0, 0.5, 1.5, -2.5, 3.25, -3.75, 126.5, 127, 128, -126.5, -200, 4096]
            let nearest: [Double] = [0, 0, 2, -2, 3, -4, 126, 127, 127, -126, -127, 127]
            onEveryPath {
                for count in 1...40 {
                    let x = Buffer(p.type, (0..<count).map { values[$0 % values.count] })
                    let levels = Buffer(PX_S8, count: count + 1)
                    px_convert(x.raw, p.type, levels.raw, PX_S8, count)
                    let back = Buffer(p.type, count: count)
                    px_convert(levels.raw, PX_S8, back.raw, p.type, count)
                    #expect(back.doubles == (0..<count).map { nearest[$0 % nearest.count] })
                    #expect(levels.doubles.last == -1, "wrote beyond the end")
                }
            }
        }
    }
}
