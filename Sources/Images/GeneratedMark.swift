/// A mark on a picture that says that it was generated.
public enum GeneratedMark: String, CaseIterable, Sendable {
    /// "AI生成", as GB 45438-2025 (section 4) wants it: at a corner, its letters at least 5 % of the
    /// picture's shorter side high.
    case zh

    /// Strokes of each letter, on a square of 100: drawn here, so that no font is needed.
    private static let letters: [(width: Int, strokes: [[(Double, Double)]])] = [
        (74, [[(4, 94), (37, 6), (70, 94)], [(16, 64), (58, 64)]]),
        (40, [[(20, 6), (20, 94)]]),
        (
            100,
            [
                [(30, 8), (12, 42)], [(24, 28), (88, 28)], [(20, 58), (82, 58)],
                [(52, 4), (52, 92)], [(6, 92), (94, 92)],
            ]
        ),
        (
            100,
            [
                [(20, 24), (20, 52), (16, 74), (6, 94)], [(20, 24), (94, 24)],
                [(20, 48), (46, 48), (44, 74), (38, 82), (30, 78)],
                [(56, 4), (59, 32), (66, 58), (76, 78), (88, 92), (95, 72)],
                [(84, 44), (72, 64), (48, 90)], [(70, 6), (82, 16)],
            ]
        ),
    ]

    /// Letters of this height, from the picture's sides, and what lies around them.
    struct Place {
        let height: Int
        let margin: Int
        let width: Int

        init(_ picture: Picture) {
            let side = min(picture.width, picture.height)
            let wanted = max((side + 19) / 20, 12)
            // A small picture has no room for more than its width.
            let scale = Double(GeneratedMark.letters.map { $0.width + 12 }.reduce(0, +)) / 100
            height = max(1, min(wanted, side, Int(Double(picture.width) / (scale + 0.5))))
            margin = max(1, height / 4)
            width = Int((Double(height) * scale).rounded(.up)) + 2 * margin
        }
    }

    /// The picture with the mark at the lower right, white on a dark ground. Alpha is kept.
    public func put(on picture: Picture) -> Picture {
        var picture = picture
        let place = Place(picture)
        let (left, top) = (
            max(0, picture.width - place.width),
            max(0, picture.height - place.height - 2 * place.margin)
        )
        let segments = Self.segments(place)
        let radius = max(0.5, Double(place.height) * 0.045)
        for y in top..<picture.height {
            for x in left..<picture.width {
                let (px, py) = (Double(x - left) + 0.5, Double(y - top) + 0.5)
                let distance = segments.map { $0.distance(px, py) }.min() ?? .infinity
                let ink = min(max(radius + 0.5 - distance, 0), 1)
                Self.blend(&picture, picture.offset(x: x, y: y), ink)
            }
        }
        return picture
    }

    private static func blend(_ picture: inout Picture, _ offset: Int, _ ink: Double) {
        let colours = picture.channels == 1 ? 1 : 3
        for c in 0..<colours {
            let ground = Double(picture.pixels[offset + c]) * 0.4
            picture.pixels[offset + c] = UInt8((ground + (255 - ground) * ink).rounded())
        }
        if picture.channels == 4 {
            picture.pixels[offset + 3] = max(picture.pixels[offset + 3], 200)
        }
    }

    private struct Segment {
        let (x, y, dx, dy): (Double, Double, Double, Double)

        func distance(_ px: Double, _ py: Double) -> Double {
            let length = dx * dx + dy * dy
            let share = length == 0 ? 0 : ((px - x) * dx + (py - y) * dy) / length
            let t = min(max(share, 0), 1)
            let (ex, ey) = (px - x - t * dx, py - y - t * dy)
            return (ex * ex + ey * ey).squareRoot()
        }
    }

    private static func segments(_ place: Place) -> [Segment] {
        var segments: [Segment] = []
        let scale = Double(place.height) / 100
        var left = Double(place.margin)
        for letter in letters {
            for stroke in letter.strokes {
                for (a, b) in zip(stroke, stroke.dropFirst()) {
                    segments.append(
                        Segment(
                            x: left + a.0 * scale, y: Double(place.margin) + a.1 * scale,
                            dx: (b.0 - a.0) * scale, dy: (b.1 - a.1) * scale))
                }
            }
            left += Double(letter.width + 12) * scale
        }
        return segments
    }
}
