import PinxitTensors

/// What ControlNets add to the maps of a denoiser.
package struct ControlResiduals {
    /// For each map of the way down, from the first on: `[B, H, W, C]`, or `[B, 1, 1, C]` for all
    /// places alike. All maps, or the two that an evaluation without deep levels has.
    package var maps: [Tensor]
    /// For the result of the bottom; nil where that is not evaluated.
    package var middle: Tensor?

    /// Adds them to a denoiser's own.
    ///
    /// - Precondition: there is one for each map.
    func add(to skips: inout [Tensor]) {
        precondition(
            maps.count == skips.count, "\(maps.count) residuals for \(skips.count) maps")
        for i in skips.indices { skips[i] = skips[i] + maps[i] }
    }

    /// Those of two ControlNets as one.
    static func + (a: Self, b: Self) -> Self {
        Self(
            maps: zip(a.maps, b.maps).map { $0 + $1 },
            middle: a.middle.flatMap { first in b.middle.map { first + $0 } })
    }

    /// For a batch with so many samples before these, to which nothing is added.
    func behind(_ samples: Int) -> Self {
        guard samples > 0 else { return self }
        func behind(_ x: Tensor) -> Tensor {
            let zeros = Tensor.zeros(
                Shape([samples] + x.shape.dimensions.dropFirst()), type: x.type)
            return concatenate([zeros, x], axis: 0)
        }
        return Self(maps: maps.map(behind), middle: middle.map(behind))
    }
}
