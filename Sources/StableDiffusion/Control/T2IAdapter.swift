import PinxitLayers
import PinxitTensors

// Legend: h w picture's sides, H W sides of the first map, C channels.

/// A small network that sees a picture once and says what to add to a U-Net's maps in every step,
/// so that what is painted follows it.
///
/// Mou et al. 2023, arXiv 2302.08453; diffusers `models/adapter.py`, `T2IAdapter`.
package struct T2IAdapter: Sendable {
    /// The sizes it was made with.
    package let configuration: T2IAdapterConfiguration
    private let convIn: Conv2d?
    private let blocks: [Block]
    private let parameters: [Tensor]

    package init(_ w: Weights, _ c: T2IAdapterConfiguration) {
        configuration = c
        let inner = w("adapter")
        let unshuffled = c.pictureChannels * c.downscale * c.downscale
        convIn =
            c.kind == .light
            ? nil : Conv2d(inner("conv_in"), unshuffled, c.channels[0], kernel: 3, padding: 1)
        blocks = c.blocks.enumerated().map { Block(inner("body")($0), $1, c) }
        parameters = w.tensors
    }

    /// What to add to the maps of a U-Net's levels, and with one more to that of its bottom.
    ///
    /// - Parameter picture: `[1, h, w, channels]` in [0, 1], its sides multiples of
    ///   ``T2IAdapterConfiguration/downscale``; its type is what is computed in.
    /// - Returns: `[1, H, W, C]` for each.
    package func features(_ picture: Tensor) -> [Tensor] {
        var h = picture.pixelUnshuffled(configuration.downscale)
        if let convIn { h = convIn(h) }
        return blocks.map { block in
            h = block(h)
            return h
        }
    }

    /// Gives back the memory of the packed weights; they are packed again when it is next used.
    package func forgetPackedWeights() {
        for tensor in parameters { tensor.storage.forgetPacked() }
    }

    /// Convolutions around skips, at one size.
    private struct Block: Sendable {
        let halves: Bool
        let convIn: Conv2d?
        let layers: [(first: Conv2d, second: Conv2d)]
        let convOut: Conv2d?

        init(_ w: Weights, _ sizes: T2IAdapterConfiguration.Block, _ c: T2IAdapterConfiguration) {
            halves = sizes.halves
            let isLight = c.kind == .light
            let inner = isLight ? sizes.output / 4 : sizes.output
            convIn =
                isLight || sizes.input != sizes.output
                ? Conv2d(w("in_conv"), sizes.input, inner, kernel: 1) : nil
            layers = (0..<c.layers).map { index in
                let w = w("resnets")(index)
                return (
                    Conv2d(w("block1"), inner, inner, kernel: 3, padding: 1),
                    isLight
                        ? Conv2d(w("block2"), inner, inner, kernel: 3, padding: 1)
                        : Conv2d(w("block2"), inner, inner, kernel: 1)
                )
            }
            convOut = isLight ? Conv2d(w("out_conv"), inner, sizes.output, kernel: 1) : nil
        }

        func callAsFunction(_ x: Tensor) -> Tensor {
            var h = halves ? x.halved : x
            if let convIn { h = convIn(h) }
            for layer in layers { h = layer.second(layer.first(h).relu) + h }
            return convOut?(h) ?? h
        }
    }
}

extension Tensor {
    /// PyTorch's `PixelUnshuffle`: `[B, h, w, C]` to `[B, h / r, w / r, C r²]`, of each channel all
    /// pixels of a square.
    fileprivate func pixelUnshuffled(_ r: Int) -> Tensor {
        let (batch, height, width, channels) = picture
        return reshaped([batch, height / r, r, width / r, r, channels])
            .permuted([0, 1, 3, 5, 2, 4])
            .reshaped([batch, height / r, width / r, channels * r * r])
    }

    /// Means of squares of four; at odd edges of what is there.
    fileprivate var halved: Tensor {
        var x = self
        for axis in [1, 2] where x.shape[axis] % 2 == 1 {
            let size = x.shape[axis]
            x = concatenate([x, x.sliced(axis: axis, size - 1..<size)], axis: axis)
        }
        return x.averagePooled2()
    }
}
