import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

/// Convolutions that see the other edge.
@Suite struct CircularPaddingTests {
    @Test("What is moved around the edge before is moved after", arguments: TileAxes.allCases)
    func rolls(_ axes: TileAxes) async throws {
        await Engine.run {
            var random = SplitMix64(seed: 1)
            let layer = Conv2d(
                ParameterStore(seed: 3, tracked: false).root, 4, 5, kernel: 3, padding: 1)
            let x = random.normal([1, 6, 8, 4])
            func rolled(_ x: Tensor) -> Tensor {
                var x = x
                for axis in [1, 2] where axis == 1 ? axes.wrapsRows : axes.wrapsColumns {
                    let half = x.shape[axis] / 2
                    x = concatenate(
                        [
                            x.sliced(axis: axis, half..<2 * half), x.sliced(axis: axis, 0..<half),
                        ], axis: axis)
                }
                return x
            }
            let moved = CircularPadding.using(axes) { layer(rolled(x)) }
            let after = rolled(CircularPadding.using(axes) { layer(x) })
            // Sums of 36 products may be taken in another order.
            let far = largestDifference(moved, after)
            #expect(far <= 2e-6)
            let plain = largestDifference(rolled(layer(x)), layer(rolled(x)))
            #expect(plain > 1e-3 && CircularPadding.axes == nil)
        }
    }
}
