import PinxitFiles
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitCheckpoints

/// Adapters in every dialect, against the weights that diffusers, PEFT and LyCORIS make.
@Suite struct AdapterTests {
    /// The files of `lora.safetensors`; see `make_lora.py`.
    static let cases: [String] = {
        guard let fixture = try? Fixture("lora.safetensors") else { return [] }
        let names = fixture.keys.filter { $0.contains("/file/") }
            .compactMap { $0.split(separator: "/").first.map(String.init) }
        return Set(names).sorted()
    }()

    private static func adapter(_ fixture: Fixture, _ name: String) throws -> WeightAdapter {
        let metadata = fixture.parameter("\(name)/metadata/lora_adapter_metadata")
        return try WeightAdapter(
            origin: "\(name).safetensors", fixture.tensors(below: "\(name)/file/"),
            metadata: metadata.map { ["lora_adapter_metadata": $0] } ?? [:],
            weight: fixture.number("\(name)/weight"))
    }

    @Test(
        "The weights are the reference's, all others stay, and every key is used", arguments: cases)
    func merged(_ name: String) async throws {
        try await Engine.run {
            let fixture = try Fixture("lora.safetensors")
            let adapter = try Self.adapter(fixture, name)
            let expected = fixture.tensors(below: "\(name)/merged/")
            #expect(!expected.isEmpty)
            var changed = 0
            let model = Fixture.path(fixture.parameter("\(name)/model") ?? "tiny-sd1")
            let components = ["text_encoder", "text_encoder_2", "unet"].filter {
                fileExists("\(model)/\($0)")
            }
            for name in components {
                var tensors: [String: Tensor] = [:]
                for (key, tensor) in try Component(path: "\(model)/\(name)").tensors() {
                    // As CLIP's loader has it.
                    let isBare = name != "unet" && !key.hasPrefix("text_")
                    tensors[isBare ? "text_model.\(key)" : key] = tensor
                }
                let adapters = try ComponentAdapters(
                    LoadOptions(adapters: [adapter]), component: name,
                    shapes: tensors.mapValues(\.shape))
                for (key, tensor) in tensors {
                    let own = try adapters.adapted(tensor, parameter: key)
                    guard let merged = expected["\(name).\(key)"] else {
                        #expect(own.pointer == tensor.pointer, "\(key)")
                        continue
                    }
                    changed += 1
                    #expect(relativeDifference(own, merged) < 2e-6, "\(key)")
                    #expect(relativeDifference(tensor, merged) > 1e-3, "\(key)")
                }
            }
            #expect(changed == expected.count)
            let notes = LoadNotes()
            try adapter.verifyUse(notes: notes)
            #expect(notes.all == [])
        }
    }

