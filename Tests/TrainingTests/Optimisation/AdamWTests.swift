import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitTraining

@Test("A gradient that is no number stops training, names its parameter and changes nothing")
func nonFiniteGradient() async throws {
    let (failure, unchanged) = try await Engine.run {
        let store = ParameterStore(seed: 1)
        let layer = Linear(store.root("layer"), 2, 2)
        let before = layer.weight.floats
        let optimiser = AdamW(store.parameters, .benchmark)
        let gradients: [Tensor?] = [.ones([2, 2]), Tensor([1, .nan])]
        var failure: NumericalFailure?
        do { _ = try optimiser.update(gradients, rate: 0.1, step: 3) } catch let error
            as NumericalFailure
        {
            failure = error
        }
        return (failure, layer.weight.floats == before)
    }
    #expect(failure?.place == "the gradient of layer.bias")
    #expect(failure?.description.contains("step 3") == true)
    #expect(unchanged)
}

@Test("Gradients whose common norm is too large are scaled down together, and none is lost")
func clipping() async throws {
    let (norm, large, small) = try await Engine.run {
        func step(_ scale: Float) throws -> (Double, [Float]) {
            let store = ParameterStore(seed: 1)
            let layer = Linear(store.root, 2, 2, bias: false)
            let optimiser = AdamW(store.parameters, .benchmark)
            let norm = try optimiser.update(
                [Tensor([3, 0, 0, 4], shape: [2, 2]) * scale], rate: 0.1, step: 0)
            return (norm, layer.weight.floats)
        }
        let (norm, large) = try step(10)
        return (norm, large, try step(1).1)
    }
    #expect(abs(norm - 50) < 1e-4)
    // Both are clipped to norm 1, so both take the same step.
    #expect(zip(large, small).allSatisfy { abs($0 - $1) < 1e-6 })
}

@Test("Gradients are clipped as PyTorch does, and small ones are not")
func clippedMoments() async throws {
    let (norm, moments, expected, norms, small) = try await Engine.run {
        let fixture = try Fixture("ops.safetensors")
        func tensor(_ name: String) -> Tensor { fixture["clip_grad_norm/both/\(name)"] }
        let gradients = [tensor("a"), tensor("b")]
        func step(_ scale: Float) throws -> (Double, [[Float]]) {
            let store = ParameterStore(seed: 1)
            for (index, gradient) in gradients.enumerated() {
                _ = store.root("p\(index)").parameter("weight", gradient.shape, .constant(0))
            }
            let optimiser = AdamW(store.parameters, .benchmark)
            let norm = try optimiser.update(
                gradients.map { $0 * scale }, rate: 0.1, step: 0)
            // The first moment is 1 - beta1 of the clipped gradient.
            return (norm, optimiser.first.map { ($0 * (1 / (1 - 0.9))).floats })
        }
        let (norm, moments) = try step(1)
        let smaller = Float(0.5 / norm)
        return (
            norm, moments, [tensor("clipped_a").floats, tensor("clipped_b").floats],
            tensor("norm").item,
            zip(try step(smaller).1, gradients).map { ($0, ($1 * smaller).floats) }
        )
    }
    #expect(abs(norm - Double(norms)) < 1e-4 * norm)
    for (own, right) in Array(zip(moments, expected)) + small {
        #expect(own.count == right.count && !own.isEmpty)
        #expect(zip(own, right).allSatisfy { abs($0 - $1) <= 2e-5 * max(abs($1), 0.01) })
    }
}

@Test("The moving average forgets its random start: the decay is warmed up")
func averageWarmUp() async {
    let (early, late) = await Engine.run {
        let store = ParameterStore(seed: 1)
        let layer = Linear(store.root, 1, 1, bias: false)
        let average = Average(store.parameters, decay: 0.999)
        layer.weight.overwrite(with: Tensor([5], shape: [1, 1]))
        average.update(step: 0)
        let early = average.weights["weight"]!.item
        for step in 1..<60 { average.update(step: step) }
        return (early, average.weights["weight"]!.item)
    }
    #expect(early > 4)  // decay 0.1 at the first step
    #expect(abs(late - 5) < 1e-3)
}
