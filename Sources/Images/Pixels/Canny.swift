extension Picture {
    /// The edges that Canny's method finds (1986), as OpenCV's `Canny` has them with its usual 3x3
    /// Sobel filters and the sum of their magnitudes: 255 on an edge and 0 elsewhere, one channel.
    ///
    /// Of colours the channel counts that changes most. Alpha is laid over white.
    /// - Parameters:
    ///   - low: How much the picture must change along an edge, on a scale where 1020 is from black
    ///     to white within a pixel; 100 is usual.
    ///   - high: How much it must change somewhere on it; 200 is usual. The larger of the two is
    ///     taken for it.
    public func edges(low: Double, high: Double) -> Picture {
        let slopes = Slopes(channels == 4 ? rgb() : self)
        // OpenCV's rounding of thresholds.
        func whole(_ threshold: Double) -> Int32 {
            Int32(max(-1, min(100_000, threshold.rounded(.down))))
        }
        var map = slopes.thinned(above: whole(min(low, high)), sureAbove: whole(max(low, high)))
        map.follow()
        return Picture(
            width: width, height: height, channels: 1,
            pixels: map.states.map { $0 == EdgeMap.sure ? 255 : 0 })
    }
}

/// How much a picture changes at each pixel, to the right and downwards.
private struct Slopes {
    let width: Int
    let height: Int
    private var x: [Int32]
    private var y: [Int32]

    init(_ picture: Picture) {
        (width, height) = (picture.width, picture.height)
        x = Array(repeating: 0, count: width * height)
        y = x
        let (channels, stride) = (picture.channels, picture.width * picture.channels)
        picture.pixels.withUnsafeBufferPointer { pixels in
            for row in 0..<height {
                let middle = row * stride
                let above = max(row - 1, 0) * stride
                let below = min(row + 1, height - 1) * stride
                for column in 0..<width {
                    let own = column * channels
                    let left = max(column - 1, 0) * channels
                    let right = min(column + 1, width - 1) * channels
                    var largest: Int32 = -1
                    for c in 0..<channels {
                        func at(_ row: Int, _ column: Int) -> Int32 {
                            Int32(pixels[row + column + c])
                        }
                        let across =
                            at(above, right) - at(above, left)
                            + 2 * (at(middle, right) - at(middle, left))
                            + at(below, right) - at(below, left)
                        let down =
                            at(below, left) - at(above, left)
                            + 2 * (at(below, own) - at(above, own))
                            + at(below, right) - at(above, right)
                        guard abs(across) + abs(down) > largest else { continue }
                        largest = abs(across) + abs(down)
                        x[row * width + column] = across
                        y[row * width + column] = down
                    }
                }
            }
        }
    }

    /// What is largest across the direction in which the picture changes most.
    ///
    /// - Parameters:
    ///   - low: What is not above it is no edge.
    ///   - high: What is above it is one for sure.
    func thinned(above low: Int32, sureAbove high: Int32) -> EdgeMap {
        var map = EdgeMap(width: width, height: height)
        // Outside of the picture nothing changes.
        let stride = width + 2
        var magnitudes = [Int32](repeating: 0, count: stride * (height + 2))
        for row in 0..<height {
            for column in 0..<width {
                let i = row * width + column
                magnitudes[(row + 1) * stride + column + 1] = abs(x[i]) + abs(y[i])
            }
        }
        magnitudes.withUnsafeBufferPointer { magnitudes in
            for row in 0..<height {
                for column in 0..<width {
                    let place = (row + 1) * stride + column + 1
                    let own = magnitudes[place]
                    let i = row * width + column
                    guard own > low, isLargest(i, own, magnitudes, place, stride) else { continue }
                    map.states[i] = own > high ? EdgeMap.sure : EdgeMap.maybe
                }
            }
        }
        return map
    }

    /// Whether neither neighbour in the direction of change has more. Of two with the same the
    /// second is taken along an axis, and neither on a diagonal, as OpenCV does.
    private func isLargest(
        _ i: Int, _ own: Int32, _ all: UnsafeBufferPointer<Int32>, _ place: Int, _ stride: Int
    ) -> Bool {
        // Tangents in fixed point: tan 22.5° is 13573 of 1 << 15, tan 67.5° is 2 more.
        let (across, down) = (Int(abs(x[i])), Int(abs(y[i])) << 15)
        let flat = across * 13573
        if down < flat { return own > all[place - 1] && own >= all[place + 1] }
        if down > flat + across << 16 {
            return own > all[place - stride] && own >= all[place + stride]
        }
        let slant = (x[i] ^ y[i]) < 0 ? -1 : 1
        return own > all[place - stride - slant] && own > all[place + stride + slant]
    }
}

/// What is known of each pixel.
private struct EdgeMap {
    static let (none, maybe, sure) = (UInt8(0), UInt8(1), UInt8(2))

    let width: Int
    let height: Int
    var states: [UInt8]

    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        states = Array(repeating: Self.none, count: width * height)
    }

    /// Makes sure of what touches a sure edge, however many pixels lie between.
    mutating func follow() {
        var open = states.indices.filter { states[$0] == Self.sure }
        while let i = open.popLast() {
            let (row, column) = (i / width, i % width)
            for y in max(row - 1, 0)...min(row + 1, height - 1) {
                for x in max(column - 1, 0)...min(column + 1, width - 1)
                where states[y * width + x] == Self.maybe {
                    states[y * width + x] = Self.sure
                    open.append(y * width + x)
                }
            }
        }
    }
}
