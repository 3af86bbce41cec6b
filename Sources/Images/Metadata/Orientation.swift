/// How a stored picture must be turned to stand upright, by TIFF's number for it: where the first
/// row and the first column of the stored picture belong.
enum Orientation: Int {
    case upright = 1
    case mirrored, halfTurn, flipped
    case transposed, quarterTurn, transversed, threeQuarterTurn

    /// Whether width and height change places.
    fileprivate var isOnItsSide: Bool { rawValue >= 5 }

    /// From where the pixel in column `x` of row `y` of the upright picture comes.
    fileprivate func source(_ x: Int, _ y: Int, of picture: Picture) -> (x: Int, y: Int) {
        let (right, bottom) = (picture.width - 1, picture.height - 1)
        return switch self {
        case .upright: (x, y)
        case .mirrored: (right - x, y)
        case .halfTurn: (right - x, bottom - y)
        case .flipped: (x, bottom - y)
        case .transposed: (y, x)
        case .quarterTurn: (y, bottom - x)
        case .transversed: (right - y, bottom - x)
        case .threeQuarterTurn: (right - y, x)
        }
    }
}

extension Picture {
    /// The picture with left and right exchanged.
    public var mirrored: Picture { turned(.mirrored) }

    /// The picture standing upright.
    func turned(_ orientation: Orientation) -> Picture {
        if orientation == .upright { return self }
        let (newWidth, newHeight) = orientation.isOnItsSide ? (height, width) : (width, height)
        let result = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, filled in
            pixels.withUnsafeBufferPointer { input in
                for y in 0..<newHeight {
                    for x in 0..<newWidth {
                        let place = orientation.source(x, y, of: self)
                        let source = offset(x: place.x, y: place.y)
                        for c in 0..<channels {
                            target[(y * newWidth + x) * channels + c] = input[source + c]
                        }
                    }
                }
            }
            filled = pixels.count
        }
        return Picture(width: newWidth, height: newHeight, channels: channels, pixels: result)
    }
}
