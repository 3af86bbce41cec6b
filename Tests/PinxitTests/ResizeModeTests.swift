import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import Pinxit

/// How pictures of another shape come to the size that is painted, against Pillow asked as
/// AUTOMATIC1111's web UI asks it; see `Fixtures/make_resize.py`.
@Suite struct ResizeModeTests {
    @Test(
        "What is cut and what is filled is the web UI's to the level",
        arguments: [ResizeMode.crop, .fill], ["wide", "high", "mask"])
    func equalsTheWebUIs(_ mode: ResizeMode, _ name: String) async throws {
        let picture = try await picture(name)
        var found = 0
        for size in [(24, 16), (64, 41), (40, 64), (64, 24), (9, 65)].map({ PictureSize($0) }) {
            let key = "\(mode)/\(name)/\(size.width)x\(size.height)"
            guard try await Engine.run({ try Fixture("resize.safetensors").keys.contains(key) })
            else { continue }
            found += 1
            let expected = try await self.picture(key)
            #expect(picture.resized(to: size, mode) == expected, "\(key)")
        }
        #expect(found >= 1)
    }

    @Test("A row that is left over on one side is neither black nor covers the picture")
    func oddMargins() {
        var picture = Picture(width: 4, height: 3, color: [0])
        picture.pixels = [10, 10, 10, 10, 50, 50, 50, 50, 90, 90, 90, 90]
        let filled = picture.resized(to: PictureSize(width: 4, height: 6), .fill)
        let rows = (0..<6).map { filled.pixels[4 * $0] }
        // An eighth of a step beyond the ends.
        #expect(rows == [5, 10, 50, 90, 95, 95])
    }

    @Test("A line of pixels is cut without making the picture it would be")
    func lines() {
        let line = Picture(width: 1, height: 60_000, color: [7, 8, 9])
        let size = PictureSize(width: 512, height: 512)
        #expect(
            line.resized(to: size, .crop) == Picture(width: 512, height: 512, color: [7, 8, 9]))
        #expect(
            line.resized(to: size, .fill) == Picture(width: 512, height: 512, color: [7, 8, 9]))
    }

    private static let sizes = PaintedSizes(side: 64, step: 8)

    @Test("The mask and pictures to follow lie as the picture does", arguments: ResizeMode.allCases)
    func theMaskLiesAlike(_ mode: ResizeMode) async throws {
        let picture = PaintCanvasTests.picture(96, 48)
        let hole = PaintCanvasTests.mask(96, 48, x: 30..<60, y: 10..<30)
        let asked = AskedSize(
            width: mode == .latent ? 96 : 64, height: mode == .latent ? 48 : 64, mode: mode)
        let canvas = try PaintCanvas(picture, Mask(hole, blur: 0), asked: asked, Self.sizes)
        let size = canvas.size
        #expect(canvas.start == picture.resized(to: size, mode))
        #expect(canvas.laid(picture) == canvas.start)
        let levels = hole.resized(to: size, mode)
        let mask = await Engine.run { canvas.mask?.floats }
        #expect(mask == levels.pixels.map { $0 >= 128 ? 1 : 0 })
        let painted = Picture(width: size.width, height: size.height, color: [1, 2, 3])
        let finished = canvas.finished(painted)
        #expect(canvas.start.differences(from: finished, outside: levels) == 0)
        #expect(finished.differences(from: canvas.start, outside: levels) == 0)
    }

    @Test("A whole picture is cut, filled, or seen at its own size")
    func wholePictures() throws {
        let picture = PaintCanvasTests.picture(101, 50)
        func canvas(_ mode: ResizeMode) throws -> PaintCanvas {
            try PaintCanvas(
                picture, asked: AskedSize(width: 64, height: 64, mode: mode), Self.sizes)
        }
        for mode in [ResizeMode.stretch, .crop, .fill] {
            let canvas = try canvas(mode)
            #expect(canvas.start == picture.resized(to: canvas.size, mode))
            #expect(canvas.seen == nil)
        }
        let latent = try canvas(.latent)
        #expect(latent.size == PictureSize(width: 64, height: 64))
        #expect(latent.seen == PictureSize(width: 96, height: 48))
        #expect(latent.start == picture.resized(width: 96, height: 48, filter: .lanczos))
    }

    @Test("Latents that are stretched are those of the picture, and the picture shows them")
    func latents() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        let small = Picture(width: 12, height: 8, color: [200, 60, 30])
        let large = small.resized(width: 48, height: 32, filter: .lanczos)
        func painted(_ picture: Picture, _ mode: ResizeMode?) async throws -> Picture {
            var request = PaintRequest(
                prompt: "a red apple", source: .image(picture, strength: 0.4), width: 24,
                height: 16, guidanceScale: 1, seed: 42, precision: .f32)
            request.diffusion = DiffusionOptions(steps: 5, sampler: .ddim)
            request.diffusion.resize = mode
            let picture = try #require(try await painter.paint(request).pictures.first)
            #expect(picture.request.request.diffusion.resize == mode)
            return picture.picture
        }
        let stretched = try await painted(small, .stretch)
        #expect(try await painted(small, nil) == stretched)
        let latent = try await painted(small, .latent)
        #expect((latent.width, latent.height) == (24, 16))
        #expect(latent != stretched)
        #expect(try await painted(large, .latent).width == 24)
    }

    @Test("A way to another size is refused where there is none")
    func refusals() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        let picture = PaintCanvasTests.picture(48, 16)
        let mask = PaintCanvasTests.mask(48, 16, x: 8..<40, y: 2..<14)
        let refused: [(PaintSource, ResizeMode, String)] = [
            (.text, .crop, "resize: goes with a picture that is changed"),
            (
                .inpaint(picture, Mask(mask, padding: 4)), .crop,
                "resize: a part around a mask keeps its shape"
            ),
            (.inpaint(picture, Mask(mask)), .latent, "resize: latent goes without a mask"),
            (
                .image(Picture(width: 5000, height: 1, color: [1, 2, 3])), .latent,
                "resize: latent takes pictures of up to 4096 pixels a side, not 5000x1"
            ),
        ]
        for (source, mode, words) in refused {
            var request = PaintRequest(prompt: "a", source: source, width: 24, height: 16)
            request.diffusion.resize = mode
            let error = #expect(throws: PaintError.self) { try painter.resolved(request) }
            #expect("\(String(describing: error))".contains(words), "\(words)")
        }
        let error = #expect(throws: PaintError.self) {
            try PaintRequest(json: #"{"prompt":"a","resize":"squeeze"}"#)
        }
        #expect(
            "\(String(describing: error))".contains("stretch, crop, fill, latent is accepted"))
    }

    private func picture(_ key: String) async throws -> Picture {
        try await Engine.run { try Fixture("resize.safetensors").picture(key) }
    }
}

extension PictureSize {
    fileprivate init(_ sides: (Int, Int)) { self.init(width: sides.0, height: sides.1) }
}
