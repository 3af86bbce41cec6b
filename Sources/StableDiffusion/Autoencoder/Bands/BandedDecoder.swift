import PinxitLayers
import PinxitTensors

/// The decoder of ``AutoencoderKL`` a band of rows at a time, for pictures whose feature maps do
/// not fit in memory.
///
/// Nothing is approximated: convolutions read the rows next to their band, and norms use statistics
/// of the whole map. What is not held is computed again for each reader, so less memory means more
/// time.
struct BandedDecoder {
    let decoder: Decoder
    /// Bytes of feature maps that may be held at once, but that what one block reads and writes
    /// always is.
    let budget: Int
    /// The size of the pieces that maps are made in.
    var bandBytes = 8 << 20

    /// `[1, height, width, channels]` to `[1, f height, f width, 3]`.
    func callAsFunction(_ latents: Tensor) throws(CancellationError) -> Tensor {
        // Bands are of many sizes, and what is done with one would wait beside the next.
        try StoragePool.shared.limitingWaiting(to: 8 * bandBytes) { () throws(CancellationError) in
            try decode(latents)
        }
    }

    private func decode(_ latents: Tensor) throws(CancellationError) -> Tensor {
        let memory = BandMemory(budget: budget, bandBytes: bandBytes)
        var map: any RowSource = StoredRows(decoder.mid(decoder.convIn(latents)), memory)
        for level in decoder.levels {
            for resnet in level.resnets { map = try memory.rows(of: resnet, map) }
            if let upsampler = level.upsampler {
                map = try memory.kept(
                    ConvolvedRows(source: DoubledRows(source: map), layer: upsampler))
            }
        }
        let picture = ConvolvedRows(
            source: try NormalisedRows(map, decoder.normOut, memory), layer: decoder.convOut)
        var bands: [Tensor] = []
        for band in map.bands(of: bandBytes) {
            try Engine.checkCancellation()
            bands.append(picture.rows(band))
        }
        return concatenate(bands, axis: 1)
    }
}
