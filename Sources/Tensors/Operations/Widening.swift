import PinxitKernels

/// Products and convolutions of bf16 activations in f32 arithmetic, for processors whose bf16 dot products are slow or
/// missing: Intel's without matrix tiles take twice as long for them as for f32. Memory is that of bf16, and sums are
/// more exact than with dot products.
enum Widening {
    /// With fewer rows reading the weight is the most of the work, which oneDNN does as fast.
    private static let leastRows = 8

    /// Runs `body`, on this thread, with or without it where the processor could do either, for tests and comparisons.
    static func using<Result>(_ isOn: Bool, _ body: () throws -> Result) rethrows -> Result {
        px_bf16_dots_select(isOn ? 0 : 1)
        defer { px_bf16_dots_select(-1) }
        return try body()
    }

    /// Whether activations of a type are multiplied so.
    static func applies(to type: ElementType) -> Bool { type == .bf16 && !px_bf16_pays() }

    static func applies(to x: Tensor, rows: Int) -> Bool {
        // oneDNN takes bf16 only where the processor has it.
        (rows >= leastRows || !px_has_bf16()) && applies(to: x.type)
    }

    /// The type a weight keeps in its panels.
    private static func panelType(_ weight: Tensor) -> ElementType {
        weight.type == .f16 ? .f16 : .bf16
    }

    /// y = x weightᵀ + bias, or x weight: the weight is `[out, in]`, or turned round `[in, out]`.
    static func multiply(
        _ x: Tensor, _ weight: Tensor, turned: Bool = false, bias: Tensor?, into y: Tensor
    ) {
        let (columns, depth) = (y.shape[-1], x.shape[-1])
        let panels = weight.packed(
            as: turned ? .turnedPanels : .panels,
            byteCount: Panels.byteCount(columns, depth, .bf16)
        ) {
            px_product_pack(
                weight.pointer, weight.type.kernel, !turned, columns, depth, $0.pointer,
                panelType(weight).kernel)
            weight.storage.dropPages()
        }
        var shape = px_product_shape(
            batch: 1, rows: x.count / depth, columns: columns, depth: depth,
            a_type: x.type.kernel, b_type: panelType(weight).kernel, y_type: y.type.kernel,
            window: nil)
        px_product(&shape, x.pointer, panels.pointer, bias?.f32, y.pointer)
        if weight.storage.isStreamed { weight.storage.dropPages() }
    }

    /// y = x convolved by the weight, as a product of its windows.
    static func convolve(
        _ x: Tensor, _ weight: Tensor, bias: Tensor?, _ sizes: ConvolutionSizes, into y: Tensor
    ) {
        let (columns, depth) = (sizes.outChannels, weight.count / sizes.outChannels)
        let type = panelType(weight)
        let panels = weight.packed(
            as: .windowPanels, byteCount: Panels.byteCount(columns, depth, .bf16)
        ) { packed in
            // The channels of a tap beside one another, some columns at a time, so that they stay in the cache.
            for first in stride(from: 0, to: columns, by: Panels.columnsAtOnce) {
                let rows = first..<min(first + Panels.columnsAtOnce, columns)
                let taps = weight.detached.sliced(axis: 0, rows).permuted([0, 2, 3, 1])
                px_product_pack(
                    taps.pointer, taps.type.kernel, true, rows.count, depth,
                    packed.pointer + Panels.byteCount(first, depth, .bf16), type.kernel)
                withExtendedLifetime(taps) {}
            }
            weight.storage.dropPages()
        }
        var window = px_window(sizes)
        withUnsafePointer(to: &window) { window in
            var shape = px_product_shape(
                batch: 1, rows: sizes.batch * sizes.outHeight * sizes.outWidth, columns: columns,
                depth: depth, a_type: x.type.kernel, b_type: type.kernel,
                y_type: y.type.kernel, window: window)
            px_product(&shape, x.pointer, panels.pointer, bias?.f32, y.pointer)
        }
        if weight.storage.isStreamed { weight.storage.dropPages() }
    }
}

extension px_window {
    init(_ sizes: ConvolutionSizes) {
        self.init(
            in_height: sizes.inHeight, in_width: sizes.inWidth, in_channels: sizes.inChannels,
            out_height: sizes.outHeight, out_width: sizes.outWidth,
            kernel_height: sizes.kernelHeight, kernel_width: sizes.kernelWidth,
            stride: sizes.geometry.stride, top: sizes.geometry.top, left: sizes.geometry.left)
    }
}
