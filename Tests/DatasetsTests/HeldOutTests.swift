import Testing

@testable import PinxitDatasets

@Suite struct HeldOutTests {
    /// Vectors of the FNV reference page.
    @Test(
        arguments: [
            ("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] as [(String, UInt64)])
    func fnvVectors(text: String, hash: UInt64) {
        #expect(fnv1a64(text) == hash)
    }

    @Test func keysNameEveryCombination() {
        let pair = PictureSpec(
            layout: .pair(.left),
            parts: [.init(object: "1f436", color: .red), .init(object: "1f34e")],
            style: .cartoon, background: .blue)
        #expect(
            pair.heldOutKeys == [
                "objcol|1f436|red", "objstyle|1f436|cartoon", "objbg|1f436|blue",
                "objstyle|1f34e|cartoon", "objbg|1f34e|blue", "pair|1f34e|1f436",
            ])
        let place = PictureSpec(layout: .place(.topLeft, .small), parts: [.init(object: "1f34e")])
        #expect(place.heldOutKeys == ["objpos|1f34e|top left"])
        let count = PictureSpec(layout: .count(3), parts: [.init(object: "1f34e")])
        #expect(count.heldOutKeys == ["count|1f34e|three"])
        #expect(PictureSpec(layout: .single, parts: [.init(object: "1f34e")]).heldOutKeys.isEmpty)
    }
}
