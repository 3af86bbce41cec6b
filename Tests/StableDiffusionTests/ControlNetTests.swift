import PinxitCheckpoints
import PinxitFiles
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitStableDiffusion

/// What ControlNets add, against diffusers.
@Suite struct ControlNetTests {
    /// A ControlNet of the fixtures, the model it is for, and its key.
    struct Net: Sendable, CustomTestStringConvertible {
        let key: String
        let folder: String
        let model: String
        var testDescription: String { folder }
    }

    static let nets = [
        Net(key: "sd1", folder: "tiny-control", model: "tiny-sd1"),
        Net(key: "pooled", folder: "tiny-control-pooled", model: "tiny-sd1"),
        Net(key: "sd2", folder: "tiny-control-sd2", model: "tiny-sd2"),
        Net(key: "xl", folder: "tiny-control-xl", model: "tiny-sdxl"),
    ]

    private static func load(_ path: String, _ model: String) throws -> ControlNet {
        try ControlNet.load(
            path, for: try LatentDiffusion(DiffusersFolder(Fixture.path(model))))
    }

    /// What a net gives for the fixture's input.
    private static func residuals(
        _ net: ControlNet, _ key: String, _ expected: Fixture, isGraded: Bool = false,
        isShallow: Bool = false, type: ElementType = .f32
    ) throws -> ControlResiduals {
        var given = DenoiserConditions(
            text: TextContext(expected["net/\(key)/states"].cast(to: type)))
        if key == "xl" {
            given.added = expected["net/xl/pooled"]
            let numbers = expected["net/xl/ids"].floats
            given.numbers = [Array(numbers[..<6]), Array(numbers[6...])]
        }
        var strength = ControlNet.Strength(scale: 0.7)
        (strength.isGraded, strength.isShallow) = (isGraded, isShallow)
        let picture = expected["net/\(key)/picture"].channelsLast.cast(to: type)
        return try net(
            expected["net/\(key)/sample"].channelsLast.cast(to: type), timesteps: [999, 37], given,
            picture: net.embedded(picture), strength)
    }

    private static func all(_ residuals: ControlResiduals) -> [Tensor] {
        residuals.maps + [residuals.middle].compactMap(\.self)
    }

    @Test(arguments: nets) func agreesWithDiffusers(_ net: Net) async throws {
        try await Engine.run {
            let expected = try Fixture("control.safetensors")
            let loaded = try Self.load(Fixture.path(net.folder), net.model)
            for kind in ["plain", "guess"] {
                let found = Self.all(
                    try Self.residuals(loaded, net.key, expected, isGraded: kind == "guess"))
                let prefix = "net/\(net.key)/\(kind)/"
                #expect(found.count == expected.keys.count { $0.hasPrefix(prefix) })
                for (index, map) in found.enumerated() {
                    let difference = relativeDifference(
                        map.channelsFirst, expected["\(prefix)\(index)"])
                    #expect(difference <= 2e-5, "\(prefix)\(index)")
                }
            }
        }
    }

