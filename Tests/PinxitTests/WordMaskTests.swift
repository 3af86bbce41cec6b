import PinxitImages
import PinxitTestSupport
import Testing

@testable import Pinxit

/// Masks that the model's own attention finds.
@Suite struct WordMaskTests {
    private static let small = Fixture.path("../../Models/pinxit-small")

    @Test("The thing that is named is found where it is, in a picture that the model painted")
    func found() async throws {
        let painter = try await Painter(folder: Self.small)
        let caption = "a red apple to the left of a blue fish"
        let picture = try await painter.paint(
            PaintRequest(prompt: caption, seed: 1, precision: .f32)
        ).pictures[0].picture
        for (words, isLeft) in [("the apple", true), ("a red apple", true), ("fish", false)] {
            let mask = try await painter.mask(
                of: words, in: picture, caption: caption, precision: .f32)
            #expect((mask.width, mask.height, mask.channels) == (128, 128, 1))
            let places = mask.pixels.indices.filter { mask.pixels[$0] == 255 }
            let own = places.filter { ($0 % 128 < 64) == isLeft }
            #expect(own.count * 10 > places.count * 9, "\(words): \(own.count) of \(places.count)")
            #expect((800..<8000).contains(places.count), "\(words): \(places.count) pixels")
        }
    }

    @Test("Words repaint what a mask of the same shape repaints, and the request names that mask")
    func repaints() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd2"))
        let picture = Picture(
            width: 64, height: 64, channels: 3,
            pixels: (0..<64 * 64 * 3).map { UInt8(truncatingIfNeeded: $0 * 7) })
        func request(_ area: Mask.Area) -> PaintRequest {
            PaintRequest(
                prompt: "a pear", source: .inpaint(picture, Mask(area: area, blur: 0)), seed: 3,
                precision: .f32, diffusion: DiffusionOptions(steps: 2))
        }
        let caption = "a red apple and a cat"
        let mask = try await painter.mask(
            of: "the apple", in: picture, caption: caption, precision: .f32)
        let expected = try await painter.paint(request(.picture(mask)))
        let painting = try await painter.paint(request(.words("the apple", caption: caption)))
        #expect(painting.pictures[0].picture == expected.pictures[0].picture)
        #expect(painting.request.source == expected.request.source)
    }

    @Test("Beside ControlNets words are looked for with their pictures")
    func beside() async throws {
        let painter = try await Painter(
            folder: Fixture.path("tiny-sd1"), controlNets: [Fixture.path("tiny-control")])
        let picture = Picture(width: 32, height: 32, color: [90, 20, 30])
        await #expect(throws: PaintError.self) { try await painter.mask(of: "a", in: picture) }
        var other = PaintRequest(prompt: "", precision: .f32)
        other.diffusion.controls = [Control(picture)]
        let mask = try await painter.mask(
            of: "apple", in: picture, caption: "an apple", like: other)
        #expect((mask.width, mask.height, mask.channels) == (32, 32, 1))
    }

    @Test("What cannot be looked for is refused with its field")
    func refused() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd2"))
        let picture = Picture(width: 32, height: 32, color: [1, 2, 3])
        func refusal(_ area: Mask.Area, steps: Int = 2) async -> String {
            let request = PaintRequest(
                prompt: "a", source: .inpaint(picture, Mask(area: area)), seed: 1,
                diffusion: DiffusionOptions(steps: steps))
            do {
                _ = try await painter.paint(request)
                return ""
            } catch { return "\(error)" }
        }
        #expect(await refusal(.words("the dog", caption: "a cat")).contains("not in the caption"))
        #expect(await refusal(.words("  ")).contains("has no words"))
        #expect(await refusal(.words("app", caption: "an apple")).contains("no whole words"))
        #expect(await refusal(.words("cat"), steps: 5000).contains("steps"))
        #expect(throws: PaintError.self) {
            try painter.resolved(
                PaintRequest(
                    prompt: "a", source: .inpaint(picture, Mask(area: .words("cat")))))
        }
        let json = try PaintRequest(
            prompt: "a", source: .inpaint(picture, Mask(area: .words("cat")))
        ).json()
        #expect(throws: PaintError.self) {
            try PaintRequest(
                json: json.replacing("\"words\"", with: "\"picture\": \"\", \"words\""))
        }
    }
}
