import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitUpscaling

/// Results are spandrel's; see `Fixtures/make_upscalers.py`.
struct UpscalerTests {
    private static func upscaler(_ name: String, tile: Int = 256) throws -> Upscaler {
        try Upscaler(file: Fixture.path("upscalers/\(name)"), tile: tile, margin: 8)
    }

    @Test(
        "networks give spandrel's numbers, whatever the spelling of their keys",
        arguments: [
            ("basicsr.pth", 4), ("first.safetensors", 4), ("twofold.safetensors", 2),
            ("compact.safetensors", 2),
        ])
    func numbers(_ file: String, _ scale: Int) async throws {
        try await Engine.run {
            let fixture = try Fixture("upscaling.safetensors")
            let upscaler = try Self.upscaler(file)
            #expect(upscaler.scale == scale)
            let key = file.split(separator: ".").first.map(String.init) ?? ""
            let picture = fixture.picture("picture")
            let own = try upscaler.network(Tensor(pictures: [picture]).affine(0.5, 0.5))
            let expectedNumbers = fixture[key]
            #expect(own.shape == expectedNumbers.shape)
            let difference = relativeDifference(own, expectedNumbers)
            #expect(difference < 1e-4)
            let bytes = try upscaler.enlarged(picture).pixels
            let expected = expectedNumbers.floats.map {
                UInt8((max(0, min(1, $0)) * 255).rounded(.toNearestOrEven))
            }
            #expect(zip(bytes, expected).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
            #expect(bytes.count == expected.count)
        }
    }

    @Test("a picture made in pieces is the picture made at once")
    func pieces() async throws {
        try await Engine.run {
            let picture = try Fixture("upscaling.safetensors").picture("picture")
                .resized(width: 51, height: 39, filter: .bicubic)
            let whole = try Self.upscaler("compact.safetensors").enlarged(picture)
            var told: [Int] = []
            let pieces = try Self.upscaler("compact.safetensors", tile: 16)
                .enlarged(picture) { done, total in told += [done, total] }
            #expect(zip(whole.pixels, pieces.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
            #expect(told.suffix(2) == [12, 12])
        }
    }

    @Test("sides that are odd, of one pixel, and with transparency")
    func sides() async throws {
        try await Engine.run {
            for name in ["twofold.safetensors", "compact.safetensors"] {
                let upscaler = try Self.upscaler(name, tile: 4)
                for (width, height) in [(1, 1), (7, 3), (5, 9)] {
                    let picture = Picture(
                        width: width, height: height, channels: 4,
                        pixels: Array(repeating: 100, count: 4 * width * height))
                    let large = try upscaler.enlarged(picture)
                    #expect((large.width, large.height) == (2 * width, 2 * height))
                    #expect(large.channels == 4)
                    #expect(
                        stride(from: 3, to: large.pixels.count, by: 4)
                            .allSatisfy { large.pixels[$0] == 100 })
                }
            }
        }
    }

    @Test("a file of another kind is refused, saying what is accepted")
    func others() async throws {
        await Engine.run {
            let message = { (keys: [String: [Int]]) -> String in
                do {
                    _ = try UpscalerKind(keys, file: "x.pth")
                    return ""
                } catch {
                    return "\(error)"
                }
            }
            #expect(message(["layers.0.attn.qkv.weight": [3, 3]]).contains("is a transformer"))
            #expect(
                message(["conv.weight": [3, 3]]).contains("is no upscaler: it holds conv.weight"))
            #expect(
                message([
                    "body.0.rdb1.conv1.weight": [8, 8, 3, 3], "conv_first.weight": [8, 5, 3, 3],
                ]).contains("takes 5 channels"))
            #expect(
                message([
                    "body.0.rdb1.conv1.weight": [2_000_000, 8, 3, 3],
                    "conv_first.weight": [8, 3, 3, 3],
                ]).contains("growth: 2000000"))
            #expect(
                message([
                    "body.0.weight": [8, 3, 3, 3], "body.1.weight": [8],
                    "body.2.weight": [8, 8, 3, 3], "body.3.weight": [8],
                    "body.4.weight": [7, 8, 3, 3],
                ]).contains("gives 7 channels"))
            #expect(throws: FileError.self) {
                try Upscaler(file: Fixture.path("tiny-sd1/vae/diffusion_pytorch_model.safetensors"))
            }
        }
    }
}
