import PinxitFiles
import Testing

@Suite struct NumberTextTests {
    @Test(
        "Digits after the point are kept, zeros too",
        arguments: [
            (0.5, 2, "0.50"), (-0.004, 2, "0.00"), (-0.006, 2, "-0.01"), (1.999, 2, "2.00"),
            (12.3, 0, "12"), (.nan, 1, "-"), (-.infinity, 1, "-"), (1e20, 2, "1e+20"),
        ])
    func fixedPoints(value: Double, digits: Int, text: String) {
        #expect(fixedPoint(value, digits) == text)
    }

    @Test func zerosStandInFront() {
        #expect(zeroPadded(7, 4) == "0007" && zeroPadded(12_345, 4) == "12345")
    }
}
