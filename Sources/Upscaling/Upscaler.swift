import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitLayers
import PinxitTensors

/// A network that makes finished pictures larger, such as Real-ESRGAN's.
///
///     let upscaler = try await Engine.run { try Upscaler(file: "RealESRGAN_x4plus.pth") }
///     let large = try await Engine.run { try upscaler.enlarged(picture) }
public final class Upscaler: Sendable {
    /// Of the results against the pictures, in each direction.
    public var scale: Int { network.scale }
    /// Its kind, in words.
    public let title: String
    let network: any UpscalingNetwork

    /// Pixels of a picture, in each direction, that are enlarged at once; larger ones are made of
    /// pieces, in bounded memory.
    private let tile: Int
    /// Pixels around a piece that are seen with it, so that no seam shows.
    private let margin: Int

    /// Loads a file in any format of checkpoints, told by its contents: RRDBNet in the three
    /// spellings that people have (ESRGAN, Real-ESRGAN), SRVGGNetCompact. On the engine's thread.
    ///
    /// - Throws: `FileError` for a file that is none of them, or not whole.
    public convenience init(file path: String) throws(FileError) {
        try self.init(file: path, tile: 256, margin: 32)
    }

    init(file path: String, tile: Int, margin: Int) throws(FileError) {
        (self.tile, self.margin) = (tile, margin)
        let file = try CheckpointFile(path: path)
        let shapes = UpscalerKeys.renamed(file.entries).mapValues(\.shape)
        if let more = shapes.keys.first(where: { $0.contains("conv1x1") }) {
            throw FileError(
                path: path, field: more,
                problem: "is of ESRGAN+; accepted: ESRGAN and Real-ESRGAN")
        }
        let kind = try UpscalerKind(shapes, file: path)
        let tensors = UpscalerKeys.renamed(try file.tensors())
        let notes = LoadNotes()
        func load<Network: UpscalingNetwork>(
            _ build: (Weights) -> Network
        ) throws(FileError) -> Network {
            try verifiedModel(
                tensors, file: path, configuration: nil, notes: notes, build: build)
        }
        switch kind {
        case .rrdb(let sizes):
            network = try load { RRDBNet($0, sizes) }
            title = "ESRGAN (RRDBNet, \(sizes.blocks) blocks)"
        case .compact(let sizes):
            network = try load { CompactNet($0, sizes) }
            title = "Real-ESRGAN compact (\(sizes.convolutions) convolutions)"
        }
    }

    /// A picture ``scale`` times as wide and high. Its transparency is enlarged by Lanczos' filter.
    /// On the engine's thread.
    ///
    /// - Parameters:
    ///   - type: What is computed in.
    ///   - onPiece: Told how many pieces of how many are done.
    /// - Throws: `CancellationError`, and what `onPiece` throws.
    public func enlarged(
        _ picture: Picture, type: ElementType = .f32,
        onPiece: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
    ) throws -> Picture {
        var result = Picture(
            width: picture.width * scale, height: picture.height * scale, channels: 3,
            pixels: Array(
                repeating: 0, count: 3 * scale * scale * picture.width * picture.height))
        let colours = picture.channels == 4 ? picture.withoutAlpha() : picture.rgb()
        let pieces = Self.spans(picture.height, tile).flatMap { rows in
            Self.spans(picture.width, tile).map { (rows, $0) }
        }
        for (index, (rows, columns)) in pieces.enumerated() {
            try Engine.checkCancellation()
            try enlarge(rows, columns, of: colours, into: &result, type)
            try onPiece(index + 1, pieces.count)
        }
        guard picture.channels == 4 else { return result }
        return result.withAlpha(
            of: picture.resized(width: result.width, height: result.height, filter: .lanczos))
    }

    private static func spans(_ length: Int, _ tile: Int) -> [Range<Int>] {
        stride(from: 0, to: length, by: tile).map { $0..<min($0 + tile, length) }
    }

    private func enlarge(
        _ rows: Range<Int>, _ columns: Range<Int>, of picture: Picture,
        into result: inout Picture, _ type: ElementType
    ) throws(CancellationError) {
        let (above, left) = (seen(rows, picture.height), seen(columns, picture.width))
        let input = Tensor(pictures: [
            picture.cropped(
                x: left.lowerBound, y: above.lowerBound, width: left.count, height: above.count)
        ]).affine(0.5, 0.5).padded(toMultipleOf: network.fold)
        let output = try network(input.cast(to: type)).cast(to: .f32)
        let values = output.floats
        let width = output.shape[2]
        for y in rows.lowerBound * scale..<rows.upperBound * scale {
            for x in columns.lowerBound * scale..<columns.upperBound * scale {
                let from =
                    (y - above.lowerBound * scale) * width + x - left.lowerBound * scale
                let to = result.offset(x: x, y: y)
                for c in 0..<3 { result.pixels[to + c] = Self.byte(values[3 * from + c]) }
            }
        }
    }

    /// What is seen of a line for a part of it, beginning where the network folds pixels anew.
    private func seen(_ part: Range<Int>, _ length: Int) -> Range<Int> {
        let first = max(0, part.lowerBound - margin) / network.fold * network.fold
        return first..<min(length, part.upperBound + margin)
    }

    private static func byte(_ value: Float) -> UInt8 {
        guard !value.isNaN else { return 0 }
        return UInt8((max(0, min(1, value)) * 255).rounded(.toNearestOrEven))
    }
}

extension Tensor {
    /// `[1, H, W, C]` with the last rows and columns mirrored until both sides are multiples, as
    /// Real-ESRGAN's tool pads.
    fileprivate func padded(toMultipleOf n: Int) -> Tensor {
        var x = self
        for axis in 1...2 where x.shape[axis] % n > 0 {
            let length = x.shape[axis]
            let more = (0..<n - length % n).map { i in
                let place = max(length - 2 - i, 0)
                return x.sliced(axis: axis, place..<place + 1)
            }
            x = concatenate([x] + more, axis: axis)
        }
        return x
    }
}
