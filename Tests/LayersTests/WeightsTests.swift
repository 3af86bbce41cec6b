import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

/// Two layers that a store can create or load.
private struct Pair {
    let first: Linear
    let second: Conv2d

    init(_ w: Weights) {
        first = Linear(w("blocks")(0), 3, 2)
        second = Conv2d(w("out"), 2, 4, kernel: 1, bias: false)
    }
}

@Test("Parameters are named by their place, in the order of use")
func names() async {
    let (names, decays) = await Engine.run {
        let store = ParameterStore(seed: 1)
        _ = Pair(store.root)
        return (store.parameters.map(\.name), store.parameters.map(\.decays))
    }
    #expect(names == ["blocks.0.weight", "blocks.0.bias", "out.weight"])
    #expect(decays == [true, false, true])
}

@Test("A seed gives the same start whatever is created besides, another seed another")
func seeds() async {
    let (a, b, c) = await Engine.run {
        func start(_ seed: UInt64, extra: Bool) -> [Float] {
            let store = ParameterStore(seed: seed)
            if extra { _ = Linear(store.root("before"), 5, 5) }
            return Linear(store.root("layer"), 3, 2).weight.floats
        }
        return (start(1, extra: false), start(1, extra: true), start(2, extra: false))
    }
    #expect(a == b)
    #expect(a != c)
    #expect(a.allSatisfy { abs($0) <= 1 / Float(3).squareRoot() })
}

@Test("What was created loads again, and a matrix where a 1x1 convolution is expected does too")
func loading() async throws {
    let (weight, decaying) = try await Engine.run {
        let created = ParameterStore(seed: 3)
        _ = Pair(created.root)
        var tensors = Dictionary(
            uniqueKeysWithValues: created.parameters.map { ($0.name, $0.tensor.detached) })
        tensors["out.weight"] = tensors["out.weight"]!.reshaped([4, 2])
        let store = ParameterStore(checkpoint: tensors)
        let pair = Pair(store.root)
        try store.verify()
        return (pair.second.weight.shape, pair.first.weight.isTracked)
    }
    #expect(weight == [4, 2, 1, 1])
    #expect(!decaying)
}

@Test("Every missing, unexpected and misshapen key is named at once")
func mismatches() async throws {
    let error = await Engine.run { () -> MismatchedCheckpoint? in
        let store = ParameterStore(checkpoint: [
            "blocks.0.weight": .zeros([2, 4]), "out.weight": .zeros([4, 2, 1, 1]),
            "stray": .zeros([1]), "ignored": .zeros([1]),
        ])
        _ = Pair(store.root)
        do throws(MismatchedCheckpoint) { try store.verify { $0 == "ignored" } } catch {
            return error
        }
        return nil
    }
    let found = try #require(error)
    #expect(found.missing == ["blocks.0.bias"])
    #expect(found.unexpected == ["stray"])
    #expect(found.misshapen.map(\.name) == ["blocks.0.weight"])
    #expect(found.description.contains("[2, 4]") && found.description.contains("[2, 3]"))
}

@Test("The time sinusoid has diffusers' values")
func sinusoid() async {
    let values = await Engine.run { timestepSinusoid([0, 10], width: 4).floats }
    // [cos t, cos t/100, sin t, sin t/100]
    let expected: [Float] = [1, 1, 0, 0, -0.839072, 0.995004, -0.544021, 0.0998334]
    #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-5 })
}
