import PinxitLayers
import PinxitTensors

/// The encoder of ``AutoencoderKL`` a band of rows at a time, as ``BandedDecoder`` is for the way
/// back: exact, in little memory.
struct BandedEncoder {
    let encoder: Encoder
    /// Bytes of feature maps that may be held at once, but that what one block reads and writes
    /// always is.
    let budget: Int
    /// The size of the pieces that maps are made in.
    var bandBytes = 8 << 20

    /// `[1, f height, f width, 3]` to the moments `[1, height, width, 2 channels]`.
    func callAsFunction(_ picture: Tensor) throws(CancellationError) -> Tensor {
        try StoragePool.shared.limitingWaiting(to: 8 * bandBytes) { () throws(CancellationError) in
            try encode(picture)
        }
    }

    private func encode(_ picture: Tensor) throws(CancellationError) -> Tensor {
        let memory = BandMemory(budget: budget, bandBytes: bandBytes)
        var map = try memory.kept(
            ConvolvedRows(source: StoredRows(picture, memory), layer: encoder.convIn))
        for level in encoder.levels {
            for resnet in level.resnets { map = try memory.rows(of: resnet, map) }
            if let downsampler = level.downsampler {
                map = try StoredRows(
                    making: HalvedRows(source: map, layer: downsampler), isLast: true, memory)
            }
        }
        return encoder.end(map.rows(0..<map.height))
    }
}
