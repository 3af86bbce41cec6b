import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

/// The network that predicts the noise in latents (or the velocity, as its scheduler says), given
/// the time and a text.
///
/// Rombach et al. 2022; diffusers `models/unets/unet_2d_condition.py`, `UNet2DConditionModel`.
public struct UNet: Denoiser {
    /// The sizes it was made with.
    public let configuration: UNetConfiguration
    let encoder: UNetEncoder
    let upBlocks: [UpBlock]
    let normOut: GroupNorm
    let convOut: Conv2d
    private let parameters: [Tensor]

    /// - Precondition: lists of the configuration have one entry for each level, and widths are
    ///   whole groups and heads.
    public init(_ w: Weights, _ c: UNetConfiguration) {
        configuration = c
        let first = c.blockOutChannels[0]
        let timeWidth = c.timeEmbeddingWidth
        let levels = c.blockOutChannels.indices
        encoder = UNetEncoder(w, c)
        upBlocks = levels.reversed().enumerated().map { index, level in
            UpBlock(w("up_blocks")(index), level: level, timeWidth: timeWidth, c)
        }
        normOut = GroupNorm(w("conv_norm_out"), first, groups: c.normGroups, epsilon: c.normEpsilon)
        convOut = Conv2d(w("conv_out"), first, c.outChannels, kernel: 3, padding: 1)
        parameters = w.tensors
    }

    /// The configuration's.
    public var inChannels: Int { configuration.inChannels }
    /// The configuration's.
    public var outChannels: Int { configuration.outChannels }
    /// The configuration's `crossAttentionWidth`.
    public var textWidth: Int { configuration.crossAttentionWidth }
    /// The configuration's `classEmbeddingWidth`, or the whole width of its `textTime`.
    public var addedWidth: Int? {
        configuration.textTime?.inputWidth ?? configuration.classEmbeddingWidth
    }
    /// That of the configuration's `textTime`.
    public var numberWidth: Int? { configuration.textTime?.timeWidth }
    /// Whether the configuration has a `guidanceWidth`.
    public var isToldGuidance: Bool { configuration.guidanceWidth != nil }
    /// The configuration's `sampleSize`.
    public var usualSide: Int { configuration.sampleSize }

    /// Whether the configuration's first level has attention.
    public var attendsAtLargest: Bool { configuration.attentionLevels.first == true }

    /// Gives back the memory of the packed weights of all layers; none of the weights themselves.
    public func forgetPackedWeights() { for tensor in parameters { tensor.storage.forgetPacked() } }

    /// The prediction; see ``Denoiser``. Of the same text context, keys and values are computed
    /// once.
    ///
    /// - Precondition: channels, text states and the vector beside them are of the configuration's
    ///   sizes, one time and one text a sample.
    public func callAsFunction(
        _ x: Tensor, timesteps: [Float], _ given: DenoiserConditions
    ) throws(CancellationError) -> Tensor {
        check(x, timesteps, given)
        let conditioning = Conditioning(
            time: encoder.time(timesteps, given).cast(to: x.type), context: given.text,
            merging: given.tokenMerging, attention: given.attention,
            recomputes: given.recomputes)

        var h = encoder.convIn(x)
        var skips = [h]
        let last = upBlocks[upBlocks.count - 1]
        let count = last.resnets.count
        if let deep = given.deepCache?.next() {
            skips.append(
                try encoder.downBlocks[0].layer(
                    0, h, conditioning, adding: given.features.first))
            given.residuals?.add(to: &skips)
            h = deep
        } else {
            h = try encoder(h, conditioning, features: given.features, skips: &skips)
            given.residuals?.add(to: &skips)
            if let middle = given.residuals?.middle { h = h + middle }
            for block in upBlocks.dropLast() { h = try block(h, conditioning, skips: &skips) }
            h = try last(h, conditioning, skips: &skips, layers: 0..<count - 2)
            given.deepCache?.keep(h)
        }
        h = try last(h, conditioning, skips: &skips, layers: count - 2..<count)
        return convOut(normOut(h, silu: true))
    }

    private func check(_ x: Tensor, _ timesteps: [Float], _ given: DenoiserConditions) {
        let (batch, _, _, channels) = x.picture
        precondition(
            channels == inChannels && timesteps.count == batch,
            "the U-Net takes \(inChannels) channels and a timestep a sample, not \(x) and "
                + "\(timesteps.count)")
        let states = given.text.states
        precondition(
            states.rank == 3 && states.shape[0] == batch && states.shape[2] == textWidth,
            "the U-Net takes text states [\(batch), tokens, \(textWidth)], not \(states)")
        let numbers = Set(given.numbers.map(\.count))
        precondition(
            numberWidth == nil
                ? numbers.isEmpty : numbers.count == 1 && given.numbers.count == batch,
            "the U-Net takes \(numberWidth == nil ? "no" : "as many") numbers for each of \(batch) "
                + "samples, not \(given.numbers)")
        let ofNumbers = (numbers.first ?? 0) * (numberWidth ?? 0)
        let expected = addedWidth.map { Shape([batch, $0 - ofNumbers]) }
        precondition(
            given.added?.shape == expected,
            "the U-Net takes \(expected.map { "vectors \($0)" } ?? "nothing") beside the text, not "
                + "\(given.added.map(String.init(describing:)) ?? "nothing")")
    }
}

extension UNet {
    /// Loads the `unet/` folder of a diffusers model.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    public static func load(
        folder: String, _ options: LoadOptions = LoadOptions()
    ) throws(FileError) -> UNet {
        try load(try Component(path: folder), options)
    }

    /// The same from a component, wherever it lies.
    public static func load(
        _ component: Component, _ options: LoadOptions = LoadOptions()
    ) throws(FileError) -> UNet {
        let configuration = try UNetConfiguration(component.config)
        let unet = try component.model(options, isQuantisable: isQuantisable) {
            UNet($0, configuration)
        }
        // Used once a picture, packed they would only take memory.
        for tensor in unet.parameters where tensor.storage.name.map(isOfText) ?? false {
            tensor.storage.isStreamed = true
        }
        return unet
    }

    /// Whether it is what makes keys and values from text states.
    private static func isOfText(_ name: String) -> Bool {
        ["attn2.to_k.weight", "attn2.to_v.weight"].contains { name.hasSuffix($0) }
    }

    /// Whether a weight may be used in 8 bits: those with nearly all the work.
    ///
    /// What stays in floating point: the first and the last convolution, which see latents and make
    /// the prediction; the time, which shifts whole channels; keys and values of the text, which
    /// are computed once a picture.
    static func isQuantisable(_ name: String) -> Bool {
        let layers = [
            "conv1", "conv2", "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv",
            "to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "net.0.proj", "net.2",
        ]
        return layers.contains { name.hasSuffix(".\($0).weight") } && !isOfText(name)
    }
}
