import PinxitLayers
import PinxitTensors

/// The autoencoder without norms or attention that diffusers calls `AutoencoderTiny` (TAESD's
/// architecture).
///
/// Source: diffusers `models/autoencoders/vae.py`, `EncoderTiny` and `DecoderTiny`.
public struct AutoencoderTiny: Sendable {
    /// The sizes it was made with.
    public let configuration: AutoencoderTinyConfiguration
    let encoder: EncoderTiny
    let decoder: DecoderTiny

    /// Parameters `encoder.layers` and `decoder.layers`, numbered as diffusers' sequences are.
    public init(_ w: Weights, _ configuration: AutoencoderTinyConfiguration) {
        self.configuration = configuration
        encoder = EncoderTiny(w("encoder")("layers"), configuration)
        decoder = DecoderTiny(w("decoder")("layers"), configuration)
    }

    /// `[batch, height, width, 3]` in [-1, 1] to latents
    /// `[batch, height/f, width/f, latentChannels]`.
    public func encode(_ pictures: Tensor) throws(CancellationError) -> Tensor {
        try encoder(pictures.affine(0.5, 0.5))
    }

    /// Latents to pictures in [-1, 1].
    public func decode(_ latents: Tensor) throws(CancellationError) -> Tensor {
        try decoder((latents * (1 / 3)).tanh * 3).affine(2, -1)
    }
}

/// A convolution at the start of each level (of stride 2 but for the first), blocks, and a last
/// convolution.
struct EncoderTiny: Sendable {
    let levels: [(conv: Conv2d, blocks: [TinyBlock])]
    let convOut: Conv2d

    init(_ w: Weights, _ c: AutoencoderTinyConfiguration) {
        var index = 0
        func next() -> Weights {
            defer { index += 1 }
            return w(index)
        }
        levels = zip(c.encoderBlockOutChannels, c.numEncoderBlocks).enumerated().map {
            level, sizes in
            let (width, count) = sizes
            let conv =
                level == 0
                ? Conv2d(next(), c.inChannels, width, kernel: 3, padding: 1)
                : Conv2d(
                    next(), width, width, kernel: 3, stride: 2, padding: 1, bias: false,
                    initialiser: .he(fanIn: 9 * width, gain: 0.7))
            return (conv, (0..<count).map { _ in TinyBlock(next(), width) })
        }
        convOut = Conv2d(
            next(), c.encoderBlockOutChannels.last!, c.latentChannels, kernel: 3, padding: 1)
    }

    func callAsFunction(_ pictures: Tensor) throws(CancellationError) -> Tensor {
        var x = pictures
        for level in levels {
            x = level.conv(x)
            for block in level.blocks {
                try Engine.checkCancellation()
                x = block(x)
            }
        }
        return convOut(x)
    }
}

/// A convolution, then blocks, doubling and a convolution for each level.
struct DecoderTiny: Sendable {
    let convIn: Conv2d
    let levels: [(blocks: [TinyBlock], conv: Conv2d)]

    init(_ w: Weights, _ c: AutoencoderTinyConfiguration) {
        convIn = Conv2d(w(0), c.latentChannels, c.decoderBlockOutChannels[0], kernel: 3, padding: 1)
        var index = 2
        let last = c.decoderBlockOutChannels.count - 1
        levels = zip(c.decoderBlockOutChannels, c.numDecoderBlocks).enumerated().map {
            level, sizes in
            let (width, count) = sizes
            let blocks = (0..<count).map { TinyBlock(w(index + $0), width) }
            index += count + (level == last ? 0 : 1)  // the doubling has a number of its own
            defer { index += 1 }
            let out = level == last ? c.outChannels : width
            let conv = Conv2d(
                w(index), width, out, kernel: 3, padding: 1, bias: level == last,
                initialiser: level == last ? nil : .he(fanIn: 9 * width, gain: 0.7))
            return (blocks, conv)
        }
    }

    func callAsFunction(_ latents: Tensor) throws(CancellationError) -> Tensor {
        var x = convIn(latents).relu
        for (number, level) in levels.enumerated() {
            for block in level.blocks {
                try Engine.checkCancellation()
                x = block(x)
            }
            if number < levels.count - 1 { x = x.upsampled2() }
            x = level.conv(x)
        }
        return x
    }
}
