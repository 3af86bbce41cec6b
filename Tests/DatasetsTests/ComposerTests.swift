import PinxitFiles
import PinxitImages
import PinxitTestSupport
import Testing

@testable import PinxitDatasets

@Suite struct ComposerTests {
    @Test func streamsKeepTheirSplit() throws {
        let library = try Toys.library
        let train = Composer(library: library, seed: 3, split: .train)
        let test = Composer(library: library, seed: 3, split: .test)
        for index in 0..<500 {
            #expect(!train.spec(at: index).isHeldOut)
            #expect(test.spec(at: index).isHeldOut)
        }
    }

    @Test func indexAloneDecides() throws {
        let library = try Toys.library
        let one = Composer(library: library, seed: 11)
        let other = Composer(library: library, seed: 11, cacheBytes: 0)
        let forwards = (0..<40).map { one.sample(at: $0) }
        let backwards = (0..<40).reversed().map { other.sample(at: $0) }
        #expect(forwards == backwards.reversed())
        for (sample, drawn) in zip(forwards, one.batch(0..<40, size: 48)) {
            #expect(drawn.caption == sample.caption)
            #expect(drawn.picture == other.render(sample.spec, size: 48))
        }
        #expect(Composer(library: library, seed: 12).spec(at: 0) != one.spec(at: 0))
    }

    /// The pixels themselves: a change here changes every trained model's data.
    @Test(arguments: [
        (
            PictureSpec(layout: .single, parts: [.init(object: "1f34e", color: .red)], jitter: 1),
            "af7f51f23f32e3c7"
        ),
        (
            PictureSpec(
                layout: .pair(.beside),
                parts: [.init(object: "1f436"), .init(object: "1f431", color: .blue)],
                background: .green, jitter: 2), "8f06756b37ca1938"
        ),
        (
            PictureSpec(layout: .count(3), parts: [.init(object: "1f41f")], jitter: 3),
            "a0a3953376b7920b"
        ),
        (
            PictureSpec(
                layout: .place(.bottomRight, .small), parts: [.init(object: "1f3b8")],
                style: .line, background: .gray, jitter: 4), "4abf03b38e372e50"
        ),
    ])
    func pixelsAreFixed(spec: PictureSpec, hash: String) throws {
        let composer = Composer(library: try Toys.library)
        let digest = SHA256.hex(composer.render(spec, size: 64).pixels)
        #expect(String(digest.prefix(16)) == hash)
    }

    @Test func colourRulesHold() throws {
        let composer = Composer(library: try Toys.library, seed: 5, split: .everything)
        var coloredPairs = 0
        var twoColors = 0
        for index in 0..<3000 {
            let spec = composer.spec(at: index)
            let colors = spec.parts.compactMap(\.color)
            #expect(!colors.contains { $0.rawValue == spec.background.rawValue })
            if spec.style == .line { #expect(colors.isEmpty) }
            #expect(!spec.parts.contains { $0.object == "1f308" && $0.color != nil })
            if case .count = spec.layout { #expect(spec.parts[0].object != "2702") }
            guard case .pair = spec.layout, !colors.isEmpty else { continue }
            #expect(spec.parts[0].object != spec.parts[1].object)
            coloredPairs += 1
            if colors.count == 2 {
                #expect(colors[0] != colors[1])
                twoColors += 1
            }
        }
        #expect(coloredPairs > 100)
        // The toy vocabulary has two untintable things of nine.
        #expect(twoColors * 10 > coloredPairs * 3)
    }

    @Test func placesLieWhereTheyAreSaid() {
        for position in Position.allCases {
            for size in ObjectSize.allCases {
                let spec = PictureSpec(
                    layout: .place(position, size), parts: [.init(object: "1f34e")], jitter: 9)
                let placed = Placement.of(spec, size: 128, scales: [1])[0]
                let center = (placed.x + placed.side / 2 - 64, placed.y + placed.side / 2 - 64)
                let direction = position.direction
                #expect((center.0 > 12 ? 1 : center.0 < -12 ? -1 : 0) == direction.x)
                #expect((center.1 > 12 ? 1 : center.1 < -12 ? -1 : 0) == direction.y)
                #expect(placed.x >= 0 && placed.x + placed.side <= 128)
            }
        }
    }

    @Test func pairsLieOnTheirSides() {
        let parts = [PictureSpec.Part(object: "1f436"), PictureSpec.Part(object: "1f431")]
        for (relation, isFirstLow, isVertical) in [
            (Relation.left, true, false), (.right, false, false), (.above, true, true),
            (.below, false, true),
        ] {
            let placed = Placement.of(
                PictureSpec(layout: .pair(relation), parts: parts, jitter: 5), size: 100,
                scales: [1, 1])
            let low = isVertical ? placed[0].y < placed[1].y : placed[0].x < placed[1].x
            #expect(low == isFirstLow, "\(relation)")
        }
    }

    @Test("Up to six of a thing lie apart from one another and within the picture")
    func manyLieApart() {
        for count in 2...6 {
            for jitter in UInt64(0)..<20 {
                let spec = PictureSpec(
                    layout: .count(count), parts: [.init(object: "1f34e")], jitter: jitter)
                let placed = Placement.of(spec, size: 128, scales: [1])
                #expect(placed.count == count)
                for (number, one) in placed.enumerated() {
                    #expect(one.x >= 0 && one.y >= 0)
                    #expect(max(one.x, one.y) + one.side <= 128)
                    for other in placed[..<number] {
                        let (x, y) = (abs(one.x - other.x), abs(one.y - other.y))
                        #expect(max(x, y) * 20 >= one.side * 17, "\(count), \(jitter)")
                    }
                }
            }
        }
    }

    @Test("Flat drawings, and more than four, are drawn where a recipe has them, and only there")
    func askedForOnly() throws {
        let library = try Toys.library
        var recipe = library.recipe
        func drawn() -> (styles: Set<DrawingStyle>, counts: Set<Int>) {
            let composer = Composer(library: library, recipe: recipe, split: .everything)
            let specs = (0..<2000).map(composer.spec)
            let counts = specs.compactMap {
                if case .count(let count) = $0.layout { count } else { nil }
            }
            return (Set(specs.map(\.style)), Set(counts))
        }
        #expect(drawn() == ([.plain, .cartoon, .line], [2, 3, 4]))
        recipe.styles.flat = 0.3
        recipe.largestCount = 6
        #expect(drawn() == ([.plain, .cartoon, .line, .flat], [2, 3, 4, 5, 6]))
    }

    @Test func recipesAreChecked() {
        var recipe = DatasetRecipe()
        recipe.colorProbability = 1.5
        #expect(throws: DatasetError.self) { try recipe.check("dataset.json") }
        recipe = DatasetRecipe()
        recipe.mix = .init(single: 0, place: 0, pair: 0, count: 0)
        #expect(throws: DatasetError.self) { try recipe.check("dataset.json") }
    }
}
