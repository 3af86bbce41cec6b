import Foundation
import Pinxit
import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitUpscaling

/// What pictures carry, and what enlarges them.
extension FuzzTarget {
    static let pictures: [String: Body] = [
        "picture": { bytes in
            _ = try? Picture(encoded: Data(bytes), name: "fuzz", maxPixels: 1 << 20)
            _ = try? Picture.texts(encoded: Data(bytes), name: "fuzz")
            _ = try? ContentCredentials(in: Data(bytes), name: "fuzz")
            _ = ContentCredentials.removed(from: Data(bytes))
        },
        "color-profile": { bytes in
            // A profile alone, as PNG would hold it packed: the first bit says of which colours.
            guard let first = bytes.first, bytes.count < 65_000 else { return }
            let content = Array("ICC_PROFILE\0".utf8) + [1, 1] + bytes.dropFirst()
            let length = content.count + 2
            let jpeg = first & 1 == 0 ? gray : coloured
            let segment = [0xFF, 0xE2, UInt8(length >> 8), UInt8(length & 255)] + content
            _ = try? Picture(
                encoded: jpeg.prefix(2) + Data(segment) + jpeg.dropFirst(2), name: "fuzz")
        },
        "foreign": { bytes in
            // A picture's text; the first byte says under which key.
            guard let first = bytes.first else { return }
            let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
            let key = keys[Int(first) % keys.count]
            var texts = [PNGText(key: key, text: text)]
            if first & 0x80 != 0 { texts.append(PNGText(key: "fooocus_scheme", text: "fooocus")) }
            _ = try? CarriedSettings(texts: texts, file: "fuzz")
            _ = Provenance(texts: texts)
            _ = texts.upright().enhanced()
        },
        "upscaler": { bytes in
            guard let first = bytes.first else { return }
            let changes = TensorChanges(UnsafeBufferPointer(rebasing: bytes.dropFirst()))
            let path = "/dev/shm/pinxit-fuzz-\(getpid())"
            onEngine {
                let base = bases[Int(first) % bases.count]
                guard (try? Checkpoint.save(changes.made(in: base), to: path)) != nil,
                    let network = try? Upscaler(file: path), network.scale < 32
                else { return }
                _ = try? network.enlarged(Picture(width: 5, height: 3, color: [1, 2, 3]))
            }
        },
    ]

    private static let keys = [
        "parameters", "prompt", "workflow", "invokeai_metadata", "sd-metadata", "pinxit",
        XMP.pngKey,
    ]

    private static let gray = jpeg([70])
    private static let coloured = jpeg([10, 200, 30])

    private static func jpeg(_ color: [UInt8]) -> Data {
        guard let file = try? JPEG.encode(Picture(width: 3, height: 2, color: color)) else {
            fatalError("a picture is not encoded")
        }
        return file
    }

    /// `scripts/fuzz` runs in the repository.
    @Engine private static let bases = ["compact", "first", "twofold"].map { name in
        do {
            return try Checkpoint.load("Tests/Fixtures/upscalers/\(name).safetensors")
        } catch {
            fatalError("\(error)")
        }
    }
}
