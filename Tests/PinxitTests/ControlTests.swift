import PinxitImages
import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import Pinxit

/// Paintings by tiny random models that ControlNets hold to a picture, against diffusers.
@Suite struct ControlTests {
    /// What is painted, and the key of what diffusers made of it.
    struct Run: Sendable, CustomTestStringConvertible {
        let key: String
        var model = "tiny-sd1"
        var unet: String?
        var nets = ["tiny-control"]
        var pictures = ["lines"]
        var scales = [1.0]
        var parts: [ClosedRange<Double>] = [0...1]
        var steps = 5
        var guidance = 5.0
        var sampler: Sampler? = .ddim
        var guesses = false
        /// Nil is from words alone.
        var strength: Double?
        var isMasked = false
        var file = "control.safetensors"
        var testDescription: String { key }
    }

    private static let plain = [Sampler.ddim, .euler, .eulerAncestral, .dpmpp2M, .pndm].flatMap {
        (sampler: Sampler) in
        [
            Run(key: "plain/\(sampler)", sampler: sampler),
            Run(
                key: "part/\(sampler)", scales: [0.6], parts: [0.2...0.7], steps: 7,
                sampler: sampler),
        ]
    }
    private static let kinds = [
        Run(key: "unguided", guidance: 1), Run(key: "resized", pictures: ["other"]),
        Run(key: "guess", guidance: 3, guesses: true),
        Run(key: "guess/unguided", guidance: 1, guesses: true),
        Run(key: "pooled", nets: ["tiny-control-pooled"]),
        Run(
            key: "two", nets: ["tiny-control", "tiny-control-pooled"],
            pictures: ["lines", "other"], scales: [0.8, 0.5], parts: [0...0.6, 0.3...1]),
        Run(key: "sd2", model: "tiny-sd2", nets: ["tiny-control-sd2"]),
    ]
    // Scales are those that diffusers' pipelines for pictures have unless they are told another.
    private static let edits = [
        Run(key: "image", scales: [0.8], parts: [0...0.8], steps: 6, strength: 0.7),
        Run(key: "inpaint", scales: [0.5], strength: 0.8, isMasked: true),
        Run(
            key: "nine", unet: "tiny-inpaint", scales: [0.5], guesses: true, strength: 0.8,
            isMasked: true),
    ]
    private static let large = [
        Run(key: "xl", scales: [0.9]), Run(key: "xl/guess", guesses: true),
        Run(
            key: "xl/two", nets: ["tiny-control-xl", "tiny-control-xl"],
            pictures: ["lines", "picture"], scales: [0.5, 0.4], parts: [0...0.8, 0.4...1]),
        Run(key: "xl/image", scales: [0.8], strength: 0.7),
        Run(key: "xl/inpaint", strength: 0.8, isMasked: true),
    ].map { run in
        var run = run
        (run.model, run.sampler) = ("tiny-sdxl", nil)
        if run.nets.count == 1 { run.nets = ["tiny-control-xl"] }
        return run
    }

    static let runs = plain + kinds + edits + large

    private static let adapters = [
        Run(key: "full/ddim", scales: [0.8]),
        Run(key: "full/euler_a", scales: [0.8], sampler: .eulerAncestral),
        Run(key: "resized", pictures: ["other"], guidance: 1),
        Run(
            key: "two", nets: ["tiny-adapter", "tiny-adapter"], pictures: ["lines", "other"],
            scales: [0.7, 0.4], parts: [0...1, 0...1]),
        Run(key: "light", model: "tiny-sd2", nets: ["tiny-adapter-light"]),
        Run(
            key: "xl", model: "tiny-sdxl", unet: "tiny-sdxl-deep", nets: ["tiny-adapter-xl"],
            sampler: nil),
        Run(
            key: "xl/part", model: "tiny-sdxl", unet: "tiny-sdxl-deep", nets: ["tiny-adapter-xl"],
            parts: [0...0.6], sampler: nil),
    ].map { run in
        var run = run
        if run.nets == ["tiny-control"] { run.nets = ["tiny-adapter"] }
        run.file = "adapters.safetensors"
        return run
    }