    @Test("The original code's names are those that diffusers reads", arguments: LDMFamily.all)
    func originalNames(_ family: LDMFamily) throws {
        #expect(LDMFamily.all.count == 3)
        let names = LDMNames(family.names.keys.map { "\($0).weight" })
        for (ours, theirs) in family.names { #expect(names.name(of: ours) == theirs, "\(ours)") }
        let unknown = [
            "down_blocks.9.resnets.0.conv1", "down_blocks", "a.b", "up_blocks.0.x.0.y", "",
        ]
        for name in unknown { #expect(names.name(of: name) == nil) }
    }

    struct LDMFamily: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let names: [String: String]

        static let all: [LDMFamily] = {
            guard let json = try? JSONFile.read(Fixture.path("ldm-names.json")),
                let families = try? json.members()
            else { return [] }
            return families.compactMap { name, field in
                guard let pairs = try? field.members() else { return nil }
                let names = pairs.compactMap { pair in
                    (try? pair.field.string()).map { (pair.name, $0) }
                }
                return LDMFamily(
                    testDescription: name, names: Dictionary(uniqueKeysWithValues: names))
            }
        }()
    }

    @Test(
        "Keys are taken apart",
        arguments: [
            ("a.lora_A.style.weight", "a", "down"), ("a.lora_B", "a", "up"),
            ("a.lora_magnitude_vector.default", "a", "magnitude"),
            ("a.processor.to_q_lora.down.weight", "a.to_q", "down"),
            ("a.to_q_lora.alpha", "a.to_q", "alpha"), ("a.lora.up.weight", "a", "up"),
            ("a.lora_linear_layer.down.weight", "a", "down"), ("a_b.hada_t1", "a_b", "hadaT1"),
            ("a.weight", "", ""), (".alpha", "", ""), ("lora_A.weight", "", ""), ("", "", ""),
            ("a.lora_B.bias", "a", "upBias"), ("a.lora_A.bias", "", ""),
            ("a.lora_A.b.c.d", "", ""), ("a.b1.weight", "a", "gloraB1"),
            ("a.oft_blocks", "a", "oftBlocks"), ("a.on_input", "a", "onInput"),
        ])
    func keys(_ key: String, _ module: String, _ part: String) {
        let found = AdapterKey(key)
        #expect((found?.module ?? "") == module)
        #expect((found?.part.rawValue ?? "") == part)
    }

    @Test("A weight is (IA)³'s where the file says on what it acts")
    func factorKeys() {
        let found = AdapterKey("a.b.weight") { $0 == "a.b.on_input" }
        #expect(found?.module == "a.b" && found?.part == .factors)
        #expect(AdapterKey("a.c.weight") { $0 == "a.b.on_input" } == nil)
    }

    @Test(
        "A kind that is not read is named",
        arguments: [
            ("oft_R.weight", "PEFT's OFT"), ("ia3_l", "PEFT's (IA)³"), ("hra_u", "HRA"),
            ("vera_lambda_b", "VeRA"), ("lambda_layer", "T-LoRA"),
        ])
    func unreadKinds(_ ending: String, _ kind: String) throws {
        let key = "lora_unet_mid_block_attentions_0_proj_in.\(ending)"
        let error = #expect(throws: FileError.self) {
            try WeightAdapter(origin: "f", [key: Tensor([1])])
        }
        let text = "\(try #require(error))"
        #expect(text.contains("changes no weight") && text.hasSuffix("not read here: \(kind)"))
        let notes = LoadNotes()
        let whole = "lora_unet_conv_in"
        let mixed = try WeightAdapter(
            origin: "f", [key: Tensor([1]), "\(whole).diff": Tensor([1])], isPartial: true)
        try mixed.verifyUse(notes: notes)
        #expect(notes.all.count == 1 && notes.all[0].contains("not read here: \(kind)"))
    }

