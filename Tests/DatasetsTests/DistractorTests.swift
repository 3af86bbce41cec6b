import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitDatasets

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

    @Test("A wrong caption is worded as the right one is")
    func wrongCaptionsAreWordedAlike() throws {
        let composer = Composer(library: try Toys.library, seed: 5)
        var otherwise = 0
        for index in 0..<400 {
            let sample = composer.sample(at: index)
            var random = SplitMix64(seed: composer.seed &+ 1, index: index)
            let spec = composer.distractor(of: sample.spec, &random)
            let wrong = composer.wrongCaption(at: index)
            #expect(
                wrong
                    == composer.caption(spec, language: sample.language, wording: sample.wording))
            if wrong != composer.caption(spec, language: sample.language) { otherwise += 1 }
        }
        #expect(otherwise > 40)
    }
}
