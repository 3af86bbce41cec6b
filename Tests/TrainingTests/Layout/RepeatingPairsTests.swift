import PinxitDatasets
import PinxitTestSupport
import Testing

@testable import PinxitTraining

@Suite struct RepeatingPairsTests {
    @Test("Pictures of two things come so many times, others once, in their order")
    func pairsComeMoreOften() throws {
        let composer = try Composer(library: Toys.library)
        let pictures = repeatingPairs(3, 200, composer)
        let pairs = (0..<200).filter { composer.spec(at: $0).parts.count == 2 }
        #expect(!pairs.isEmpty && pairs.count < 200)
        #expect(pictures.count == 200 + 2 * pairs.count)
        for index in 0..<200 {
            #expect(pictures.count { $0 == index } == (pairs.contains(index) ? 3 : 1))
        }
        #expect(pictures == pictures.sorted())
        #expect(repeatingPairs(1, 4, composer) == [0, 1, 2, 3])
        #expect(repeatingPairs(3, 4, nil) == [0, 1, 2, 3])
    }
}
