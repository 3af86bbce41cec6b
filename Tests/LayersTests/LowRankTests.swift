import PinxitLayers
import PinxitTensors
import Testing

private struct Given: LowRankSource {
    func change(of module: String, _ weight: Tensor) -> LowRank? {
        LowRank(
            down: .zeros([1, 2]), up: .zeros([2, 1]), scale: 1,
            magnitude: weight.rowLengths)
    }
}

@Test("A weight's row of zeros stays one where lengths are learnt apart")
func rowOfZeros() async {
    await Engine.run {
        let store = ParameterStore(
            checkpoint: ["weight": Tensor([3, 4, 0, 0], shape: [2, 2])])
        store.lowRank = Given().change
        let layer = Linear(store.root, 2, 2, bias: false)
        let y = layer(Tensor([1, 2], shape: [1, 2])).floats
        #expect(abs(y[0] - 11) < 1e-5)
        #expect(y[1] == 0)
    }
}
