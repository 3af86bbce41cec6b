import PinxitLayers
import PinxitTensors

/// A chain of convolutions at the picture's own size whose last channels are the larger picture's
/// pixels: Real-ESRGAN's small networks, such as `realesr-general-x4v3`.
///
/// Source: Real-ESRGAN `archs/srvgg_arch.py`, `SRVGGNetCompact` with PReLU.
struct CompactNet: UpscalingNetwork {
    /// What a network is made with, as its weights tell.
    struct Sizes: Equatable {
        var scale: Int
        var features: Int
        /// Between the first and the last.
        var convolutions: Int
    }

    let sizes: Sizes
    private let layers: [(conv: Conv2d, slopes: Tensor)]
    private let last: Conv2d

    var scale: Int { sizes.scale }

    /// Parameters `body.N`, of convolutions and slopes in turn.
    init(_ w: Weights, _ sizes: Sizes) {
        self.sizes = sizes
        let f = sizes.features
        layers = (0...sizes.convolutions).map { i in
            (
                Conv2d(w("body")(2 * i), i == 0 ? 3 : f, f, kernel: 3, padding: 1),
                w("body")(2 * i + 1).parameter("weight", [f], .constant(0.25))
            )
        }
        last = Conv2d(
            w("body")(2 * sizes.convolutions + 2), f, 3 * sizes.scale * sizes.scale, kernel: 3,
            padding: 1)
    }

    /// `[1, H, W, 3]` to `[1, scale H, scale W, 3]`.
    func callAsFunction(_ picture: Tensor) throws(CancellationError) -> Tensor {
        var x = picture
        for layer in layers {
            try Engine.checkCancellation()
            x = layer.conv(x)
            // max(x, 0) + slope min(x, 0)
            let above = x.relu
            x = above + (x - above) * layer.slopes.cast(to: x.type)
        }
        let base = picture.resizedNearest(
            height: picture.shape[1] * scale, width: picture.shape[2] * scale)
        return last(x).unfolded(scale) + base
    }
}

extension Tensor {
    /// `[1, H, W, C n²]` to `[1, H n, W n, C]`, as PyTorch's `pixel_shuffle` orders channels.
    fileprivate func unfolded(_ n: Int) -> Tensor {
        let (h, w, c) = (shape[1], shape[2], shape[3] / (n * n))
        return reshaped([h, w, c, n, n]).permuted([0, 3, 1, 4, 2]).reshaped([1, h * n, w * n, c])
    }
}