    @Test("Without deep levels the first two maps are the same")
    func shallowMapsAreTheSame() async throws {
        try await Engine.run {
            let expected = try Fixture("control.safetensors")
            let net = try Self.load(Fixture.path("tiny-control"), "tiny-sd1")
            let whole = try Self.residuals(net, "sd1", expected)
            let shallow = try Self.residuals(net, "sd1", expected, isShallow: true)
            #expect(shallow.middle == nil && shallow.maps.count == 2)
            for (a, b) in zip(shallow.maps, whole.maps) { #expect(a.floats == b.floats) }
        }
    }

    @Test(.enabled(if: ElementType.compute == .bf16), arguments: nets)
    func isNearInBFloat16(_ net: Net) async throws {
        try await Engine.run {
            let expected = try Fixture("control.safetensors")
            let loaded = try Self.load(Fixture.path(net.folder), net.model)
            let found = Self.all(try Self.residuals(loaded, net.key, expected, type: .bf16))
            for (index, map) in found.enumerated() {
                #expect(map.type == .bf16)
                let difference = relativeDifference(
                    map.cast(to: .f32).channelsFirst, expected["net/\(net.key)/plain/\(index)"])
                #expect(difference < bf16Bound)
            }
        }
    }

    // MARK: Files

    /// Tensors in a file of their own, whatever it is called.
    private static func inFile<Result>(
        _ tensors: [String: Tensor], named name: String = "net.safetensors",
        _ body: (String) throws -> Result
    ) throws -> Result {
        let place = try TemporaryComponent(config: [:])
        let path = place.path + name
        try Checkpoint.save(tensors, to: path)
        return try withExtendedLifetime(place) { try body(path) }
    }

    @Test("A file under either names gives what the folder gives", arguments: [0, 1, 2])
    func filesAreTheFolder(_ way: Int) async throws {
        try await Engine.run {
            let expected = try Fixture("control.safetensors")
            let folder = Fixture.path("tiny-control")
            var tensors: [String: Tensor] = [:]
            if way == 0 {
                tensors = try Component(path: folder).tensors()
            } else {
                for (key, tensor) in expected.tensors(below: "ldm/") {
                    tensors[(way == 1 ? "control_model." : "") + key] = tensor
                }
            }
            let whole = try Self.load(folder, "tiny-sd1")
            try Self.inFile(tensors) { path in
                let net = try Self.load(path, "tiny-sd1")
                #expect(net.configuration == whole.configuration)
                let pairs = zip(
                    Self.all(try Self.residuals(net, "sd1", expected)),
                    Self.all(try Self.residuals(whole, "sd1", expected)))
                for (a, b) in pairs { #expect(a.floats == b.floats) }
            }
        }
    }

    @Test(arguments: [ElementType.f16, .bf16])
    func halvesAreRead(_ type: ElementType) async throws {
        try await Engine.run {
            let expected = try Fixture("control.safetensors")
            let tensors = try Component(path: Fixture.path("tiny-control")).tensors()
                .mapValues { $0.cast(to: type) }
            try Self.inFile(tensors) { path in
                let found = Self.all(
                    try Self.residuals(try Self.load(path, "tiny-sd1"), "sd1", expected))
                for (index, map) in found.enumerated() {
                    let difference = relativeDifference(
                        map.channelsFirst, expected["net/sd1/plain/\(index)"])
                    #expect(difference > 0 && difference < (type == .f16 ? 0.005 : bf16Bound))
                }
            }
        }
    }

    @Test("The name of a file says that maps are pooled, as in ComfyUI")
    func shuffleIsPooled() async throws {
        try await Engine.run {
            let tensors = try Component(path: Fixture.path("tiny-control")).tensors()
            try Self.inFile(tensors, named: "control_v11e_sd15_shuffle.safetensors") { path in
                let net = try Self.load(path, "tiny-sd1")
                #expect(net.configuration.isPooled)
            }
        }
    }

    @Test("A ControlNet for another family is refused in one line")
    func otherFamiliesAreRefused() async {
        await Engine.run {
            let path = Fixture.path("tiny-control-xl")
            let error = #expect(throws: FileError.self) { try Self.load(path, "tiny-sd1") }
            #expect(
                error?.problem == "is a ControlNet for a model of context 40; the model is a model "
                    + "of context 16")
            let other = #expect(throws: FileError.self) {
                try Self.load(Fixture.path("tiny-control"), "tiny-sd2")
            }
            #expect(other?.description.contains("pixels a latent of the ControlNet: 4") == true)
        }
    }

    @Test("What is no ControlNet is told by what it is")
    func othersAreNamed() async throws {
        try await Engine.run {
            func said(_ path: String) -> String {
                let error = #expect(throws: FileError.self) { try Self.load(path, "tiny-sd1") }
                return error?.problem ?? ""
            }
            let unet = Fixture.path("tiny-sd1/unet/diffusion_pytorch_model.safetensors")
            #expect(said(unet) == "is U-Net; a ControlNet is accepted")
            #expect(said(Fixture.path("tiny-sd1/unet")).contains("accepted: ControlNetModel"))
            #expect(said("/nowhere/net").contains("a ControlNet's folder or file is accepted"))
            let one = Tensor([1], shape: [1])
            for (key, kind) in [
                ("lora_controlnet", "a Control-LoRA"), ("lllite_unet_x", "a ControlNet-LLLite"),
                ("task_embedding", "(Union)"), ("difference", "of differences"),
            ] {
                let tensors = [key: one, "input_hint_block.0.weight": one]
                let problem = try Self.inFile(tensors) { said($0) }
                #expect(problem.contains(kind))
            }
        }
    }

    @Test func cancellingEndsTheNetwork() async throws {
        let task = Task {
            try await Engine.run {
                let expected = try Fixture("control.safetensors")
                let net = try Self.load(Fixture.path("tiny-control"), "tiny-sd1")
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try Self.residuals(net, "sd1", expected)
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
