import Foundation
import PinxitFiles

/// A LoRA of one module, as kohya's scripts write it.
enum LoRAFile {
    /// - Parameters:
    ///   - context: Features of the text states that its model attends to; tiny-sd1's are 16.
    ///   - place: The module's, as kohya's scripts spell it.
    ///   - strength: What its numbers are multiplied by.
    static func write(
        _ path: String, context: Int = 16,
        place: String = "mid_block_attentions_0_transformer_blocks_0_attn2_to_k",
        strength: Float = 1, metadata: [String: String] = [:]
    ) throws {
        let module = "lora_unet_\(place)"
        try TensorFile.write(
            path,
            [
                ("\(module).lora_down.weight", [2, context]),
                ("\(module).lora_up.weight", [16, 2]),
            ], strength: strength, metadata: metadata)
    }
}

/// Tensors of numbers that follow one another, as safetensors.
enum TensorFile {
    /// - Parameter strength: What numbers from -1 to 1 are multiplied by.
    static func write(
        _ path: String, _ tensors: [(name: String, shape: [Int])], strength: Float = 1,
        metadata: [String: String] = [:]
    ) throws {
        var (header, bytes) = (JSONValue.object([]), Data())
        if !metadata.isEmpty {
            header = header.setting(
                "__metadata__",
                .object(metadata.map { JSONMember($0.key, .string($0.value)) }))
        }
        for (name, shape) in tensors {
            let start = bytes.count
            for number in 0..<shape.reduce(1, *) {
                let value = strength * Float(number * 7 % 11 - 5) / 5
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            }
            header = header.setting(
                name,
                [
                    "dtype": "F32", "shape": .array(shape.map { .integer($0) }),
                    "data_offsets": [.integer(start), .integer(bytes.count)],
                ])
        }
        var text = Data(header.encoded(indented: false).utf8)
        while text.count % 8 != 0 { text.append(0x20) }
        var file = Data()
        withUnsafeBytes(of: UInt64(text.count).littleEndian) { file.append(contentsOf: $0) }
        file.append(text)
        file.append(bytes)
        try file.write(to: URL(fileURLWithPath: path))
    }
}
