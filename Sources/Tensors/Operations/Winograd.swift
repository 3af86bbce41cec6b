import PinxitKernels
import PinxitPlatform

/// 3x3 convolutions of stride 1 and their gradients by Winograd's transforms: F(2x2, 3x3) takes 16
/// products of matrices in place of 36 multiplications for every 4 outputs, F(4x4, 3x3) 36 in place
/// of 144 for every 16, so that a convolution takes about half or a third of the time.
///
/// Lavin & Gray 2016 (arXiv 1509.09308). In f32 it rounds a little otherwise than the direct sum
/// (1e-6 relative). Where bf16 is multiplied as dot products, the transformed places are rounded to
/// it, which about doubles that type's error and rules larger tiles out.
public struct Winograd {
    nonisolated(unsafe) private static var isOn =
        getenv("PINXIT_CONVOLUTION").map { String(cString: $0) } != "direct"

    /// Runs `body` with or without it. Where this is not called, it is on unless the environment
    /// says `PINXIT_CONVOLUTION=direct`.
    public static func using<Result>(_ isOn: Bool, _ body: () throws -> Result) rethrows -> Result {
        let before = Self.isOn
        Self.isOn = isOn
        defer { Self.isOn = before }
        return try body()
    }

    private let sizes: ConvolutionSizes
    /// Outputs along a tile's edge.
    private let tile: Int
    /// Whether bf16 activations are multiplied in f32, by filters in f16.
    private let widens: Bool

    private var places: Int { (tile + 2) * (tile + 2) }
    private var placeType: ElementType { widens ? .f32 : sizes.type }
    private var filterType: ElementType { widens ? .f16 : sizes.type }

    /// The way to do a convolution, or a gradient of one, that gains from it: 3x3, stride 1, and
    /// large enough; nil for others.
    init?(_ sizes: ConvolutionSizes) {
        guard
            Self.isOn && sizes.kernelHeight == 3 && sizes.kernelWidth == 3
                && sizes.geometry.stride == 1
        else { return nil }
        let widens = Widening.applies(to: sizes.type)
        let most = widens || sizes.type == .f32 ? 4 : 2
        let tile = [4, 2].first { tile in
            tile <= most && Self.tiles(sizes, tile) >= Self.leastTiles(tile, sizes.type)
                && min(sizes.inChannels, sizes.outChannels) >= Self.leastChannels(tile)
        }
        guard let tile else { return nil }
        self.init(sizes: sizes, tile: tile, widens: widens)
    }

    private init(sizes: ConvolutionSizes, tile: Int, widens: Bool) {
        (self.sizes, self.tile, self.widens) = (sizes, tile, widens)
    }

    /// Below this many tiles the matrices are read for too little work. They also take memory, the
    /// 36 of a large tile in f16 or f32 four times as many numbers as the weight, that the deep
    /// levels of a large U-Net, with most of the weights, do not repay.
    private static func leastTiles(_ tile: Int, _ type: ElementType) -> Int {
        tile == 4 || type == .f32 ? 256 : 128
    }
    /// Below this many channels moving the places costs more than their products save.
    private static func leastChannels(_ tile: Int) -> Int { tile == 2 ? 96 : 32 }

    private static func tiles(_ sizes: ConvolutionSizes, _ tile: Int) -> Int {
        sizes.batch * ((sizes.outHeight + tile - 1) / tile) * ((sizes.outWidth + tile - 1) / tile)
    }

    private var tiles: Int { Self.tiles(sizes, tile) }

    /// Whether it is to be preferred to 8 bits: in bf16 it takes as long and is nearer to the exact
    /// result, but its matrices are three and a half times as large, which only maps of many tiles
    /// and few channels are worth.
    var isBetterThanLevels: Bool { sizes.type == .bf16 && Self.tiles(sizes, 2) >= 512 }

    /// y = x convolved by the weight.
    func convolve(_ x: Tensor, _ weight: Tensor, bias: Tensor?, into y: Tensor) {
        convolve(x, weight, turned: false, bias: bias, into: y)
    }

    /// dx from dy: a convolution by the weight turned half round, its channels exchanged.
    func inputGradient(_ dy: Tensor, _ weight: Tensor, into dx: Tensor) {
        Winograd(sizes: sizes.turned, tile: tile, widens: widens)
            .convolve(dy, weight, turned: true, bias: nil, into: dx)
    }

    /// Some tiles at a time, so that their places stay in the cache.
    private func convolve(
        _ x: Tensor, _ weight: Tensor, turned: Bool, bias: Tensor?, into y: Tensor
    ) {
        let (input, output) = (sizes.inChannels, sizes.outChannels)
        let most = min(tilesAtOnce, tiles)
        var size = px_winograd(sizes, tile: tile, placeType)
        let v = Tensor(uninitialized: [places, most, input], type: placeType)
        let m = Tensor(uninitialized: [places, most, output])
        for first in stride(from: 0, to: tiles, by: most) {
            let count = min(most, tiles - first)
            px_winograd_input(&size, x.pointer, first, count, v.pointer)
            multiply(v, weight, turned: turned, count: count, into: m)
            px_winograd_output(&size, m.f32, bias?.f32, first, count, y.pointer)
        }
        withExtendedLifetime((v, m)) {}
        weight.storage.dropPassingPages()
    }