    @Test(arguments: runs + adapters) func paintsWhatDiffusersPaints(_ run: Run) async throws {
        let painter = try await Painter(
            folder: Fixture.path(run.model), unet: run.unet.map { Fixture.path($0) },
            controlNets: run.nets.map { Fixture.path($0) })
        let mask = try await ControlPictures.picture("mask")
        let request = try await request(run, mask)
        let painting = try await painter.paint(request, PaintOptions(keepingTensors: true))
        let found = try await DiffusersDifference(
            try #require(painting.pictures.first), file: run.file, key: run.key,
            within: run.isMasked ? mask : nil)
        #expect(found.latents <= 2e-4)
        #expect(found.image <= 2e-4)
        #expect(found.levels <= 1)
    }

    private func request(_ run: Run, _ mask: Picture) async throws -> PaintRequest {
        var request = PaintRequest(
            prompt: "a red apple", width: 24, height: 16, guidanceScale: run.guidance, seed: 42,
            precision: .f32)
        (request.diffusion.steps, request.diffusion.sampler) = (run.steps, run.sampler)
        for (index, name) in run.pictures.enumerated() {
            request.diffusion.controls.append(
                Control(
                    try await ControlPictures.picture(name), scale: run.scales[index],
                    part: run.parts[index]))
        }
        if run.guesses { request.diffusion.guessMode = true }
        if run.key == "xl/guess" {
            request.diffusion.conditions = PictureConditions(
                originalSize: PictureSize(width: 32, height: 64),
                negativeOriginalSize: PictureSize(width: 20, height: 30),
                negativeTargetSize: PictureSize(width: 8, height: 8))
        }
        guard let strength = run.strength else { return request }
        let picture = try await ControlPictures.picture("picture")
        request.source =
            run.isMasked
            ? .inpaint(picture, Mask(mask, blur: 0), strength: strength)
            : .image(picture, strength: strength)
        return request
    }

    /// A request to `tiny-sd1` for a picture of its own edges.
    private func edges(of picture: Picture) -> PaintRequest {
        var request = PaintRequest(
            prompt: "a red apple", width: 24, height: 16, guidanceScale: 3, seed: 1,
            precision: .f32)
        request.diffusion.steps = 4
        request.diffusion.controls = [Control(picture, preparation: .canny(low: 20, high: 60))]
        return request
    }

    private func painter(_ nets: [String] = ["tiny-control"]) async throws -> Painter {
        try await Painter(
            folder: Fixture.path("tiny-sd1"), controlNets: nets.map { Fixture.path($0) })
    }

    @Test("Edges are found at the painted size")
    func edgesAreOfThePaintedSize() async throws {
        let picture = try await ControlPictures.picture("other")
        let painter = try await painter()
        let found = try await painter.paint(edges(of: picture)).pictures
        var request = edges(of: picture)
        request.diffusion.controls = [
            Control(
                picture.resized(width: 24, height: 16, filter: .lanczos).edges(low: 20, high: 60))
        ]
        let expected = try await painter.paint(request).pictures
        #expect(found.first?.picture == expected.first?.picture)
    }

