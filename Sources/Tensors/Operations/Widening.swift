import PinxitKernels

/// Products and convolutions of bf16 activations in f32 arithmetic, for processors whose bf16 dot
/// products are slow or missing: Intel's without matrix tiles take twice as long for them as for
/// f32. Memory is that of bf16, and sums are more exact than with dot products.
enum Widening {
    /// With fewer rows reading the weight is the most of the work, which oneDNN does as fast.
    private static let leastRows = 8

    /// Runs `body`, on this thread, with or without it where the processor could do either, for
    /// tests and comparisons.
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

    /// y = x by the matrix, + bias.
    static func multiply(_ x: Tensor, _ weight: WeightPanels, bias: Tensor?, into y: Tensor) {
        let depth = x.shape[-1]
        multiply(x, weight, bias: bias, rows: x.count / depth, depth: depth, nil, into: y)
    }

    /// y = x convolved by the weight, as a product of its windows.
    static func convolve(
        _ x: Tensor, _ weight: WeightPanels, bias: Tensor?, _ sizes: ConvolutionSizes,
        into y: Tensor
    ) {
        let rows = sizes.batch * sizes.outHeight * sizes.outWidth
        let depth = sizes.kernelHeight * sizes.kernelWidth * sizes.inChannels
        var window = px_window(sizes)
        withUnsafePointer(to: &window) {
            multiply(x, weight, bias: bias, rows: rows, depth: depth, $0, into: y)
        }
    }

    private static func multiply(
        _ x: Tensor, _ weight: WeightPanels, bias: Tensor?, rows: Int, depth: Int,
        _ window: UnsafePointer<px_window>?, into y: Tensor
    ) {
        var shape = px_product_shape(
            batch: 1, rows: rows, columns: y.shape[-1], depth: depth, a_type: x.type.factor,
            b_type: weight.type.factor, y_type: y.type.kernel, window: window)
        px_product(&shape, x.pointer, weight.storage.pointer, bias?.f32, y.pointer)
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