    /// m `[places, count, output]` from v `[places, count, input]`.
    private func multiply(_ v: Tensor, _ weight: Tensor, turned: Bool, count: Int, into m: Tensor) {
        let (input, output) = (sizes.inChannels, sizes.outChannels)
        let type = filterType
        let form = Storage.PackedForm.winograd(tile: tile, turned: turned, type: type)
        guard placeType == .bf16 else {
            let product = PlaceProducts(
                count: places, columns: output, depth: input, filterType: type)
            let u = weight.packed(as: form, byteCount: product.byteCount) { packed in
                // Some columns at a time, so that what they are transformed into stays in the
                // cache.
                let step = turned ? weight.shape[0] : Panels.columnsAtOnce
                for first in stride(from: 0, to: weight.shape[0], by: step) {
                    let rows = first..<min(first + step, weight.shape[0])
                    transform(weight, rows, turned: turned, type: type) {
                        product.pack(
                            $0, place: $1, columns: turned ? 0..<output : rows,
                            transposed: !turned, into: packed.pointer)
                    }
                }
            }
            product.multiply(v, rows: count, u, into: m)
            return
        }
        let product = Primitive.cached(
            .product(
                ProductSizes(
                    m: count, n: output, k: input, transposeB: !turned, packB: true, aType: type,
                    bType: type, outType: .f32, plainType: type)))
        let u = weight.packed(as: form, for: product, byteCount: places * product.packedSize) {
            packed in
            transform(weight, 0..<weight.shape[0], turned: turned, type: type) {
                product.pack($0, into: packed.pointer + $1 * product.packedSize)
            }
        }
        for place in 0..<places {
            product(
                v.view([count, input], offset: place * count * input * type.size),
                u.pointer + place * product.packedSize, bias: nil,
                into: m.pointer + place * count * output * 4)
        }
    }

    /// Calls `pack` with each of the matrices of some rows of a weight, and its place.
    private func transform(
        _ weight: Tensor, _ rows: Range<Int>, turned: Bool, type: ElementType,
        pack: (_ matrix: UnsafeRawPointer, _ place: Int) -> Void
    ) {
        let filters = weight.shape[1] * rows.count
        let u = Tensor(uninitialized: [places, filters], type: type)
        px_winograd_filter(
            tile,
            weight.pointer + rows.lowerBound * weight.shape[1] * 9 * weight.type.size,
            weight.type.kernel, filters, u.pointer, type.kernel)
        let edge = tile + 2
        for place in 0..<places {
            let (row, column) = (place / edge, place % edge)
            let source = turned ? edge * opposite(row) + opposite(column) : place
            pack(u.pointer + source * filters * type.size, place)
        }
        withExtendedLifetime(u) {}
    }

    /// Where a place comes to lie when a filter is turned: g2, g1, g0 evaluated at a point is the
    /// filter at its inverse, up to a factor.
    private func opposite(_ place: Int) -> Int {
        (tile == 2 ? [3, 1, 2, 0] : [5, 3, 4, 1, 2, 0])[place]
    }

    /// dw from x and dy: for each place a product of what the forward pass multiplied and of dy
    /// spread to the places.
    func weightGradient(_ x: Tensor, _ dy: Tensor, into dw: Tensor) {
        let (input, output) = (sizes.inChannels, sizes.outChannels)
        let most = min(tiles, Self.mostTilesOfGradient)
        var size = px_winograd(sizes, tile: tile, placeType)
        let v = Tensor(uninitialized: [places, most, input], type: placeType)
        let d = Tensor(uninitialized: [places, most, output], type: placeType)
        var sum: Tensor?
        for first in stride(from: 0, to: tiles, by: most) {
            let count = min(most, tiles - first)
            px_winograd_input(&size, x.pointer, first, count, v.pointer)
            px_winograd_spread(&size, dy.pointer, first, count, d.pointer)
            let product = Primitive.cached(
                .product(
                    ProductSizes(
                        batch: places, m: output, n: input, k: count, transposeA: true,
                        aType: placeType, bType: placeType, outType: .f32)))
            let du = Tensor(uninitialized: [places, output, input])
            product(d, v.pointer, bias: nil, into: du.pointer)
            sum = sum.map { $0 + du } ?? du
        }
        withExtendedLifetime((v, d, sum)) {
            px_winograd_filter_gradient(tile, sum!.f32, output * input, dw.f32)
        }
    }

    /// So many tiles of 200 channels are 13 MB in bf16.
    private static let mostTilesOfGradient = 1024

    /// So many that their places take 8 MB, or for the 36 matrices of large tiles, which are read
    /// for them each time, 16 MB.
    private var tilesAtOnce: Int {
        let bytes = places * (sizes.inChannels * placeType.size + sizes.outChannels * 4)
        return min(max(((4 * tile) << 20) / bytes, 64), 512) & ~63
    }
}

extension px_winograd {
    init(_ sizes: ConvolutionSizes, tile: Int, _ placeType: ElementType) {
        self.init(
            tile: tile, type: sizes.type.kernel, place_type: placeType.kernel,
            in_height: sizes.inHeight, in_width: sizes.inWidth, in_channels: sizes.inChannels,
            out_height: sizes.outHeight, out_width: sizes.outWidth,
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