    @Test(
        "Prepared for inpainting, what lies under the mask is not seen; without a mask it is refused"
    )
    func inpainting() async throws {
        let painter = try await painter()
        let picture = try await ControlPictures.picture("other")
            .resized(width: 24, height: 16, filter: .lanczos)
        var levels = Picture(width: picture.width, height: picture.height, color: [0])
        for i in levels.pixels.indices where i % picture.width < picture.width / 2 {
            levels.pixels[i] = 255
        }
        func painted(_ preparation: Control.Preparation, changed: Bool) async throws -> Picture {
            var request = edges(of: picture)
            var seen = picture.rgb()
            for i in seen.pixels.indices where changed && i / 3 % picture.width < 4 {
                seen.pixels[i] ^= 255
            }
            request.source = .inpaint(picture, Mask(levels, blur: 0))
            request.diffusion.controls = [Control(seen, preparation: preparation)]
            return try await painter.paint(request).pictures[0].picture
        }
        #expect(
            try await painted(.inpaint, changed: false) == painted(.inpaint, changed: true))
        #expect(try await painted(.none, changed: false) != painted(.none, changed: true))
        #expect(
            try await painted(.inpaint, changed: false) != painted(.none, changed: false))
        var request = edges(of: picture)
        request.diffusion.controls = [Control(picture, preparation: .inpaint)]
        let json = try request.json()
        #expect(json.contains("\"prepare\":\"inpaint\""))
        #expect(try PaintRequest(json: json) == request)
        #expect(throws: PaintError.self) { try painter.resolved(request) }
    }

    @Test("Repainting a part, the picture is cut as the part is")
    func thePictureIsCutWithThePart() async throws {
        var picture = Picture(width: 96, height: 64, color: [40, 90, 60])
        for i in picture.pixels.indices { picture.pixels[i] &+= UInt8(truncatingIfNeeded: i * i) }
        var levels = Picture(width: 96, height: 64, color: [0])
        for y in 20..<40 { for x in 30..<50 { levels.pixels[y * 96 + x] = 255 } }
        let sizes = PaintedSizes(side: 32, step: 4)
        let canvas = try PaintCanvas(
            picture, Mask(levels, blur: 0, padding: 4), asked: AskedSize(), sizes)
        #expect(canvas.laid(picture) == canvas.start)
        let whole = try PaintCanvas(picture, asked: AskedSize(), sizes)
        #expect(whole.laid(picture) == whole.start)
    }

    @Test(
        "DeepCache, merged tokens, 8 bits, little memory, composed prompts and two passes go with it",
        arguments: 0..<6)
    func goesWithTheRest(_ way: Int) async throws {
        let picture = try await ControlPictures.picture("other")
        let painter = try await Painter(
            folder: Fixture.path("tiny-sd1"), lowMemory: way == 0,
            controlNets: [Fixture.path("tiny-control")])
        var request = edges(of: picture)
        switch way {
        case 1: request.diffusion.deepCacheInterval = 2
        case 2: request.diffusion.tokenMerging = 0.5
        case 3: request.precision = .int8
        case 4: request.prompt = "a red apple AND a blue apple"
        case 5: request.diffusion.hires.scale = 2
        default: break
        }
        request.diffusion.guessMode = way == 4
        let held = try await painter.paint(request).pictures
        request.diffusion.controls[0].scale = 0
        let free = try await painter.paint(request).pictures
        #expect(held.first?.picture != free.first?.picture)
        request.diffusion.controls = []
        let without = try await Painter(folder: Fixture.path("tiny-sd1"), lowMemory: way == 0)
        request.diffusion.guessMode = nil
        let plain = try await without.paint(request).pictures
        #expect(free.first?.picture == plain.first?.picture)
    }

    @Test("Pictures of one pixel, of gray and with transparency are taken")
    func unusualPicturesAreTaken() async throws {
        let painter = try await painter()
        let gray = Picture(width: 1, height: 1, color: [80])
        let clear = Picture(width: 1, height: 1, color: [80, 80, 80, 0])
        let first = try await painter.paint(held(to: gray)).pictures
        let second = try await painter.paint(held(to: clear)).pictures
        #expect(first.first?.picture == second.first?.picture)
    }

    private func held(to picture: Picture) -> PaintRequest {
        var request = edges(of: picture)
        request.diffusion.controls[0].preparation = .none
        return request
    }

    @Test("What is missing or too much is said")
    func whatIsWrongIsSaid() async throws {
        let painter = try await painter()
        let picture = Picture(width: 8, height: 8, color: [9, 9, 9])
        func said(_ change: (inout PaintRequest) -> Void) -> String {
            var request = edges(of: picture)
            change(&request)
            let error = #expect(throws: PaintError.self) { try painter.resolved(request) }
            return error?.description ?? ""
        }
        #expect(
            said { $0.diffusion.controls = [] }
                == "controls: no pictures for 1 ControlNet; one for each is accepted")
        #expect(
            said { $0.diffusion.controls += $0.diffusion.controls }
                == "controls: 2 pictures for 1 ControlNet; one for each is accepted")
        #expect(
            said { $0.diffusion.controls[0].scale = 11 }
                == "control scale: 11.0 is not from 0 to 10")
        #expect(
            said { $0.diffusion.controls[0].part = 0.5...0.5 }.contains("a start before an end"))
        #expect(said { $0.diffusion.controls[0].part = 0...1.5 }.contains("within 0 to 1"))
        #expect(
            said { $0.diffusion.controls[0].preparation = .canny(low: -1) }
                == "canny low: -1.0 is not from 0 to 10000")
        let free = try await Painter(folder: Fixture.path("tiny-sd1"))
        let error = #expect(throws: PaintError.self) {
            try free.resolved(edges(of: picture))
        }
        #expect(error?.description == "controls: the painter has no ControlNet")
    }

    @Test("An adapter goes beside a ControlNet, and takes sizes of its own")
    func adaptersGoBesideControlNets() async throws {
        let picture = try await ControlPictures.picture("other")
        let painter = try await painter(["tiny-adapter", "tiny-control"])
        var request = edges(of: picture)
        request.diffusion.controls = [Control(picture), Control(picture, preparation: .canny())]
        let both = try await painter.paint(request).pictures
        for index in 0..<2 {
            var one = request
            one.diffusion.controls[index].scale = 0
            let found = try await painter.paint(one).pictures
            #expect(found.first?.picture != both.first?.picture)
        }
        let large = try await Painter(
            folder: Fixture.path("tiny-sdxl"), unet: Fixture.path("tiny-sdxl-deep"),
            controlNets: [Fixture.path("tiny-adapter-xl")])
        var other = PaintRequest(prompt: "a red apple", width: 18, height: 16)
        other.diffusion.controls = [Control(picture)]
        let error = #expect(throws: PaintError.self) { try large.resolved(other) }
        #expect(
            error?.description
                == "width: 18 is not accepted; the T2I-Adapter takes multiples of 4")
    }

    @Test("Models of other kinds take none")
    func othersTakeNone() async throws {
        let net = Fixture.path("tiny-control")
        await #expect(throws: PaintError.self) {
            try await Painter(folder: Fixture.path("tiny-dalle"), controlNets: [net])
        }
        let error = await #expect(throws: PaintError.self) {
            try await Painter(
                folder: Fixture.path("tiny-sd1"), unet: Fixture.path("tiny-instruct"),
                controlNets: [net])
        }
        #expect(error?.description.contains("by instruction takes no ControlNet") == true)
    }

    @Test func jsonHasAllOfIt() throws {
        var request = PaintRequest(prompt: "a house")
        request.diffusion.controls = [
            Control(
                Picture(width: 2, height: 1, color: [1, 2, 3]),
                preparation: .canny(low: 50, high: 90), scale: 0.5, part: 0.25...0.75)
        ]
        request.diffusion.guessMode = true
        let json = try request.json()
        #expect(json.contains("\"prepare\":\"canny\"") && json.contains("\"guess_mode\":true"))
        #expect(try PaintRequest(json: json) == request)
        let error = #expect(throws: PaintError.self) {
            try PaintRequest(json: #"{"prompt": "x", "controls": [{"picture": "", "scal": 1}]}"#)
        }
        #expect(error?.description == "controls.scal: is unknown; is scale meant?")
    }

    @Test func aPaintedPictureNamesWhatHeldIt() async throws {
        let painting = try await painter().paint(
            edges(of: Picture(width: 9, height: 5, color: [1, 2, 3])))
        let texts = try #require(painting.pictures.first).request.texts(model: "m")
        let json = try #require(texts.first { $0.key == "pinxit" }).text
        #expect(json.contains("\"controlnets\":[\"tiny-control\"]"))
        #expect(json.contains("sha256:"))
    }
}

/// What `make_control.py` starts from.
enum ControlPictures {
    /// A picture that the fixture holds as bytes.
    static func picture(_ key: String) async throws -> Picture {
        try await Engine.run { try Fixture("control.safetensors").picture(key) }
    }
}
