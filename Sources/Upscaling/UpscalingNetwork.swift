import PinxitTensors

/// A network that makes pictures larger.
protocol UpscalingNetwork: Sendable {
    /// Of the result against the picture.
    var scale: Int { get }
    /// What both sides of a picture must be a multiple of.
    var fold: Int { get }

    /// `[1, height, width, 3]` in [0, 1] to `[1, scale height, scale width, 3]`, in one type.
    func callAsFunction(_ picture: Tensor) throws(CancellationError) -> Tensor
}

extension UpscalingNetwork {
    var fold: Int { 1 }
}
