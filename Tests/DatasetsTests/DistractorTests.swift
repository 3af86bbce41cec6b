import PinxitDatasets
import PinxitTensors
import PinxitTestSupport
import Testing

@Suite struct DistractorTests {
    @Test func oneThingIsDifferentAndTheCaptionSaysSo() throws {
        let composer = Composer(library: try Toys.library, seed: 5)
        var kinds: Set<String> = []
        for index in 0..<400 {
            let spec = composer.spec(at: index)
            var random = SplitMix64(seed: 1, index: index)
            let wrong = composer.distractor(of: spec, &random)
            // Counts are of three plurals, so another thing can always be found.
            var differences: [String] = []
            if spec.layout != wrong.layout { differences.append("layout") }
            if spec.background != wrong.background { differences.append("background") }
            if spec.style != wrong.style { differences.append("style") }
            for (a, b) in zip(spec.parts, wrong.parts) {
                if a.object != b.object { differences.append("object") }
                if a.color != b.color { differences.append("colour") }
            }
            #expect(differences.count == 1, "\(spec) \(wrong)")
            kinds.formUnion(differences)
            for language in CaptionLanguage.allCases {
                #expect(
                    composer.caption(spec, language: language)
                        != composer.caption(wrong, language: language))
            }
        }
        #expect(kinds == ["layout", "background", "style", "object", "colour"])
    }
}
