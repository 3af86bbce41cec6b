import PinxitPlatform
import PinxitTensors

/// Finite scalar quantisation (Mentzer et al. 2023): each feature is squeezed between bounds and
/// rounded to one of a few levels; a code is a combination of levels.
///
/// There is no codebook to learn, so none of it can fall out of use. The gradient passes the
/// rounding as if it were not there.
public struct FiniteScalarQuantiser: Quantiser {
    /// Levels of each feature, 2 or more.
    public let levels: [Int]
    /// Half the width between bounds, the shift that centres an even number of levels, and the same
    /// before the tangent.
    private let half: [Float]
    private let offset: [Float]
    private let shift: [Float]
    /// How much an id grows with a level of each feature.
    private let steps: [Int]

    /// The product of the levels.
    public var codes: Int { levels.reduce(1, *) }
    /// A feature for each entry of ``levels``.
    public var inputWidth: Int { levels.count }
    /// As many as ``inputWidth``.
    public var outputWidth: Int { levels.count }

    /// Of `levels` alone: nothing is learnt.
    public init(levels: [Int]) {
        self.levels = levels
        half = levels.map { Float($0 - 1) * (1 + 1e-3) / 2 }
        offset = levels.map { $0 % 2 == 0 ? 0.5 : 0 }
        shift = zip(offset, half).map { atanhf($0 / $1) }
        var steps: [Int] = []
        var step = 1
        for level in levels {
            steps.append(step)
            step *= level
        }
        self.steps = steps
    }

    /// tanh(z + shift) · half - offset: between the outermost levels, which are whole numbers
    /// around 0.
    private func bounded(_ features: Tensor) -> Tensor {
        let z = features.cast(to: .f32)
        return (z + Tensor(shift)).tanh * Tensor(half) - Tensor(offset)
    }

    private func rounded(_ bounded: Tensor) -> [Float] {
        bounded.floats.map { $0.rounded(.toNearestOrEven) }
    }

    private func ids(rounded: [Float], _ shape: Shape) -> Tensor {
        let width = levels.count
        let ids = (0..<rounded.count / width).map { row -> Int32 in
            var id = 0
            for i in 0..<width {
                // Numbers that are none are told of by whoever looks at what comes of them.
                let level = rounded[row * width + i]
                id += ((level.isFinite ? Int(level) : 0) + levels[i] / 2) * steps[i]
            }
            return Int32(id)
        }
        return Tensor(ids, shape: Shape(Array(shape.dimensions.dropLast())))
    }

    /// The combination of levels that features are rounded to, the first feature's level counting
    /// least: `[…, C]` to `[…]`.
    public func ids(_ features: Tensor) -> Tensor {
        ids(rounded: rounded(bounded(features)), features.shape)
    }

    /// The levels of each id as numbers from -1 to 1: ids of any shape to `[…, D]` in f32.
    public func vectors(_ ids: Tensor) -> Tensor {
        let values = ids.integers.flatMap { id -> [Float] in
            zip(levels, steps).map { level, step in
                let place = Int(id) / step % level - level / 2
                return Float(place) / Float(level / 2)
            }
        }
        return Tensor(values, shape: Shape(ids.shape.dimensions + [levels.count]))
    }

    /// Vectors rounded as ``ids(_:)`` rounds them, with the gradient of those before rounding.
    /// There is no penalty, and the temperature is not used.
    public func relaxed(_ features: Tensor, _ relaxation: inout Relaxation) -> Quantised {
        let bounded = bounded(features)
        let rounded = rounded(bounded.detached)
        let error = Tensor(rounded, shape: bounded.shape) - bounded.detached
        return Quantised(
            vectors: (bounded + error) / Tensor(levels.map { Float($0 / 2) }),
            ids: ids(rounded: rounded, features.shape), penalty: nil)
    }
}
