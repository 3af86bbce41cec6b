import Kernels

#if canImport(Glibc)
    import Glibc
#endif

/// 3x3 convolutions of stride 1 and their gradients by Winograd's F(2x2, 3x3): 16 products of matrices in place of 36
/// multiplications for every 4 outputs, so that a convolution takes about half the time.
///
/// Lavin & Gray 2016 (arXiv 1509.09308). In f32 it rounds a little otherwise than the direct sum (1e-6 relative); in bf16
/// the transformed places are rounded too, which about doubles that type's error.
public enum Winograd {
    nonisolated(unsafe) private static var isOn =
        getenv("PINXIT_CONVOLUTION").map { String(cString: $0) } != "direct"

    /// Runs `body` with or without it. Where this is not called, it is on unless the environment says
    /// `PINXIT_CONVOLUTION=direct`.
    public static func using<Result>(_ isOn: Bool, _ body: () throws -> Result) rethrows -> Result {
        let before = Self.isOn
        Self.isOn = isOn
        defer { Self.isOn = before }
        return try body()
    }

    /// Below this many tiles the 16 matrices are read for too little work. In f32 they also take memory that the deep levels
    /// of a large U-Net, with most of the weights, do not repay.
    private static func leastTiles(_ type: ElementType) -> Int { type == .f32 ? 256 : 128 }
    /// Below this many channels moving the places costs more than their products save.
    private static let leastChannels = 96

    /// Whether a convolution, or the gradient of one, gains: 3x3, stride 1, and large enough.
    static func applies(_ sizes: ConvolutionSizes) -> Bool {
        isOn && sizes.kernelHeight == 3 && sizes.kernelWidth == 3 && sizes.geometry.stride == 1
            && min(sizes.inChannels, sizes.outChannels) >= leastChannels
            && tiles(sizes) >= leastTiles(sizes.type)
    }

    /// Whether it is to be preferred to 8 bits: in bf16 it takes as long and is nearer to the exact result, but its matrices
    /// are three and a half times as large, which only maps of many tiles and few channels are worth.
    static func isBetterThanLevels(_ sizes: ConvolutionSizes) -> Bool {
        sizes.type == .bf16 && tiles(sizes) >= 512
    }

    private static func tiles(_ sizes: ConvolutionSizes) -> Int {
        sizes.batch * ((sizes.outHeight + 1) / 2) * ((sizes.outWidth + 1) / 2)
    }

    /// y = x convolved by the weight.
    static func convolve(
        _ x: Tensor, _ weight: Tensor, bias: Tensor?, _ sizes: ConvolutionSizes, into y: Tensor
    ) {
        convolve(x, weight, .winograd, bias: bias, sizes, into: y)
    }

    /// dx from dy: a convolution by the weight turned half round, its channels exchanged.
    static func inputGradient(
        _ dy: Tensor, _ weight: Tensor, _ sizes: ConvolutionSizes, into dx: Tensor
    ) {
        convolve(dy, weight, .turnedWinograd, bias: nil, sizes.turned, into: dx)
    }

    /// Some tiles at a time, so that their places stay in the cache.
    private static func convolve(
        _ x: Tensor, _ weight: Tensor, _ form: Storage.PackedForm, bias: Tensor?,
        _ sizes: ConvolutionSizes, into y: Tensor
    ) {
        let (input, output) = (sizes.inChannels, sizes.outChannels)
        let (tiles, most) = (tiles(sizes), tilesAtOnce(sizes))
        var size = px_winograd(sizes)
        let v = Tensor(uninitialized: [16, min(most, tiles), input], type: x.type)
        let m = Tensor(uninitialized: [16, min(most, tiles), output])
        for first in stride(from: 0, to: tiles, by: most) {
            let count = min(most, tiles - first)
            let product = Primitive.cached(
                .product(
                    ProductSizes(
                        m: count, n: output, k: input, transposeB: form == .winograd, packB: true,
                        aType: x.type, bType: x.type, outType: .f32, plainType: x.type)))
            let u = filters(weight, form, product, x.type)
            px_winograd_input(&size, x.pointer, first, count, v.pointer)
            for place in 0..<16 {
                product(
                    v.view([count, input], offset: place * count * input * x.type.size),
                    u.pointer + place * product.packedSize, bias: nil,
                    into: m.pointer + place * count * output * 4)
            }
            px_winograd_output(&size, m.f32, bias?.f32, first, count, y.pointer)
        }
        withExtendedLifetime((v, m)) {}
        if weight.storage.isStreamed { weight.storage.dropPages() }
    }

