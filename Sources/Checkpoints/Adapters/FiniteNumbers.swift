import PinxitFiles
import PinxitTensors

// Adapters are read on any thread, so nothing here uses the engine.
extension Tensor {
    /// - Throws: `FileError` with the place of the first number that is not finite.
    func requireFinite(field: String, file: String) throws(FileError) {
        let found: (place: Int, isInfinite: Bool)? =
            switch type {
            case .f32: firstSpecial(UInt32.self, infinity: 0x7F80_0000)
            case .f16: firstSpecial(UInt16.self, infinity: 0x7C00)
            case .bf16: firstSpecial(UInt16.self, infinity: 0x7F80)
            default: nil
            }
        guard let found else { return }
        throw FileError(
            path: file, field: field,
            problem: "holds \(found.isInfinite ? "infinity" : "NaN") (number \(found.place + 1) of "
                + "\(count)); finite numbers are accepted")
    }

    /// The first element whose magnitude is infinity's bits or more.
    private func firstSpecial<Bits: FixedWidthInteger & UnsignedInteger>(
        _ type: Bits.Type, infinity: Bits
    ) -> (place: Int, isInfinite: Bool)? {
        let bits = UnsafeBufferPointer(start: pointer.assumingMemoryBound(to: type), count: count)
        var largest: Bits = 0
        for value in bits { largest = max(largest, value & (.max >> 1)) }
        guard largest >= infinity else { return nil }
        return bits.firstIndex { $0 & (.max >> 1) >= infinity }
            .map { ($0, bits[$0] & (.max >> 1) == infinity) }
    }

    /// The number of a tensor of one integer; nil for other types.
    var wholeNumber: Float? {
        switch type {
        case .i64: Float(pointer.loadUnaligned(as: Int64.self))
        case .i32: Float(pointer.loadUnaligned(as: Int32.self))
        case .i8: Float(pointer.loadUnaligned(as: Int8.self))
        case .u8: Float(pointer.loadUnaligned(as: UInt8.self))
        default: nil
        }
    }
}
