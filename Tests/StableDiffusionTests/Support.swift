import Tensors
import TestSupport

/// The three tiny pipelines of the fixtures: Stable Diffusion 1's and 2's choices, and our own.
let pipelines = ["tiny-sd1", "tiny-sd2", "tiny-pinxit"]

/// The folder of a component of a fixture.
func folder(_ pipeline: String, _ component: String) -> String {
    Fixture.path("\(pipeline)/\(component)")
}

extension Tensor {
    /// PyTorch's `[batch, channels, height, width]` as `[batch, height, width, channels]`.
    var channelsLast: Tensor { permuted([0, 2, 3, 1]) }
    /// The other way round.
    var channelsFirst: Tensor { permuted([0, 3, 1, 2]) }
}

/// How far a network in bf16 may be from the same in f32, in units of the largest element: each of about thirty
/// layers rounds to 8 bits, errors add up as in a random walk, 2⁻⁹ √30 ≈ 1 %, and the largest of some hundred errors is
/// about four times the usual one.
let bf16Bound: Float = 0.04
