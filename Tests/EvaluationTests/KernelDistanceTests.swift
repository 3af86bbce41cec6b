import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitEvaluation

@Suite struct KernelDistanceTests {
    private func rows(_ tensor: Tensor) -> [[Float]] {
        let width = tensor.shape[1]
        return (0..<tensor.shape[0]).map {
            Array(tensor.floats[$0 * width..<($0 + 1) * width])
        }
    }

    /// From NumPy in f64; see `make_kid.py`.
    @Test(arguments: ["near", "far", "wide"])
    func formula(name: String) throws {
        let fixture = try Fixture("kid.safetensors")
        let estimate = KernelDistance.estimate(
            rows(fixture["\(name)/x"]), rows(fixture["\(name)/y"]))
        let expected = Double(fixture["\(name)/mmd"].floats[0])
        #expect(abs(estimate - expected) < 2e-6, "\(estimate), expected \(expected)")
    }

    private func cloud(_ count: Int, shift: Float, seed: UInt64) -> [[Float]] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in
            let row = (0..<8).map { _ in random.normal() + shift }
            let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return row.map { $0 / length }
        }
    }

    @Test func oneDistributionIsZeroOnAverage() throws {
        var settings = KernelDistanceSettings()
        settings.size = 50
        let all = cloud(4000, shift: 0, seed: 1)
        let distance = try #require(
            KernelDistance.between(
                Array(all[..<2000]), Array(all[2000...]), arePaired: false, settings: settings,
                seed: 3))
        #expect(abs(distance.mean) < 0.4 * distance.deviation, "\(distance)")
        #expect(distance.size == 50 && distance.subsets == 100)
        let other = try #require(
            KernelDistance.between(
                all, cloud(2000, shift: 1, seed: 2), arePaired: false, settings: settings, seed: 3))
        #expect(other.mean > 5 * other.deviation, "\(other)")
    }

    /// The same rows on both sides: without other prompts on either the estimate would be far too
    /// low.
    @Test func pairedRowsStayUnbiased() throws {
        var settings = KernelDistanceSettings()
        settings.size = 1000
        let rows = cloud(60, shift: 0, seed: 4)
        let distance = try #require(
            KernelDistance.between(rows, rows, arePaired: true, settings: settings, seed: 1))
        #expect(distance.size == 30)
        #expect(abs(distance.mean) < 0.4 * distance.deviation, "\(distance)")
        let biased = KernelDistance.estimate(rows, rows)
        #expect(biased < -2 * distance.deviation, "\(biased)")
    }

    @Test func tooFewRowsGiveNothing() {
        let rows = cloud(3, shift: 0, seed: 4)
        #expect(
            KernelDistance.between(
                rows, rows, arePaired: true, settings: KernelDistanceSettings(), seed: 1) == nil)
    }
}
