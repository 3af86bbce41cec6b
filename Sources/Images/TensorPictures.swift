import PinxitTensors

extension Picture {
    /// Pictures from a tensor `[batch, height, width, 3]` with values in [-1, 1]:
    /// `clamp(x / 2 + 0.5, 0, 1) * 255`, halves rounded to even, as diffusers does it. NaN is
    /// black.
    public static func pictures(from tensor: Tensor) -> [Picture] {
        precondition(
            tensor.rank == 4 && [1, 3, 4].contains(tensor.shape.dimensions[3]),
            "[batch, height, width, 1, 3 or 4] is needed, not \(tensor.shape)")
        let sides = tensor.shape.dimensions
        let values = tensor.floats
        let count = sides[1] * sides[2] * sides[3]
        return (0..<sides[0]).map { index in
            let pixels = values[index * count..<(index + 1) * count].map(byte)
            return Picture(width: sides[2], height: sides[1], channels: sides[3], pixels: pixels)
        }
    }

    private static func byte(_ value: Float) -> UInt8 {
        guard !value.isNaN else { return 0 }
        return UInt8((max(0, min(1, value / 2 + 0.5)) * 255).rounded(.toNearestOrEven))
    }
}

extension Tensor {
    /// `[batch, height, width, channels]` in [-1, 1]: `2 * pixel / 255 - 1`.
    /// - Precondition: all pictures have one size and number of channels.
    public init(pictures: [Picture]) {
        precondition(!pictures.isEmpty, "no pictures, no tensor")
        let first = pictures[0]
        var values: [Float] = []
        values.reserveCapacity(pictures.count * first.pixels.count)
        for picture in pictures {
            precondition(
                picture.width == first.width && picture.height == first.height
                    && picture.channels == first.channels,
                "pictures of \(picture.width)x\(picture.height)x\(picture.channels) and "
                    + "\(first.width)x\(first.height)x\(first.channels) in one batch")
            for pixel in picture.pixels { values.append(2 * (Float(pixel) / 255) - 1) }
        }
        self.init(
            values, shape: Shape([pictures.count, first.height, first.width, first.channels]))
    }
}
