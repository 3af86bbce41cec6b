import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitWorkers

@Suite struct SafetyCheckerTests {
    @Test("Scores are diffusers', and the same picture is flagged")
    func scores() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-safety/expected.safetensors")
            let checker = try #require(
                try SafetyChecker(modelFolder: Fixture.path("tiny-safety")))
            for number in 0..<3 {
                let pixels = expected["picture/\(number)"]
                let found = checker(
                    Picture(
                        width: pixels.shape[1], height: pixels.shape[0], channels: 3,
                        pixels: pixels.integers.map { UInt8($0) }))
                let special = expected["special"].floats[(number * 3)..<(number * 3 + 3)]
                let concepts = expected["concepts"].floats[(number * 17)..<(number * 17 + 17)]
                // Three digits are kept; f32 may round the last one another way.
                for (own, other) in zip(found.special, special) {
                    #expect(abs(own - Double(other)) < 0.0011)
                }
                for (own, other) in zip(found.concepts, concepts) {
                    #expect(abs(own - Double(other)) < 0.0011)
                }
                #expect(found.isFlagged == (number == 0))
            }
        }
    }

    @Test("A model without a checker has none")
    func none() async throws {
        try await Engine.run {
            let checker = try SafetyChecker(modelFolder: Fixture.path("tiny-sd1"))
            #expect(checker == nil)
        }
    }
}
