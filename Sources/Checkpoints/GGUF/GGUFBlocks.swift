import PinxitFiles
import PinxitKernels
import PinxitTensors

extension GGUFFile.Entry {
    /// The tensor: mapped where the elements lie as tensors have them, else decoded to f16.
    func tensor() -> Tensor {
        guard let blocks = type.kernel else {
            let element = type.element ?? .u8
            return StoredTensor(
                type: SafetensorsType(element), shape: shape, name: "", file: file,
                start: bytes.lowerBound
            ).direct(element)
        }
        let (elements, size) = type.block
        let (file, start) = (file, bytes.lowerBound)
        return decodedTensor(shape: shape, unit: elements) { range, floats in
            file.withBytes { bytes in
                let count = range.count / elements
                let first = start + range.lowerBound / elements * size
                let packed = bytes[first..<first + count * size]
                px_unpack(
                    blocks, UnsafeRawBufferPointer(rebasing: packed).baseAddress, floats, count)
            }
        }
    }
}

extension GGUFType {
    /// The blocks' type for the decoder; nil for elements that are as tensors have them.
    fileprivate var kernel: px_blocks? {
        element == nil ? px_blocks(rawValue: rawValue) : nil
    }
}
