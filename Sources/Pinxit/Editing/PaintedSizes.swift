import PinxitImages

/// The size that a request asks for, and the way to it; nil is the model's choice.
struct AskedSize {
    var width: Int?
    var height: Int?
    var mode: ResizeMode?
}

/// What sizes a model paints.
struct PaintedSizes {
    /// In pixels, of the square pictures it was trained on.
    let side: Int
    /// What sizes are multiples of.
    let step: Int

    /// How many times as large or small as the model's a picture's own size is that is painted.
    private static let tolerance = 1.5

    /// The most that is painted where nobody says a size, as a square.
    fileprivate var largest: PictureSize {
        let most = Int((Double(side) * Self.tolerance).rounded(.up))
        return PictureSize(width: most, height: most)
    }

    /// The size that an autoencoder sees a picture at: its own, in multiples.
    func floor(_ picture: Picture) -> PictureSize {
        PictureSize(
            width: max(1, picture.width / step) * step,
            height: max(1, picture.height / step) * step)
    }

    /// The size to paint a part of a picture at. Where nobody says it is its own if that is about
    /// what the model was trained on, else its shape in as many pixels as that has.
    func size(_ asked: AskedSize, of part: PaintCanvas.Frame) -> PictureSize {
        let (width, height) = (Double(part.width), Double(part.height))
        func rounded(_ length: Double) -> Int {
            max(1, Int((length / Double(step)).rounded())) * step
        }
        var scale = Double(side) / (width * height).squareRoot()
        if (1 / Self.tolerance...Self.tolerance).contains(scale) { scale = 1 }
        switch (asked.width, asked.height) {
        case (let x?, let y?): return PictureSize(width: x, height: y)
        case (let x?, nil):
            return PictureSize(width: x, height: rounded(Double(x) * height / width))
        case (nil, let y?):
            return PictureSize(width: rounded(Double(y) * width / height), height: y)
        case (nil, nil):
            return PictureSize(width: rounded(width * scale), height: rounded(height * scale))
        }
    }

    /// A size that can be painted: the shape of a picture that is nearly a line asks for sides that
    /// no memory holds.
    ///
    /// - Throws: `PaintError.request` for another.
    func checked(_ size: PictureSize) throws(PaintError) -> PictureSize {
        PictureSize(
            width: try checked(size.width, RequestOptions.width.name),
            height: try checked(size.height, RequestOptions.height.name))
    }

    private func checked(_ side: Int, _ field: String) throws(PaintError) -> Int {
        guard side >= step, RequestOptions.sides.contains(side), side % step == 0 else {
            let most = RequestOptions.sides.upperBound / step * step
            throw .request(
                field: field,
                problem: "\(side) is not accepted; multiples of \(step) from \(step) to \(most) are"
            )
        }
        return side
    }
}

extension PaintRequest {
    /// How many pixels a model paints for it at most, of one picture and in the first pass.
    ///
    /// - Parameter side: In pixels, of the square pictures that the model was trained on.
    package func mostPixels(side: Int) -> Int {
        let sizes = PaintedSizes(side: side, step: 1)
        let asked = AskedSize(width: width, height: height, mode: diffusion.resize)
        let size: PictureSize
        switch source {
        case .inpaint(_, let mask, _) where mask.padding != nil:
            // The shape of the part around the mask is not known yet.
            let most = RequestOptions.sides.upperBound
            size =
                width == nil && height == nil
                ? sizes.largest : PictureSize(width: width ?? most, height: height ?? most)
        case .image(let picture, _), .inpaint(let picture, _, _):
            size = sizes.size(asked, of: picture.whole)
        case .text, .variation, .blend, .interpolation:
            size = PictureSize(width: width ?? side, height: height ?? side)
        }
        return size.width * size.height
    }
}
