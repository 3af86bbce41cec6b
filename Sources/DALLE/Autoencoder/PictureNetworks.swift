import PinxitLayers
import PinxitTensors

/// Pictures to features: pixels folded two by two into channels, then blocks without norms, each
/// level half as large.
struct PictureEncoder: Sendable {
    let convIn: Conv2d
    let levels: [(down: Conv2d?, blocks: [TinyBlock])]
    let convOut: Conv2d

    init(_ w: Weights, _ c: DiscreteAutoencoderConfiguration, output: Int) {
        let widths = c.blockOutChannels
        convIn = Conv2d(
            w("conv_in"), 12, widths[0], kernel: 3, padding: 1, initialiser: .he(fanIn: 9 * 12))
        levels = widths.indices.map { level in
            let w = w("levels")(level)
            let down =
                level == 0
                ? nil
                : Conv2d(
                    w("down"), widths[level - 1], widths[level], kernel: 3, stride: 2, padding: 1,
                    initialiser: .he(fanIn: 9 * widths[level - 1], gain: 0.7))
            return (
                down,
                (0..<c.encoderBlocks[level]).map { TinyBlock(w("blocks")($0), widths[level]) }
            )
        }
        convOut = Conv2d(w("conv_out"), widths.last!, output, kernel: 3, padding: 1)
    }

    /// `[batch, height, width, 3]` to `[batch, height/f, width/f, output]`.
    func callAsFunction(_ pictures: Tensor) -> Tensor {
        var x = convIn(pictures.pixelUnshuffled2()).relu
        for level in levels {
            if let down = level.down { x = down(x) }
            for block in level.blocks { x = block(x) }
        }
        return convOut(x)
    }
}

/// Features to pictures, the other way round: blocks, doubling and a convolution for each level, at
/// last channels unfolded into pixels.
struct PictureDecoder: Sendable {
    let convIn: Conv2d
    let levels: [(blocks: [TinyBlock], up: Conv2d?)]
    let convOut: Conv2d

    init(_ w: Weights, _ c: DiscreteAutoencoderConfiguration, input: Int) {
        let widths = c.blockOutChannels
        convIn = Conv2d(
            w("conv_in"), input, widths.last!, kernel: 3, padding: 1,
            initialiser: .he(fanIn: 9 * input))
        levels = widths.indices.reversed().map { level in
            let w = w("levels")(level)
            let up =
                level == 0
                ? nil
                : Conv2d(
                    w("up"), widths[level], widths[level - 1], kernel: 3, padding: 1,
                    initialiser: .he(fanIn: 9 * widths[level], gain: 0.7))
            return (
                (0..<c.decoderBlocks[level]).map { TinyBlock(w("blocks")($0), widths[level]) }, up
            )
        }
        convOut = Conv2d(w("conv_out"), widths[0], 12, kernel: 3, padding: 1)
    }

    /// `[batch, height/f, width/f, input]` to `[batch, height, width, 3]`.
    func callAsFunction(_ features: Tensor) -> Tensor {
        var x = convIn(features).relu
        for level in levels {
            for block in level.blocks { x = block(x) }
            if let up = level.up { x = up(x.upsampled2()) }
        }
        return convOut(x).pixelShuffled2()
    }
}
