import PinxitFiles
import Testing

@Suite struct NumberTextTests {
    @Test(
        "Digits after the point are kept, zeros too",
        arguments: [
            (1.005, 2, "1.00"), (0.999, 2, "1.00"), (-0.5, 1, "-0.5"), (-0.001, 2, "0.00"),
            (12.345, 1, "12.3"), (7, 0, "7"), (.nan, 2, "-"), (0.05, 3, "0.050"),
            (1e20, 2, "1e+20"),
        ])
    func fixedPoints(value: Double, digits: Int, text: String) {
        #expect(fixedPoint(value, digits) == text)
    }

    @Test func zerosStandInFront() {
        #expect(zeroPadded(7, 4) == "0007" && zeroPadded(12_345, 4) == "12345")
    }
}
