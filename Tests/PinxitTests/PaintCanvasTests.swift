import PinxitImages
import PinxitTensors
import Testing

@testable import Pinxit

/// How a picture is laid out for the painter and put together again.
@Suite struct PaintCanvasTests {
    static let sizes = PaintedSizes(side: 64, step: 8)

    /// Each pixel its own colour.
    static func picture(_ width: Int, _ height: Int) -> Picture {
        var picture = Picture(width: width, height: height, color: [0, 0, 0])
        for i in picture.pixels.indices { picture.pixels[i] = UInt8(truncatingIfNeeded: i * 7) }
        return picture
    }

    /// Black, with a white rectangle.
    static func mask(_ width: Int, _ height: Int, x: Range<Int>, y: Range<Int>) -> Picture {
        var mask = Picture(width: width, height: height, color: [0])
        for row in y { for column in x { mask.pixels[row * width + column] = 255 } }
        return mask
    }

    @Test(
        "A picture is painted at its own size if that is usual, else in its own shape",
        arguments: [
            (64, 64, 64, 64), (96, 48, 96, 48), (61, 66, 64, 64), (640, 320, 88, 48),
            (10, 10, 64, 64), (4000, 3000, 72, 56), (1, 1000, 8, 2024),
        ])
    func sizesFollowThePicture(_ width: Int, _ height: Int, _ w: Int, _ h: Int) {
        let frame = PaintCanvas.Frame(x: 0, y: 0, width: width, height: height)
        #expect(
            Self.sizes.size(AskedSize(), of: frame) == PictureSize(width: w, height: h))
    }

    @Test func oneSideDecidesTheOther() {
        let frame = PaintCanvas.Frame(x: 0, y: 0, width: 300, height: 200)
        #expect(
            Self.sizes.size(AskedSize(width: 96), of: frame) == PictureSize(width: 96, height: 64))
        #expect(
            Self.sizes.size(AskedSize(height: 96), of: frame)
                == PictureSize(width: 144, height: 96))
    }

    @Test("What the mask leaves is untouched, at the picture's own size", arguments: [nil, 0, 9])
    func keptPixelsAreUntouched(_ padding: Int?) throws {
        let picture = Self.picture(200, 150)
        let hole = Self.mask(200, 150, x: 40..<90, y: 30..<100)
        for blur in [0, 4.0] {
            let mask = Mask(hole, blur: blur, padding: padding)
            let canvas = try PaintCanvas(picture, mask, asked: AskedSize(), Self.sizes)
            let painted = Picture(
                width: canvas.size.width, height: canvas.size.height, color: [9, 8, 7])
            let result = canvas.finished(painted)
            #expect((result.width, result.height) == (200, 150))
            let levels = try mask.levels(like: picture)
            #expect(picture.differences(from: result, outside: levels) == 0)
            let middle = result.offset(x: 65, y: 65)
            #expect(Array(result.pixels[middle..<middle + 3]) == [9, 8, 7])
        }
    }

    @Test("What a mask covers is filled at the size that is painted")
    func filledAtThePaintedSize() throws {
        let large = Self.picture(512, 512)
        let small = large.resized(to: PictureSize(width: 64, height: 64), .stretch)
        func start(_ picture: Picture) throws -> Picture {
            let side = picture.width
            let hole = Self.mask(side, side, x: side / 4..<side / 2, y: side / 4..<side / 2)
            return try PaintCanvas(
                picture, Mask(hole, blur: 0, fill: .surroundings), asked: AskedSize(), Self.sizes
            ).start
        }
        #expect(try start(large) == start(small))
    }

    @Test func whatTheMaskLeavesStaysTransparent() throws {
        var picture = Picture(width: 64, height: 64, color: [10, 20, 30, 0])
        for i in picture.pixels.indices { picture.pixels[i] = UInt8(truncatingIfNeeded: i * 7) }
        let hole = Self.mask(64, 64, x: 20..<40, y: 20..<40)
        for padding in [nil, 4] {
            let mask = Mask(hole, blur: 0, padding: padding)
            let canvas = try PaintCanvas(picture, mask, asked: AskedSize(), Self.sizes)
            let result = canvas.finished(
                Picture(width: canvas.size.width, height: canvas.size.height, color: [9, 8, 7]))
            for i in 0..<64 * 64 {
                let own = Array(result.pixels[4 * i..<4 * i + 4])
                let kept = Array(picture.pixels[4 * i..<4 * i + 4])
                #expect(own == (hole.pixels[i] == 255 ? [9, 8, 7, 255] : kept))
            }
        }
        let wider = try picture.extended(by: PictureMargins(left: 8), blur: 0).picture
        #expect(wider.cropped(x: 8, y: 0, width: 64, height: 64) == picture)
    }

    @Test func aPictureWithoutTransparencyStaysRGB() throws {
        let picture = Picture(width: 64, height: 64, color: [10, 20, 30, 255])
        let mask = Mask(Self.mask(64, 64, x: 20..<40, y: 20..<40))
        let canvas = try PaintCanvas(picture, mask, asked: AskedSize(), Self.sizes)
        #expect(canvas.finished(Picture(width: 64, height: 64, color: [9, 8, 7])).channels == 3)
    }

    @Test func aSizeThatIsAskedForIsTheResults() throws {
        let canvas = try PaintCanvas(
            Self.picture(200, 150), Mask(Self.mask(200, 150, x: 0..<50, y: 0..<50)),
            asked: AskedSize(width: 80, height: 72), Self.sizes)
        let painted = Picture(width: 80, height: 72, color: [1, 2, 3])
        let result = canvas.finished(painted)
        #expect((result.width, result.height) == (80, 72))
    }

    @Test func onlyThePartAroundTheMaskIsSeen() throws {
        let picture = Self.picture(640, 640)
        let mask = Mask(
            Self.mask(640, 640, x: 300..<332, y: 300..<332), blur: 0, padding: 16)
        let canvas = try PaintCanvas(picture, mask, asked: AskedSize(), Self.sizes)
        #expect(canvas.size == PictureSize(width: 64, height: 64))
        #expect(canvas.start == picture.cropped(x: 284, y: 284, width: 64, height: 64))
    }

    @Test func whatIsTransparentIsRepainted() throws {
        var mask = Picture(width: 2, height: 1, color: [255, 255, 255, 255])
        #expect(try Mask(mask, blur: 0).levels(like: mask).pixels == [255, 255])
        mask.pixels[7] = 0
        #expect(try Mask(mask, blur: 0).levels(like: mask).pixels == [0, 255])
        let turned = Mask(mask, isInverted: true, blur: 0)
        #expect(try turned.levels(like: mask).pixels == [255, 0])
    }

    @Test func aMaskNeedsThePicturesShapeAndSomethingToRepaint() throws {
        let picture = Self.picture(40, 20)
        #expect(throws: PaintError.self) {
            try Mask(Self.mask(20, 20, x: 0..<9, y: 0..<9)).check(for: picture)
        }
        try Mask(Self.mask(80, 40, x: 0..<9, y: 0..<9)).check(for: picture)
        try Mask(Self.mask(13, 7, x: 0..<9, y: 0..<7)).check(for: picture)
        #expect(throws: PaintError.self) {
            try PaintCanvas(
                picture, Mask(Self.mask(40, 20, x: 0..<0, y: 0..<0)), asked: AskedSize(),
                Self.sizes)
        }
        for blur in [-1, .nan, 257.0] {
            #expect(throws: PaintError.self) {
                try Mask(Self.mask(40, 20, x: 0..<9, y: 0..<9), blur: blur).check(for: picture)
            }
        }
    }

    @Test("A line's shape asks for no more than can be painted")
    func lines() throws {
        let line = Self.picture(1, 4096)
        let asked = AskedSize(width: 4096)
        let expected = PaintError.request(
            field: "height",
            problem: "16777216 is not accepted; multiples of 8 from 8 to 4096 are")
        #expect(throws: expected) { try PaintCanvas(line, asked: asked, Self.sizes) }
        let mask = Mask(Self.mask(1, 4096, x: 0..<1, y: 0..<4096), blur: 0)
        #expect(throws: expected) { try PaintCanvas(line, mask, asked: asked, Self.sizes) }
    }

    @Test("A line that its blur wipes out is told apart from a mask that covers nothing")
    func masksThatAreTooSmallForTheirBlur() throws {
        let picture = Self.picture(64, 64)
        func problem(_ mask: Mask) -> String {
            do {
                _ = try PaintCanvas(picture, mask, asked: AskedSize(), Self.sizes)
                return ""
            } catch {
                return "\(error)"
            }
        }
        let line = Self.mask(64, 64, x: 0..<64, y: 30..<33)
        #expect(problem(Mask(line)).contains("too small for its blur of 4.0 pixels"))
        #expect(problem(Mask(line, blur: 0)).isEmpty)
        let nothing = Mask(Self.mask(64, 64, x: 0..<0, y: 0..<0))
        #expect(problem(nothing).contains("covers nothing: white is repainted"))
    }

    @Test func surroundingsFillTheHole() throws {
        var picture = Picture(width: 64, height: 64, color: [200, 100, 50])
        let hole = Self.mask(64, 64, x: 20..<40, y: 20..<40)
        for i in hole.pixels.indices where hole.pixels[i] == 255 { picture.pixels[3 * i + 1] = 255 }
        let mask = Mask(hole, blur: 0, fill: .surroundings)
        let start = try PaintCanvas(picture, mask, asked: AskedSize(), Self.sizes).start
        #expect(
            zip(start.pixels, Picture(width: 64, height: 64, color: [200, 100, 50]).pixels)
                // Six layers, each rounded down.
                .allSatisfy { abs(Int($0) - Int($1)) <= 6 })
    }

    @Test func marginsAndBlursHaveBounds() {
        let picture = Self.picture(4, 4)
        for (left, blur) in [(-1, 4.0), (5000, 4), (8, -1), (8, 257), (8, .nan)] {
            #expect(throws: PaintError.self) {
                try picture.extended(by: PictureMargins(left: left), blur: blur)
            }
        }
    }

    @Test func theCanvasGrowsAndKeepsThePicture() throws {
        let picture = Self.picture(30, 20)
        let wider = try picture.extended(by: PictureMargins(left: 10, bottom: 6), blur: 2)
        #expect((wider.picture.width, wider.picture.height) == (40, 26))
        #expect(wider.picture.cropped(x: 10, y: 0, width: 30, height: 20) == picture)
        // A seam of twice the blur, on the sides that grow.
        for (x, y, level) in [(13, 0, 255), (14, 0, 0), (39, 15, 0), (39, 16, 255), (0, 25, 255)] {
            #expect(wider.mask.pixels[wider.mask.offset(x: x, y: y)] == UInt8(level))
        }
    }

    @Test func jsonHoldsMasks() throws {
        let picture = Self.picture(8, 8)
        let mask = Mask(
            Self.mask(8, 8, x: 0..<4, y: 0..<8).rgb(), isInverted: true, blur: 1.5, padding: 3,
            fill: .noise)
        for source in [
            PaintSource.inpaint(picture, mask, strength: 0.5), .image(picture, strength: nil),
            .inpaint(
                picture, Mask(area: .words("the dog", caption: "a dog and a cat"), padding: 8)),
            .inpaint(picture, Mask(area: .words("狗"))),
        ] {
            let request = PaintRequest(prompt: "a", source: source)
            #expect(try PaintRequest(json: try request.json()) == request)
        }
        let json = try PaintRequest(prompt: "", source: .inpaint(picture, mask)).json()
        #expect(throws: PaintError.self) {
            try PaintRequest(json: json.replacing("\"blur\"", with: "\"blurr\""))
        }
    }
}
