import PinxitLayers
import PinxitPlatform
import PinxitTensors

// Legend: B batch, h w picture's sides, H W latents' sides, C latent channels.

/// A second way down beside a U-Net's, which sees a picture and says what to add to the U-Net's
/// maps, so that what is painted follows it.
///
/// Zhang et al. 2023, arXiv 2302.05543; diffusers `models/controlnets/controlnet.py`.
package struct ControlNet: Sendable {
    /// The sizes it was made with.
    package let configuration: ControlNetConfiguration
    private let encoder: UNetEncoder
    private let embedding: PictureEmbedding
    private let outputs: [Conv2d]
    private let middleOutput: Conv2d
    let parameters: [Tensor]

    /// - Precondition: as for ``UNet``.
    package init(_ w: Weights, _ c: ControlNetConfiguration) {
        configuration = c
        encoder = UNetEncoder(w, c.encoder)
        embedding = PictureEmbedding(w("controlnet_cond_embedding"), c)
        outputs = c.mapWidths.enumerated().map { index, width in
            Conv2d(w("controlnet_down_blocks")(index), width, width, kernel: 1, initialiser: .zeros)
        }
        let width = c.encoder.blockOutChannels[c.encoder.blockOutChannels.count - 1]
        middleOutput = Conv2d(
            w("controlnet_mid_block"), width, width, kernel: 1, initialiser: .zeros)
        parameters = w.tensors
    }

    /// How strong its parts are, and how much of it is evaluated.
    package struct Strength {
        /// What all is multiplied by.
        package var scale: Float
        /// Whether the first maps get a tenth, and the deeper ones more, up to all: diffusers'
        /// guess mode.
        package var isGraded = false
        /// Whether only the first two maps are wanted.
        package var isShallow = false

        package init(scale: Float) { self.scale = scale }
    }

    /// What the network sees of a picture; the same for all steps.
    ///
    /// - Parameter picture: `[1, h, w, 3]` in [0, 1]; its type is what is computed in.
    /// - Returns: `[1, H, W, C']`, of the channels of the first map.
    package func embedded(_ picture: Tensor) -> Tensor {
        guard configuration.isBGR else { return embedding(picture) }
        return embedding(
            concatenate(
                (0..<3).reversed().map { picture.sliced(axis: 3, $0..<$0 + 1) }, axis: 3))
    }

    /// What to add to the maps of the denoiser, which is given the same.
    ///
    /// - Parameters:
    ///   - x: Noisy latents `[B, H, W, C]`; their type is what is computed in.
    ///   - timesteps: One a sample.
    ///   - picture: What ``embedded(_:)`` gives.
    /// - Throws: `CancellationError` between layers, once the task is cancelled.
    package func callAsFunction(
        _ x: Tensor, timesteps: [Float], _ given: DenoiserConditions, picture: Tensor,
        _ strength: Strength
    ) throws(CancellationError) -> ControlResiduals {
        let conditioning = Conditioning(
            time: encoder.time(timesteps, given).cast(to: x.type), context: given.text)
        let h = encoder.convIn(x) + picture
        var maps = [h]
        if strength.isShallow {
            maps.append(try encoder.downBlocks[0].layer(0, h, conditioning))
            return ControlResiduals(maps: outputs(maps, strength))
        }
        let bottom = try encoder(h, conditioning, skips: &maps)
        return ControlResiduals(
            maps: outputs(maps, strength),
            middle: finished(middleOutput(bottom), strength.scale))
    }

    private func outputs(_ maps: [Tensor], _ strength: Strength) -> [Tensor] {
        zip(maps, outputs).enumerated().map { index, pair in
            var scale = strength.scale
            if strength.isGraded, !configuration.isPooled {
                scale *= powf(10, Float(index) / Float(outputs.count) - 1)
            }
            return finished(pair.1(pair.0), scale)
        }
    }

    private func finished(_ map: Tensor, _ scale: Float) -> Tensor {
        let scaled = scale == 1 ? map : map * scale
        guard configuration.isPooled else { return scaled }
        let (batch, height, width, channels) = scaled.picture
        return scaled.reshaped([batch, height * width, channels]).mean(axis: 1)
            .reshaped([batch, 1, 1, channels])
    }

    /// Gives back the memory of the packed weights; they are packed again when it is next used.
    package func forgetPackedWeights() {
        for tensor in parameters { tensor.storage.forgetPacked() }
    }
}

/// Convolutions that bring a picture to the size of latents.
private struct PictureEmbedding: Sendable {
    let convIn: Conv2d
    let blocks: [Conv2d]
    let convOut: Conv2d

    init(_ w: Weights, _ c: ControlNetConfiguration) {
        let widths = c.embeddingWidths
        convIn = Conv2d(w("conv_in"), c.pictureChannels, widths[0], kernel: 3, padding: 1)
        blocks = zip(widths, widths.dropFirst()).enumerated().flatMap { index, pair in
            [
                Conv2d(w("blocks")(2 * index), pair.0, pair.0, kernel: 3, padding: 1),
                Conv2d(
                    w("blocks")(2 * index + 1), pair.0, pair.1, kernel: 3, stride: 2, padding: 1),
            ]
        }
        convOut = Conv2d(
            w("conv_out"), widths[widths.count - 1], c.encoder.blockOutChannels[0], kernel: 3,
            padding: 1, initialiser: .zeros)
    }

    func callAsFunction(_ picture: Tensor) -> Tensor {
        var h = convIn(picture).silu
        for block in blocks { h = block(h).silu }
        return convOut(h)
    }
}
