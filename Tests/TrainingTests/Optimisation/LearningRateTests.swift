import Testing

@testable import PinxitTraining

@Test("The rate rises linearly, then falls by half a cosine to zero")
func learningRate() {
    let rate = LearningRate(peak: 2, warmUp: 10, steps: 110)
    #expect(rate(0) == 0.2)
    #expect(rate(9) == 2)
    #expect(abs(rate(60) - 1) < 1e-6)
    #expect(abs(rate(110)) < 1e-6)
}
