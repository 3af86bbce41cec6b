import PinxitLayers
import PinxitTensors

// Legend: H W the picture's height and width, F features.

/// ESRGAN's generator (Wang et al. 2018, arXiv 1809.00219): dense blocks within residuals, then
/// doublings.
///
/// Source: BasicSR `archs/rrdbnet_arch.py`.
struct RRDBNet: UpscalingNetwork {
    /// What a network is made with, as its weights tell.
    struct Sizes: Equatable {
        /// Of the result against the picture.
        var scale: Int
        /// Pixels by pixels that are one place's channels at the start; 1 is none.
        var folding: Int
        var features: Int
        /// Features that each convolution of a dense block adds.
        var growth: Int
        var blocks: Int
        /// How often the places are doubled.
        var doublings: Int
    }

    let sizes: Sizes
    private let convFirst: Conv2d
    private let body: [ResidualInResidual]
    private let convBody: Conv2d
    private let convsUp: [Conv2d]
    private let convHR: Conv2d
    private let convLast: Conv2d

    var scale: Int { sizes.scale }
    var fold: Int { sizes.folding }

    /// Parameters `conv_first`, `body`, `conv_body`, `conv_up1`, …, `conv_hr` and `conv_last`.
    init(_ w: Weights, _ sizes: Sizes) {
        self.sizes = sizes
        let f = sizes.features
        func conv(_ name: String, _ input: Int, _ output: Int) -> Conv2d {
            Conv2d(w(name), input, output, kernel: 3, padding: 1)
        }
        convFirst = conv("conv_first", 3 * sizes.folding * sizes.folding, f)
        body = (0..<sizes.blocks).map { ResidualInResidual(w("body")($0), f, sizes.growth) }
        convBody = conv("conv_body", f, f)
        convsUp = (0..<sizes.doublings).map { conv("conv_up\($0 + 1)", f, f) }
        convHR = conv("conv_hr", f, f)
        convLast = conv("conv_last", f, 3)
    }

    /// `[1, H, W, 3]` to `[1, scale H, scale W, 3]`.
    func callAsFunction(_ picture: Tensor) throws(CancellationError) -> Tensor {
        let start = convFirst(sizes.folding > 1 ? picture.folded(sizes.folding) : picture)
        var x = start
        for block in body {
            try Engine.checkCancellation()
            x = block(x)
        }
        x = start + convBody(x)
        for conv in convsUp {
            try Engine.checkCancellation()
            x = leakyReLU(conv(x.upsampled2()))
        }
        return convLast(leakyReLU(convHR(x)))
    }
}

/// Three dense blocks around a skip: x + .2 f(x).
private struct ResidualInResidual {
    let blocks: [DenseBlock]

    init(_ w: Weights, _ features: Int, _ growth: Int) {
        blocks = (1...3).map { DenseBlock(w("rdb\($0)"), features, growth) }
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        blend(1, x, 0.2, blocks.reduce(x) { $1($0) })
    }
}

/// Five convolutions, each of all that came before, around a skip.
private struct DenseBlock {
    let convolutions: [Conv2d]

    init(_ w: Weights, _ features: Int, _ growth: Int) {
        convolutions = (0..<5).map { i in
            Conv2d(
                w("conv\(i + 1)"), features + i * growth, i < 4 ? growth : features, kernel: 3,
                padding: 1)
        }
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        var all = [x]
        for conv in convolutions.dropLast() {
            all.append(leakyReLU(conv(concatenate(all, axis: 3))))
        }
        return blend(1, x, 0.2, convolutions[4](concatenate(all, axis: 3)))
    }
}

/// max(x, .2 x)
private func leakyReLU(_ x: Tensor) -> Tensor { blend(0.2, x, 0.8, x.relu) }

extension Tensor {
    /// `[1, H, W, C]` to `[1, H/n, W/n, C n²]`, as PyTorch's `pixel_unshuffle` orders channels.
    fileprivate func folded(_ n: Int) -> Tensor {
        let (h, w, c) = (shape[1] / n, shape[2] / n, shape[3])
        return reshaped([h, n, w, n, c]).permuted([0, 2, 4, 1, 3]).reshaped([1, h, w, c * n * n])
    }
}
