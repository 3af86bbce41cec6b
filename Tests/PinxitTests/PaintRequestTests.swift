import FoundationEssentials
import Pinxit
import PinxitSamplers
import Testing

@Suite struct PaintRequestTests {
    @Test func survivesJSON() throws {
        let request = PaintRequest(
            prompt: "红苹果", negativePrompt: "blur", width: 64, height: 32, steps: 4,
            guidanceScale: 2.5, seed: 7, sampler: .eulerAncestral, count: 2, precision: .bf16)
        let text = try JSONEncoder().encode(request)
        #expect(try JSONDecoder().decode(PaintRequest.self, from: text) == request)
        #expect(String(decoding: text, as: UTF8.self).contains("\"euler_a\""))
    }

    @Test func onlyThePromptIsNeeded() throws {
        let text = Data(#"{"prompt": "a cat"}"#.utf8)
        let request = try JSONDecoder().decode(PaintRequest.self, from: text)
        #expect(request == PaintRequest(prompt: "a cat"))
    }
}
