import PinxitImages
import Testing

@Suite struct HeatMapTests {
    @Test("A map's centre is where it is above what is everywhere")
    func centre() {
        let map = HeatMap(width: 4, height: 2, values: [1, 1, 1, 3, 1, 1, 1, 1])
        #expect(map.centre == (0.875, 0.25))
        let even = HeatMap(width: 2, height: 1, values: [2, 2])
        #expect(even.centre == (0.5, 0.5))
        #expect(even.normalised.values == [0, 0])
    }

    @Test("A mask is white above what parts high numbers from low ones best")
    func threshold() {
        let map = HeatMap(width: 4, height: 2, values: [0, 0.1, 0.9, 1, 0.1, 0, 1, 0.8])
        #expect(map.threshold > 0.1 && map.threshold <= 0.8)
        #expect(map.mask(width: 4, height: 2).pixels == [0, 0, 255, 255, 0, 0, 255, 255])
        // Few among many are found too.
        let spot = HeatMap(
            width: 8, height: 8, values: (0..<64).map { $0 == 9 ? 5 : Float($0 % 3) / 10 })
        #expect(spot.mask(width: 8, height: 8).pixels.filter { $0 == 255 }.count == 1)
        // From the edges on, as far as there is room.
        let grown = spot.mask(width: 8, height: 8, margin: 2)
        #expect(
            grown.pixels.indices.filter { grown.pixels[$0] == 255 }
                == [0, 8, 16, 24].flatMap { row in
                    (row..<row + 4)
                })
        let even = HeatMap(width: 2, height: 1, values: [2, 2])
        #expect(even.mask(width: 4, height: 2).pixels.allSatisfy { $0 == 255 })
    }

    @Test("Larger maps are PyTorch's bicubic ones")
    func resized() {
        // torch.nn.functional.interpolate([[[[0., 1, 4]]]], size=(1, 6), mode="bicubic")
        let map = HeatMap(width: 3, height: 1, values: [0, 1, 4]).resized(width: 6, height: 1)
        let expected: [Float] = [
            -0.10546875, 0.12109375, 0.45703125, 1.78515625, 3.35546875, 4.31640625,
        ]
        #expect(zip(map.values, expected).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(map.values.count == expected.count)
    }

    @Test("Over a picture the hottest place is bright, the coldest dark, and the size stays")
    func over() {
        let picture = Picture(width: 40, height: 20, color: [128, 128, 128])
        let shown = HeatMap(width: 2, height: 1, values: [0, 1]).over(picture)
        #expect((shown.width, shown.height, shown.channels) == (40, 20, 3))
        #expect(shown.pixels[shown.offset(x: 1, y: 10)] < 80)
        #expect(shown.pixels[shown.offset(x: 38, y: 10)] > 190)
    }
}
