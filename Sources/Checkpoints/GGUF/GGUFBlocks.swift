import PinxitKernels
import PinxitTensors

extension GGUFFile.Entry {
    /// The tensor: mapped where the elements lie as tensors have them, else decoded to f32.
    func tensor() -> Tensor {
        guard let blocks = type.kernel else {
            let element = type.element ?? .u8
            return stored(SafetensorsType(element), shape).direct(element)
        }
        let (elements, size) = type.block
        let source = stored(.u8, [bytes.count]).storage()
        return decodedTensor(shape: shape, from: source, unit: elements) { range, floats in
            px_unpack(
                blocks, source.pointer + range.lowerBound / elements * size, floats,
                range.count / elements)
        }
    }

    private func stored(_ type: SafetensorsType, _ shape: [Int]) -> StoredTensor {
        StoredTensor(type: type, shape: shape, name: "", file: file, start: bytes.lowerBound)
    }
}

extension GGUFType {
    /// The blocks' type for the decoder; nil for elements that are as tensors have them.
    fileprivate var kernel: px_blocks? {
        element == nil ? px_blocks(rawValue: rawValue) : nil
    }
}
