import FoundationEssentials
import Pinxit
import PinxitImages
import PinxitSamplers
import PinxitTestSupport
import Testing

@Suite struct PaintRequestTests {
    private static let picture = Picture(
        width: 2, height: 1, channels: 3, pixels: [1, 2, 3, 4, 5, 6])

    private static let requests: [PaintRequest] = [
        PaintRequest(prompt: "a cat"),
        PaintRequest(
            prompt: "红苹果", negativePrompt: "blur", width: 64, height: 32, guidanceScale: 2.5,
            seed: 7, count: 2, precision: .bf16,
            diffusion: DiffusionOptions(
                steps: 4, sampler: .eulerAncestral, guidanceInterval: 0.2...0.75,
                deepCacheInterval: 2, tokenMerging: 0.5)),
        PaintRequest(
            prompt: "a",
            tokens: TokenOptions(
                temperature: 0.5, topP: 0.9, topK: 40, candidates: 16, complete: picture,
                keepRows: 3)),
        PaintRequest(prompt: "a", gan: GANOptions(truncation: 0.25)),
        PaintRequest(prompt: "", source: .variation(picture, noiseLevel: 5)),
        PaintRequest(prompt: "", source: .variation(picture, amount: 0.25)),
        PaintRequest(prompt: "", source: .blend(picture, picture, at: [0, 0.5], noiseLevel: 1)),
        PaintRequest(prompt: "", source: .blend(picture, picture, at: [0.5], amount: 0)),
        PaintRequest(prompt: "a", source: .interpolation(["b", "c"], frames: 9)),
    ]

    @Test(arguments: requests) func survivesJSON(_ request: PaintRequest) throws {
        let text = try request.json()
        #expect(try PaintRequest(json: text) == request, "\(text)")
    }

    @Test func namesInJSONAreTheOptionsOwn() throws {
        let text = try Self.requests[1].json()
        #expect(text.contains("\"sampler\":\"euler_a\"") && text.contains("\"guidance_scale\":2.5"))
        let tokens = try Self.requests[2].json()
        #expect(tokens.contains("\"tokens\":{\"candidates\":16,\"complete\":\"data:image/png;"))
    }

    @Test("Settings name pictures by their digest, which cannot be read back")
    func digests() throws {
        let text = try Self.requests[2].json(picturesAsDigests: true)
        #expect(text.contains("\"complete\":\"sha256:"))
        #expect(throws: (any Error).self) { try PaintRequest(json: text) }
    }

    @Test func onlyThePromptIsNeeded() throws {
        #expect(try PaintRequest(json: #"{"prompt": "a cat"}"#) == PaintRequest(prompt: "a cat"))
        #expect(throws: (any Error).self) { try PaintRequest(json: "{}") }
    }

    @Test(
        "A name that is unknown is refused with the nearest",
        arguments: [
            (#"{"prompt": "", "stepps": 3}"#, "stepps", "steps"),
            (#"{"prompt": "", "guidance-scale": 3}"#, "guidance-scale", "guidance_scale"),
            (#"{"prompt": "", "tokens": {"top_b": 1}}"#, "tokens.top_b", "top_k or top_p"),
            (#"{"prompt": "", "xyzzyx": 3}"#, "xyzzyx", "accepted"),
            (
                #"{"prompt": "", "source": {"kind": "variation", "noise-level": 3}}"#,
                "source.noise-level", "noise_level"
            ),
            (
                #"{"prompt": "", "source": {"kind": "text", "frames": 3}}"#,
                "source.frames", "accepted"
            ),
        ])
    func unknownNames(text: String, field: String, hint: String) throws {
        let error = #expect(throws: PaintError.self) { try PaintRequest(json: text) }
        guard case .request(field, let problem)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(problem.contains(hint))
    }

    @Test("Every option has names of its own and says what it accepts")
    func declarations() {
        let all = RequestOptions.all
        #expect(Set(all.map(\.flag)).count == all.count)
        #expect(Set(all.map { "\($0.group ?? "").\($0.key)" }).count == all.count)
        #expect(Set(all.compactMap(\.short)).count == all.compactMap(\.short).count)
        for option in all {
            #expect(!option.help.isEmpty && !option.accepted.isEmpty && !option.families.isEmpty)
            #expect(option.key == option.key.lowercased() && !option.key.contains(" "))
        }
    }

    @Test("A picture in JSON is data, never a path")
    func picturesAreData() {
        let text = #"{"prompt": "", "tokens": {"complete": "/etc/passwd"}}"#
        #expect(throws: DecodingError.self) { try PaintRequest(json: text) }
    }

    @Test("How much new noise a sampler adds is kept with its name, and has bounds")
    func etaOfSamplers() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        var request = PaintRequest(prompt: "a", seed: 1)
        request.diffusion.steps = 2
        for (sampler, eta) in [
            (Sampler.ddim(eta: 0.5), 0.5), (.tcd(eta: 0.3), 0.3), (.eulerAncestral(eta: 0), 0),
            (.ddim, nil), (.tcd(eta: 0), nil), (.eulerAncestral(eta: 1), nil), (.euler, nil),
        ] as [(Sampler, Double?)] {
            request.diffusion.sampler = sampler
            let asked = try painter.resolved(request).request
            let again = try PaintRequest(json: try asked.json())
            #expect(asked.diffusion.eta == eta && again.diffusion.eta == eta, "\(sampler)")
        }
        for eta in [1.5, -0.1, .nan] {
            request.diffusion.sampler = .tcd(eta: eta)
            #expect(throws: PaintError.self) { try painter.resolved(request) }
        }
    }

    @Test("What a picture's file could not be read with again is not asked for")
    func valuesOfBounds() throws {
        var request = PaintRequest(prompt: "a pear")
        func refusal() -> String {
            do throws(PaintError) { try request.check(for: .diffusion) } catch { return "\(error)" }
            return ""
        }
        request.diffusion.layout = LayoutOptions(sentence: "a")
        request.diffusion.layout.weights = WordWeights([.init("pear", 1000)])
        #expect(refusal().contains("word weights") && refusal().contains("-20 to 20"))
        request.diffusion.layout.weights = WordWeights([.init("pear", 20), .init("a", -1.5)])
        #expect(refusal() == "")
        request.diffusion.conditions.crop = PicturePlace(left: -8, top: 0)
        #expect(refusal().contains("crop"))
        request.diffusion.conditions.crop = nil
        request.diffusion.prediction = .flow
        #expect(refusal().contains("prediction"))
    }

    @Test("Only so many texts are put together")
    func composedTexts() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        func request(_ count: Int) -> PaintRequest {
            PaintRequest(prompt: Array(repeating: "a", count: count).joined(separator: " AND "))
        }
        #expect(throws: Never.self) { try painter.resolved(request(16)) }
        #expect(throws: PaintError.self) { try painter.resolved(request(17)) }
    }
}
