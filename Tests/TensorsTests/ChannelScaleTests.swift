import PinxitTestSupport
import Testing

@testable import PinxitTensors

/// Group normalisation of a map that is never whole in memory.
@Suite struct ChannelScaleTests {
    private struct Case {
        var random = SplitMix64(seed: 1)
        let x: Tensor
        let gamma: Tensor
        let beta: Tensor

        init() {
            x = random.normal([1, 6, 5, 8]) * 3 + 1
            gamma = random.normal([8])
            beta = random.normal([8])
        }

        /// Statistics of two pieces.
        var scale: ChannelScale {
            var moments = ChannelMoments(channels: 8)
            for rows in [0..<2, 2..<6] { moments.add(x.sliced(axis: 1, rows)) }
            return moments.scale(groups: 4, gamma: gamma, beta: beta, epsilon: 1e-5)
        }
    }

    @Test("In pieces it is the normalisation of the whole", arguments: [false, true])
    func isGroupNorm(_ silu: Bool) async {
        await Engine.run {
            let c = Case()
            let whole = groupNorm(
                c.x, groups: 4, gamma: c.gamma, beta: c.beta, epsilon: 1e-5, silu: silu)
            #expect(relativeDifference(c.scale(c.x, silu: silu), whole) < 1e-5)
        }
    }

    @Test("Observers see a norm with its two inputs; nothing is recorded")
    func isObserved() async {
        final class Observer: OperationObserver {
            var found: [(Operation, [Tensor])] = []
            func finished(_ operation: Operation, inputs: [Tensor], output: Tensor) {
                found.append((operation, inputs))
            }
        }
        await Engine.run {
            let c = Case()
            let (scale, observer) = (c.scale, Observer())
            let y = Engine.observed(by: observer) { scale(c.x, silu: true) }
            #expect(!y.isTracked && observer.found.count == 1)
            guard let (operation, inputs) = observer.found.first else { return }
            guard case .channelScale(silu: true) = operation else {
                Issue.record("\(operation)")
                return
            }
            #expect(operation.kind(inputs) == .norm)
            #expect(inputs.map(\.shape) == [c.x.shape, [2, 8]])
        }
    }

    @Test("A tracked input is refused, since there is no gradient")
    func hasNoGradient() async {
        await #expect(processExitsWith: .failure) {
            await Engine.run {
                let c = Case()
                _ = c.scale(c.x.tracked(), silu: false)
            }
        }
    }
}
