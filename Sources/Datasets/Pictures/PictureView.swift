/// What a sample shows of its picture, as SDXL is told it.
public struct PictureView: Sendable, Hashable {
    /// Of the picture in its file, upright.
    public var original: PictureShape
    /// Pixels cut off at the left and at the top of the picture as it was scaled.
    public var left: Int, top: Int
    /// Of the sample.
    public var shape: PictureShape

    /// A picture that was neither scaled nor cut.
    public init(whole shape: PictureShape) {
        (original, left, top, self.shape) = (shape, 0, 0, shape)
    }

    /// Any view.
    public init(original: PictureShape, left: Int, top: Int, shape: PictureShape) {
        (self.original, self.left, self.top, self.shape) = (original, left, top, shape)
    }
}
