import PinxitTensors

/// Where a sampler that adds noise as it goes gets it from.
public final class NoiseSource {
    private let drawing: () throws -> Tensor
    private let makeTree: () -> BrownianTree
    private var tree: BrownianTree?

    /// - Parameters:
    ///   - drawing: Draws standard normal noise of x's shape.
    ///   - seed: Of the walk that some samplers follow instead.
    ///   - kind: Of its numbers.
    ///   - plan: Between whose levels it leads.
    init(
        _ drawing: @escaping () throws -> Tensor, seed: UInt64, _ kind: NoiseKind,
        _ plan: SamplingPlan, _ x: Tensor
    ) {
        self.drawing = drawing
        makeTree = {
            BrownianTree(
                seed: plan.walkSeed ?? seed, plan.walk ?? plan.extent, kind, shape: x.shape)
        }
    }

    private init(
        _ drawing: @escaping () throws -> Tensor, _ makeTree: @escaping () -> BrownianTree
    ) {
        (self.drawing, self.makeTree) = (drawing, makeTree)
    }

    /// The same with other noise than what is drawn in order.
    func drawing(_ other: @escaping () throws -> Tensor) -> NoiseSource {
        NoiseSource(other, makeTree)
    }

    /// Standard normal noise, drawn in order.
    public func callAsFunction() throws -> Tensor { try drawing() }

    /// Standard normal noise of a part of the way between two levels: parts that meet belong
    /// together, however the way is divided. The same for the same seed.
    func between(_ from: NoiseLevel, _ to: NoiseLevel) -> Tensor {
        between(from.place, to.place)
    }

    /// The same between two places.
    func between(_ from: Double, _ to: Double) -> Tensor {
        let tree = tree ?? makeTree()
        self.tree = tree
        return tree.step(from: from, to: to)
    }
}

extension SamplingPlan {
    /// From the least noise at the end of a step to the most at the start of one, noise to picture.
    var extent: ClosedRange<Double> {
        let places = steps.flatMap { [$0.from.place, $0.to.place] }.filter { $0 > 0 }
        return (places.min() ?? 0)...(places.max() ?? 1)
    }
}

extension NoiseLevel {
    /// Noise to picture, finite where there is no picture.
    var place: Double { sigma / max(alpha, 1e-4) }
}
