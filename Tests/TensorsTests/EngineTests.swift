import PinxitTensors
import Testing

@Suite struct EngineTests {
    @Test("An operation anywhere else than on the engine's thread traps")
    func operationsBelongOnTheEngine() async {
        await #expect(processExitsWith: .success) {
            await Engine.run { _ = Tensor.ones([2]).reshaped([1, 2]) }
        }
        await #expect(processExitsWith: .failure) { _ = Tensor.ones([2]).reshaped([1, 2]) }
        await #expect(processExitsWith: .failure) { _ = Tensor.ones([2]).silu }
    }
}