    /// dw from x and dy: for each place a product of what the forward pass multiplied and of dy spread to the places.
    static func weightGradient(
        _ x: Tensor, _ dy: Tensor, _ sizes: ConvolutionSizes, into dw: Tensor
    ) {
        let (input, output) = (sizes.inChannels, sizes.outChannels)
        let (tiles, most) = (tiles(sizes), min(tiles(sizes), mostTilesOfGradient))
        var size = px_winograd(sizes)
        let v = Tensor(uninitialized: [16, most, input], type: x.type)
        let d = Tensor(uninitialized: [16, most, output], type: x.type)
        var sum: Tensor?
        for first in stride(from: 0, to: tiles, by: most) {
            let count = min(most, tiles - first)
            px_winograd_input(&size, x.pointer, first, count, v.pointer)
            px_winograd_spread(&size, dy.pointer, first, count, d.pointer)
            let product = Primitive.cached(
                .product(
                    ProductSizes(
                        batch: 16, m: output, n: input, k: count, transposeA: true, aType: x.type,
                        bType: x.type, outType: .f32)))
            let du = Tensor(uninitialized: [16, output, input])
            product(d, v.pointer, bias: nil, into: du.pointer)
            sum = sum.map { $0 + du } ?? du
        }
        withExtendedLifetime((v, d, sum)) {
            px_winograd_filter_gradient(sum!.f32, output * input, dw.f32)
        }
    }

    /// So many tiles of 200 channels are 13 MB in bf16.
    private static let mostTilesOfGradient = 1024

    private static func tilesAtOnce(_ sizes: ConvolutionSizes) -> Int {
        let bytes = 16 * (sizes.inChannels * sizes.type.size + sizes.outChannels * 4)
        return min(max((8 << 20) / bytes, 64), 512) & ~63
    }

    /// The 16 matrices of a weight, each packed for the product.
    private static func filters(
        _ weight: Tensor, _ form: Storage.PackedForm, _ product: Primitive, _ type: ElementType
    ) -> Storage {
        let byteCount = 16 * product.packedSize
        func transform(into packed: Storage) {
            let plain = weight.detached.cast(to: .f32)
            let count = weight.count / 9
            let u = Tensor(uninitialized: [16, count], type: type)
            px_winograd_filter(plain.f32, count, u.pointer, type.kernel)
            for place in 0..<16 {
                // Turning a filter exchanges the first and the last place of each direction.
                let ends = [3, 1, 2, 0]
                let source = form == .winograd ? place : 4 * ends[place / 4] + ends[place % 4]
                product.pack(
                    u.pointer + source * count * type.size,
                    into: packed.pointer + place * product.packedSize)
            }
            withExtendedLifetime((plain, u)) {}
            weight.storage.dropPages()
        }
        guard !weight.storage.isStreamed else {
            let stage = Primitive.stage(byteCount)
            transform(into: stage)
            return stage
        }
        return weight.storage.packed(
            for: product, form: form, offset: weight.offset, byteCount: byteCount,
            pack: transform)
    }
}

extension px_winograd {
    init(_ sizes: ConvolutionSizes) {
        self.init(
            type: sizes.type.kernel, in_height: sizes.inHeight, in_width: sizes.inWidth,
            in_channels: sizes.inChannels, out_height: sizes.outHeight, out_width: sizes.outWidth,
            out_channels: sizes.outChannels, top: sizes.geometry.top, left: sizes.geometry.left)
    }
}

extension ConvolutionSizes {
    /// Those of the convolution that makes the picture's gradient of this one, of stride 1.
    fileprivate var turned: ConvolutionSizes {
        var result = self
        (result.inHeight, result.outHeight) = (outHeight, inHeight)
        (result.inWidth, result.outWidth) = (outWidth, inWidth)
        (result.inChannels, result.outChannels) = (outChannels, inChannels)
        result.geometry.top = kernelHeight - 1 - geometry.top
        result.geometry.left = kernelWidth - 1 - geometry.left
        return result
    }
}
