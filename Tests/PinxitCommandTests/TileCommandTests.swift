import PinxitImages
import PinxitTestSupport
import Testing

/// `--tile`, on the model that ships.
@Suite struct TileCommandTests {
    @Test("A picture that tiles shows no seam where the same one without --tile does")
    func seams() throws {
        let scratch = try Scratch()
        func painted(_ typed: [String]) throws -> Picture {
            let outcome = try Program.run(
                typed + [
                    "a red apple", "-s", "3", "--precision", "f32", "-o", "x.png", "--model",
                    Fixture.path("../../Models/pinxit-small"),
                ], in: scratch.path)
            #expect(outcome.lines == ["x.png"], "\(outcome.errors)")
            return try Picture(file: "\(scratch.path)/x.png").rgb()
        }
        // An apple whose quarters lie in the corners: laid beside itself it is whole.
        try painted(["paint"]).rolled.write(to: "\(scratch.path)/corners.png")
        let edit = ["edit", "corners.png", "--strength", "0.5"]
        let tiled = try painted(edit + ["--tile", "xy"]).seams
        let plain = try painted(edit).seams
        // Of the mean step between neighbours: 0.6 and 0.4 with --tile, 5.4 and 8.9 without.
        #expect(tiled.x < 1.5 && tiled.y < 1.5, "\(tiled)")
        #expect(plain.x > 3 && plain.y > 3, "\(plain)")
    }
}

extension Picture {
    /// Moved by half around both edges.
    fileprivate var rolled: Picture {
        let (x, y) = (width / 2, height / 2)
        var rolled = self
        for (column, row) in [(0, 0), (x, 0), (0, y), (x, y)] {
            rolled.paste(
                cropped(x: x - column, y: y - row, width: x, height: y), x: column, y: row)
        }
        return rolled
    }

    /// The mean step from the last column to the first, and from the last row to the first, in
    /// units of the mean step between neighbours.
    fileprivate var seams: (x: Double, y: Double) {
        func step(_ a: (x: Int, y: Int), _ b: (x: Int, y: Int)) -> Double {
            let (i, j) = (offset(x: a.x, y: a.y), offset(x: b.x, y: b.y))
            return (0..<channels).reduce(0.0) {
                $0 + abs(Double(pixels[i + $1]) - Double(pixels[j + $1]))
            }
        }
        func ratio(_ count: Int, _ across: Int, _ at: (Int, Int) -> (x: Int, y: Int)) -> Double {
            let steps = (0..<count).map { line in
                (0..<across).reduce(0.0) {
                    $0 + step(at(line, $1), at((line + 1) % count, $1))
                }
            }
            let inside = steps.dropLast().reduce(0, +) / Double(count - 1)
            return (steps.last ?? 0) / inside
        }
        return (ratio(width, height) { ($0, $1) }, ratio(height, width) { ($1, $0) })
    }
}
