import PinxitCheckpoints
import PinxitFiles
import PinxitTensors
import Testing

@Suite struct KeyTableTests {
    private let table = KeyTable([
        .init("a.*.weight", "b.layers.*.weight"), .init("a.*.*", "b.*.other.*"),
        .init("m", "n", .transposed), .init("qkv.*", ["q.*", "k.*", "v.*"], .split),
    ])

    @Test func rulesMatchWholeKeysInOrder() throws {
        let one = Tensor([1])
        let names = ["a.0.weight", "a.0.bias", "x.a.0.weight", "a.0.weight.x", "a.weight"]
        let found = try table(
            Dictionary(uniqueKeysWithValues: names.map { ($0, one) }), file: "f")
        #expect(
            Set(found.keys) == [
                "b.layers.0.weight", "b.0.other.bias", "x.a.0.weight", "a.0.weight.x", "a.weight",
            ])
    }

    @Test func tensorsAreTurnedAndCut() async throws {
        try await Engine.run {
            let found = try table(
                ["m": Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]), "qkv.w": Tensor([1, 2, 3])],
                file: "f")
            #expect(found["n"]?.shape == [3, 2] && found["n"]?.floats == [1, 4, 2, 5, 3, 6])
            #expect(["q.w", "k.w", "v.w"].map { found[$0]?.floats } == [[1], [2], [3]])
        }
    }

    @Test(
        arguments: [
            (["m": Tensor([1])], "m", "a matrix"),
            (["qkv.w": Tensor([1, 2])], "qkv.w", "3 equal parts"),
            (["qkv.w": .zeros([0, 1 << 62, 8])], "qkv.w", "3 equal parts"),
        ] as [([String: Tensor], String, String)])
    func whatCannotBeChangedIsNamed(tensors: [String: Tensor], field: String, words: String)
        throws
    {
        let error = try #require(throws: FileError.self) { _ = try table(tensors, file: "f") }
        #expect(error.field == field && error.problem.contains(words))
    }

    @Test func twoKeysForOneAreRefused() throws {
        let error = try #require(throws: FileError.self) {
            _ = try table(["a.0.weight": Tensor([1]), "b.layers.0.weight": Tensor([1])], file: "f")
        }
        #expect(error.problem.contains("another key"))
    }
}
