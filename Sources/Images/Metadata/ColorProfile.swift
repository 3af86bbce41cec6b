import CPinxitCodecs
import FoundationEssentials

/// The ICC profile (ICC.1:2022) that a picture file holds: what its numbers mean as colours. Little
/// CMS turns them to sRGB.
struct ColorProfile {
    /// The largest that is read, in bytes: those of printers have 2 to 3 MB.
    static let largest = 4 << 20

    /// Why a profile is left out, to stand behind "its colour profile".
    struct Problem: Error, Equatable {
        let text: String
        static let damaged = Problem(text: "is damaged")
        static let tooLarge = Problem(text: "has more than \(largest >> 20) MiB")
    }

    private let bytes: [UInt8]

    /// Nil for a file that holds none.
    init?(in file: Data) throws(Problem) {
        let found: [UInt8]? =
            switch PictureFormat(contents: file) {
            case .png: try PNG.profile(in: file)
            case .jpeg: try JPEG.profile(in: file)
            case .webP: WebP.profile(in: file)
            case nil: nil
            }
        guard let found else { return nil }
        guard found.count <= Self.largest else { throw .tooLarge }
        bytes = found
    }

    /// The picture in sRGB, by the perceptual intent, as Pillow's `profileToProfile`. It stays as
    /// it is where no colour would change by more than a level, since that profile is sRGB itself.
    ///
    /// - Parameter colours: What the picture's channels are.
    func turned(_ picture: Picture, _ colours: CodecColours) throws(Problem) -> Picture {
        let opened = bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { codec_icc_open($0, buffer.count, colours) }
        }
        guard let opened else { throw .damaged }
        guard let way = opened.profile else {
            throw Problem(text: message(opened.message) ?? Problem.damaged.text)
        }
        defer { codec_icc_close(way) }
        switch colours {
        case CODEC_GRAY: return Self.gray(picture, way)
        case CODEC_CMYK: return Self.cmyk(picture, way)
        default: return Self.isSRGB(way, picture.channels) ? picture : Self.rgb(picture, way)
        }
    }

    /// Gray stays gray, also where a PNG's is repeated in three channels.
    private static func gray(_ picture: Picture, _ way: OpaquePointer) -> Picture {
        let levels = (0...255).map { UInt8($0) }
        var table = levels
        codec_icc_apply(way, levels, &table, levels.count)
        guard zip(levels, table).contains(where: { abs(Int($0) - Int($1)) > 1 }) else {
            return picture
        }
        var result = picture
        let colours = picture.channels == 1 ? 1 : 3
        for start in stride(from: 0, to: result.pixels.count, by: picture.channels) {
            for c in start..<start + colours { result.pixels[c] = table[Int(result.pixels[c])] }
        }
        return result
    }

    private static func rgb(_ picture: Picture, _ way: OpaquePointer) -> Picture {
        var result = picture
        let row = picture.width * picture.channels
        result.pixels.withUnsafeMutableBufferPointer { pixels in
            guard let start = pixels.baseAddress else { return }
            for y in 0..<picture.height {
                codec_icc_apply(way, start + y * row, start + y * row, picture.width)
            }
        }
        return result
    }

    private static func cmyk(_ picture: Picture, _ way: OpaquePointer) -> Picture {
        let (width, height) = (picture.width, picture.height)
        let rgb = [UInt8](unsafeUninitializedCapacity: width * height * 3) { target, filled in
            picture.pixels.withUnsafeBufferPointer { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                for y in 0..<height {
                    codec_icc_apply(way, from + y * width * 4, to + y * width * 3, width)
                }
            }
            filled = width * height * 3
        }
        return Picture(width: width, height: height, channels: 3, pixels: rgb)
    }

    /// Whether all grays and a grid of 18 levels a channel change by a level at most.
    private static func isSRGB(_ way: OpaquePointer, _ channels: Int) -> Bool {
        let steps = stride(from: 0, through: 255, by: 15).map { UInt8($0) }
        var colours = (0...255).flatMap { [UInt8](repeating: UInt8($0), count: channels) }
        for r in steps {
            for g in steps {
                for b in steps { colours += [r, g, b, 255].prefix(channels) }
            }
        }
        var turned = colours
        codec_icc_apply(way, colours, &turned, colours.count / channels)
        return zip(colours, turned).allSatisfy { abs(Int($0) - Int($1)) <= 1 }
    }
}

extension Picture {
    /// The picture in sRGB, of pixels as a file stores them (CMYK inverted) and by the profile that
    /// it holds. A profile that cannot be used is left out with a warning.
    func inSRGB(by file: Data, warn: (String) -> Void) -> Picture {
        let format = PictureFormat(contents: file)
        let isCMYK = format == .jpeg && channels == 4
        let isGray = channels == 1 || format == .png && PNG.isGray(file)
        let colours: CodecColours =
            isCMYK ? CODEC_CMYK : isGray ? CODEC_GRAY : channels == 3 ? CODEC_RGB : CODEC_RGBA
        do throws(ColorProfile.Problem) {
            if let profile = try ColorProfile(in: file) { return try profile.turned(self, colours) }
        } catch {
            warn("its colour profile \(error.text) and is left out")
        }
        return isCMYK ? rgbFromInvertedCMYK() : self
    }
}
