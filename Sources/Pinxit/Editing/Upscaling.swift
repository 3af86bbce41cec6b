import PinxitImages
import PinxitTensors
import PinxitUpscaling

extension Upscaler {
    /// Loads a file in any format of checkpoints: ESRGAN, Real-ESRGAN and its small networks.
    ///
    /// - Throws: `FileError` for a file that is none of them, or not whole.
    public static func load(_ file: String) async throws -> Upscaler {
        try await Engine.run { try Upscaler(file: file) }
    }
}

extension Picture {
    /// The picture so many times as wide and high, by a network where one is given, which is asked
    /// once at least and again while it falls short, and by Lanczos' filter for what remains.
    ///
    /// - Parameters:
    ///   - factor: Above 0; a side becomes at least 1 pixel.
    ///   - precision: What the network computes in; its pictures are 8 bits deep.
    ///   - onPiece: Told how many pieces of how many are done, in one asking of the network.
    /// - Throws: `PaintError.request` for a size beyond 32768 pixels a side or 2²⁹ in all;
    ///   `CancellationError`.
    public func enlarged(
        by factor: Double, _ upscaler: Upscaler? = nil, precision: Precision = .f32,
        onPiece: @escaping @Sendable (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) async throws -> Picture {
        let sides = [width, height].map { (Double($0) * factor).rounded() }
        let most = Double(1 << 29)
        guard factor > 0, sides.allSatisfy({ $0 <= 32768 }), sides[0] * sides[1] <= most else {
            throw PaintError.request(
                field: "factor",
                problem: "\(factor) times \(width)x\(height) is not accepted; "
                    + "above 0 and up to 32768 pixels a side and \(1 << 29) in all are")
        }
        let (wide, high) = (max(1, Int(sides[0])), max(1, Int(sides[1])))
        var picture = self
        if let upscaler {
            // What the network would make too large is left to the filter.
            let area = Double(upscaler.scale * upscaler.scale)
            // Once in any case: one that does not enlarge mends.
            var isWanted = true
            while isWanted, Double(picture.width) * Double(picture.height) * area <= most {
                picture = try await Engine.turn { [picture] in
                    try upscaler.enlarged(
                        picture, type: precision.type, onPiece: { onPiece($0, $1) })
                }
                isWanted = upscaler.scale > 1 && picture.width < wide
            }
        }
        return picture.resized(width: wide, height: high, filter: .lanczos)
    }
}