    @Test("A number that is not finite is found when the file is read, with its place")
    func finiteNumbers() async throws {
        let (half, brain, largest) = await Engine.run {
            (
                Tensor([65504, .infinity]).cast(to: .f16), Tensor([.nan, 3e38]).cast(to: .bf16),
                Tensor([-65504, 0]).cast(to: .f16)
            )
        }
        let key = "lora_unet_conv_in.lora_up.weight"
        func refusal(_ tensor: Tensor) throws -> String {
            let error = #expect(throws: FileError.self) {
                try WeightAdapter(origin: "ink.safetensors", [key: tensor])
            }
            return "\(try #require(error))"
        }
        let nan = try refusal(Tensor([1, 2, -.nan, .infinity], shape: [2, 2]))
        #expect(nan.contains("ink.safetensors") && nan.contains(key))
        #expect(nan.contains("holds NaN (number 3 of 4)"))
        #expect(try refusal(Tensor([1, -.infinity])).contains("infinity (number 2 of 2)"))
        #expect(try refusal(half).contains("infinity (number 2"))
        #expect(try refusal(brain).contains("NaN (number 1"))
        let alpha = #expect(throws: FileError.self) {
            try WeightAdapter(
                origin: "f", ["lora_unet_conv_in.alpha": Tensor(Float.nan)])
        }
        #expect("\(try #require(alpha))".contains("lora_unet_conv_in.alpha"))
        let word = #expect(throws: FileError.self) {
            try WordEmbedding(origin: "w.pt", ["<ink>": Tensor([0, .nan])])
        }
        #expect("\(try #require(word))".contains("w.pt: <ink>"))
        // The largest numbers of a type are finite.
        _ = try WordEmbedding(origin: "w.pt", ["<ink>": largest])
    }

    @Test("Shapes that make no change of the weight's are errors before memory is taken")
    func hostileShapes() async throws {
        await Engine.run {
            let (one, wide) = (Tensor.ones([1]), Tensor.ones([100_000, 1]))
            let tall = Tensor.ones([1, 100_000])
            let scalar = Tensor(1)
            let files: [[String: Tensor]] = [
                ["lora_up.weight": wide, "lora_down.weight": tall],
                ["lora_up.weight": scalar, "lora_down.weight": scalar],
                ["lora_up.weight": one, "lora_down.weight": tall],
                ["lora_up.weight": wide, "lora_down.weight": tall, "lora_mid.weight": one],
                [
                    "lora_up.weight": wide, "lora_down.weight": tall,
                    "lora_mid.weight": .ones([1, 1, 3, 3]),
                ],
                ["hada_w1_a": wide, "hada_w1_b": tall, "hada_w2_a": wide, "hada_w2_b": tall],
                ["lokr_w1": .ones([3000, 3000]), "lokr_w2": .ones([3000, 3000])],
                ["lokr_w1": scalar, "lokr_w2": scalar],
                ["lokr_w1": .ones([4, 4]), "lokr_w2": one],
                ["diff": .ones([5, 4])], ["set_weight": scalar],
                ["diff": .ones([4, 4]), "dora_scale": scalar],
                ["weight": .ones([3]), "on_input": scalar], ["weight": scalar, "on_input": scalar],
                ["oft_blocks": .ones([1])], ["oft_blocks": .ones([1, 2, 3])],
                ["oft_blocks": .ones([3, 2, 2])], ["oft_blocks": .ones([1, 4, 1, 1])],
                ["oft_blocks": .ones([3, 2, 2, 2])], ["oft_blocks": .ones([2, 1, 3, 3])],
                ["oft_blocks": .ones([2, 2, 2]), "rescale": .ones([3])],
                ["oft_blocks": .ones([2, 2, 2]), "rescale": scalar],
                ["a1.weight": one, "a2.weight": one, "b1.weight": one, "b2.weight": one],
                ["a1.weight": tall, "a2.weight": wide, "b1.weight": wide, "b2.weight": tall],
                [
                    "a1.weight": .ones([4, 2]), "a2.weight": .ones([2, 4]), "b1.weight": wide,
                    "b2.weight": tall,
                ],
            ]
            for file in files {
                let keyed = file.map { ("lora_unet_mid_block_attentions_0_proj_in.\($0)", $1) }
                #expect(throws: FileError.self, "\(file.keys)") {
                    let adapter = try WeightAdapter(
                        origin: "f", Dictionary(uniqueKeysWithValues: keyed))
                    try adapter.changeWeights()
                }
            }
        }
    }

    @Test("A LoRA in torch's file is the same as in safetensors")
    func torchFile() async throws {
        try await Engine.run {
            let fixture = try Fixture("lora.safetensors")
            let adapter = try WeightAdapter(file: Fixture.path("files/lora.pt"))
            let whole = try Self.adapter(fixture, "kohya")
            #expect(adapter.modules.count == 2)
            for (name, module) in adapter.modules {
                let other = try #require(whole.modules[name])
                #expect(module.parts.count == 3)
                #expect(module.parts.mapValues(\.floats) == other.parts.mapValues(\.floats))
            }
        }
    }

    /// What a LoKr of two whole factors of ones adds to a weight.
    @Engine
    private static func wholeFactors(
        of module: String, alpha: Float? = nil, metadata: [String: String] = [:]
    ) throws -> [Float] {
        var tensors = [
            "\(module).lokr_w1": Tensor.ones([2, 2]), "\(module).lokr_w2": .ones([2, 2]),
        ]
        if let alpha { tensors["\(module).alpha"] = Tensor(alpha) }
        let adapter = try WeightAdapter(origin: "f", tensors, metadata: metadata)
        let own = try #require(adapter.modules[ModuleName(spelling: module)])
        return try #require(try own.difference(most: 16)).floats
    }

    @Test("PEFT's alpha and rank scale a LoKr of two whole factors, and LyCORIS' alpha does not")
    func lokrScales() async throws {
        let (usual, other) = ("unet.mid_block.attentions.0.proj_in", "unet.conv_in")
        let settings = """
            {"unet.alpha": 4, "unet.r": 8, "unet.rank_pattern": {"conv_in": 2}}
            """
        let peft = ["lora_adapter_metadata": settings]
        let half = try await Self.wholeFactors(of: usual, metadata: peft)
        let twice = try await Self.wholeFactors(of: other, metadata: peft)
        let plain = try await Self.wholeFactors(of: usual)
        let lycoris = try await Self.wholeFactors(of: usual, alpha: 4)
        for (found, value) in [(half, 0.5), (twice, 2), (plain, 1), (lycoris, 1)] {
            #expect(found == [Float](repeating: Float(value), count: 16))
        }
    }

    @Test("AUTOMATIC1111's own form of textual inversion is read, and named by its file")
    func torchInversion() async throws {
        try await Engine.run {
            let word = try WordEmbedding(file: Fixture.path("files/inversion.pt"))
            #expect(word.word == "inversion" && word.vectors(width: 9) == nil)
            #expect(throws: FileError.self) { try word.verifyUse() }
            let vectors = try #require(word.vectors(width: 8))
            #expect(
                vectors.floats
                    == (try Fixture("files/inversion.expected.safetensors"))["vectors"].floats)
            try word.verifyUse()
            let named = try WordEmbedding(
                file: Fixture.path("files/inversion.pt"), word: "<style>")
            #expect(named.word == "<style>")
        }
    }

    @Test("Changed weights lie in a file where memory is to be saved, with the same numbers")
    func scratch() async throws {
        try await Engine.run {
            let fixture = try Fixture("lora.safetensors")
            let tensors = try Component(path: Fixture.path("tiny-sd1/unet")).tensors()
            func changed(_ options: LoadOptions) throws -> [String: Tensor] {
                let adapters = try ComponentAdapters(
                    options, component: "unet", shapes: tensors.mapValues(\.shape))
                var result: [String: Tensor] = [:]
                for (key, tensor) in tensors {
                    result[key] = try adapters.adapted(tensor, parameter: key)
                }
                return result
            }
            let adapter = try Self.adapter(fixture, "kohya convolutions")
            let plain = try changed(LoadOptions(adapters: [adapter]))
            let filed = try changed(LoadOptions(isStreamed: true, adapters: [adapter]))
            for (key, tensor) in plain { #expect(filed[key]?.floats == tensor.floats, "\(key)") }
        }
    }

    @Test("What was decoded from fewer bits is changed anew when it is read, and never kept")
    func decoded() async throws {
        try await Engine.run {
            let adapter = try Self.adapter(try Fixture("lora.safetensors"), "kohya convolutions")
            let tensors = try Component(path: Fixture.path("tiny-sd1/unet")).tensors()
            let adapters = try ComponentAdapters(
                LoadOptions(adapters: [adapter]), component: "unet",
                shapes: tensors.mapValues(\.shape))
            var count = 0
            for (key, tensor) in tensors {
                let levels = tensor.cast(to: .bf16)
                let storage = Storage(byteCount: tensor.count * 4, decodedFrom: levels.storage) {
                    $0.copyMemory(
                        from: levels.cast(to: .f32).pointer, byteCount: tensor.count * 4)
                }
                let packed = Tensor(storage: storage, shape: tensor.shape, type: .f32)
                let own = try adapters.adapted(packed, parameter: key)
                let expected = try adapters.adapted(levels.cast(to: .f32), parameter: key)
                guard own.storage !== storage else {
                    #expect(expected.floats == levels.floats, "\(key)")
                    continue
                }
                count += 1
                #expect(own.type == .f32 && own.storage.encoded === storage)
                for _ in 0..<2 {
                    #expect(own.floats == expected.floats, "\(key)")
                    own.storage.dropPages()
                }
            }
            #expect(count > 0)
        }
    }
}
