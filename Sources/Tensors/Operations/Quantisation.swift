import PinxitKernels

/// Products and convolutions of 8-bit levels (W8A8): weights with a scale for each output channel, activations with one
/// scale for the whole tensor, found anew each time.
///
/// Levels are symmetric, from -127 to 127. Sums are exact; what is lost is lost by rounding to levels.
public enum Quantisation {
    nonisolated(unsafe) private static var isOn = false
    /// The last activation that was quantised: queries, keys and values are made from the same one.
    nonisolated(unsafe) private static var last: (source: Tensor, levels: Tensor, scale: Float)?

    /// Runs `body` with ``linear(_:_:bias:)`` and ``conv2d(_:_:bias:_:)`` in 8 bits where the weight is quantisable.
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

    static func applies(to weight: Tensor, _ x: Tensor) -> Bool {
        isOn && weight.storage.isQuantisable && !x.isTracked && !weight.isTracked
    }

    /// An activation's levels, and what one level is worth.
    static func levels(_ x: Tensor) -> (levels: Tensor, scale: Float) {
        if let last, last.source.storage === x.storage, last.source.offset == x.offset,
            last.source.count == x.count
        {
            return (last.levels, last.scale)
        }
        let levels = Tensor(uninitialized: x.shape, type: .i8)
        let scale = px_quantize(
            x.pointer, x.type.kernel, levels.pointer.assumingMemoryBound(to: Int8.self), x.count)
        last = (x.detached, levels, scale)
        return (levels, scale)
    }

    /// Runs a primitive of levels: y = scale · rowScales · (sums + bias / (scale · rowScales)).
    ///
    /// - Parameter y: `[…, out]`, overwritten.
    static func run(
        _ primitive: Primitive, _ x: Tensor, _ weight: Tensor, bias: Tensor?, into y: Tensor
    ) {
        let (levels, scale) = levels(x)
        let packed = primitive.prepared(weight)
        let scales = weight.storage.rowScales!
        let shifted = bias.map { $0.detached / (scales * scale) }
        primitive(levels, packed.pointer, bias: shifted, into: y.pointer)
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
