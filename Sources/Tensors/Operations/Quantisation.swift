import CPinxitOneDNN
import PinxitKernels

/// Products and convolutions of 8-bit levels (W8A8): weights with a scale for each output channel,
/// activations with one scale for the whole tensor, found anew each time.
///
/// Levels are symmetric, from -127 to 127. Sums are exact; what is lost is lost by rounding to
/// levels. oneDNN's sums are exact only with AVX-512's VNNI. Elsewhere our own kernel multiplies
/// the same levels in f32, exact up to 2^24 and rounded in the last place beyond: no faster than
/// bf16 there, but the same picture, from weights of half bf16's memory.
public enum Quantisation {
    nonisolated(unsafe) private static var isOn = false
    nonisolated(unsafe) private static var widens = !odn_sums_8_bits()
    /// The last activation that was quantised: queries, keys and values are made from the same one.
    nonisolated(unsafe) private static var last:
        (source: Tensor, version: Int, levels: Tensor, scale: Float)?

    /// Runs `body` with ``linear(_:_:bias:)`` and ``conv2d(_:_:bias:_:)`` in 8 bits where the
    /// weight is quantisable.
    public static func using<Result, Failure: Error>(
        _ isOn: Bool, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let before = Self.isOn
        Self.isOn = isOn
        defer {
            Self.isOn = before
            last = nil
        }
        return try body()
    }

    /// Runs `body` with levels widened, or by oneDNN if it can, for tests and comparisons.
    static func widening<Result>(_ isOn: Bool, _ body: () throws -> Result) rethrows -> Result {
        let before = widens
        widens = isOn || !odn_sums_8_bits()
        defer { widens = before }
        return try body()
    }

    static func applies(to weight: Tensor, _ x: Tensor) -> Bool {
        isOn && weight.storage.isQuantisable && !x.isTracked && !weight.isTracked
    }

    /// An activation's levels, and what one level is worth.
    static func levels(_ x: Tensor) -> (levels: Tensor, scale: Float) {
        if let last, last.source.storage === x.storage, last.source.offset == x.offset,
            last.source.count == x.count, last.version == x.storage.version
        {
            return (Engine.unobserved { last.levels.reshaped(x.shape) }, last.scale)
        }
        let levels = Tensor(uninitialized: x.shape, type: .i8)
        let scale = px_quantize(
            x.pointer, x.type.kernel, levels.pointer.assumingMemoryBound(to: Int8.self), x.count)
        last = (x.detached, x.storage.version, levels, scale)
        return (levels, scale)
    }

    /// y = x weightᵀ + bias by levels.
    ///
    /// - Parameter sizes: Those of the product without levels.
    static func multiply(
        _ x: Tensor, _ weight: Tensor, bias: Tensor?, _ sizes: ProductSizes, into y: Tensor
    ) {
        if widens {
            let panels = WeightPanels.matrix(weight, asLevels: true)
            scaled(x, weight, bias: bias, into: y) {
                Widening.multiply($0, panels, bias: $1, into: y)
            }
        } else {
            var sizes = sizes
            (sizes.aType, sizes.bType, sizes.plainType) = (.i8, .i8, .i8)
            run(.product(sizes), x, weight, bias: bias, into: y)
        }
    }

    /// y = x convolved by the weight, by levels.
    ///
    /// - Parameter sizes: Those of the convolution without levels.
    static func convolve(
        _ x: Tensor, _ weight: Tensor, bias: Tensor?, _ sizes: ConvolutionSizes, into y: Tensor
    ) {
        if widens {
            let panels = WeightPanels.windows(weight, asLevels: true)
            scaled(x, weight, bias: bias, into: y) {
                Widening.convolve($0, panels, bias: $1, sizes, into: y)
            }
        } else {
            var sizes = sizes
            (sizes.type, sizes.plainType, sizes.outType) = (.i8, .i8, x.type)
            run(.convolution(.forward, sizes), x, weight, bias: bias, into: y)
        }
    }

    private static func run(
        _ key: Primitive.Key, _ x: Tensor, _ weight: Tensor, bias: Tensor?, into y: Tensor
    ) {
        let primitive = Primitive.cached(key)
        let packed = primitive.prepared(weight)
        scaled(x, weight, bias: bias, into: y) {
            primitive($0, packed.pointer, bias: $1, into: y.pointer)
        }
    }

    /// y = scale · rowScales · (sums + bias / (scale · rowScales)).
    ///
    /// - Parameters:
    ///   - weight: Packed as levels already, which finds the scales of its rows.
    ///   - y: `[…, out]`, overwritten.
    ///   - sums: Writes what is in brackets to y, given x's levels and the divided bias.
    private static func scaled(
        _ x: Tensor, _ weight: Tensor, bias: Tensor?, into y: Tensor,
        sums: (_ levels: Tensor, _ bias: Tensor?) -> Void
    ) {
        defer { weight.storage.dropPassingPages() }
        let (levels, scale) = levels(x)
        guard let scales = weight.storage.rowScales else {
            preconditionFailure("\(weight) was not packed as levels")
        }
        sums(levels, bias.map { bias in Engine.unobserved { bias.detached / (scales * scale) } })
        let columns = scales.count
        px_scale_columns(
            y.pointer, scales.f32, scale, y.pointer, y.type.kernel, y.count / columns, columns)
    }
}

/// The levels of a weight `[out, …]`; their scales stay with its storage.
func quantisedRows(_ weight: Tensor) -> Tensor {
    let rows = weight.shape[0]
    let levels = Tensor(uninitialized: weight.shape, type: .i8)
    let scales = Tensor(uninitialized: [rows])
    px_quantize_rows(
        weight.pointer, weight.type.kernel, levels.pointer.assumingMemoryBound(to: Int8.self),
        scales.f32, rows, weight.count / rows)
    weight.storage.rowScales = scales
    return levels
}
