import PinxitTensors

/// An image tower of the project's own CLIP: pictures to one state each.
public protocol ImageTower: Sendable {
    /// The side of the pictures it takes.
    var pictureSize: Int { get }
    /// The number of features of a state.
    var width: Int { get }

    /// `[batch, side, side, 3]` in [-1, 1] to `[batch, width]`.
    func callAsFunction(_ pictures: Tensor) -> Tensor
}

extension ConvolutionalImageModel: ImageTower {
    /// The configuration's `imageSize`.
    public var pictureSize: Int { configuration.imageSize }
    /// Of the last level.
    public var width: Int { configuration.widths.last! }
}

extension ResidualImageModel: ImageTower {
    /// The configuration's `imageSize`.
    public var pictureSize: Int { configuration.imageSize }
    /// Of the head, whatever the levels have.
    public var width: Int { configuration.width }
}
