import FoundationEssentials
import PinxitTestSupport
import Testing

@testable import PinxitDatasets

@Suite struct VarietyTests {
    private typealias Variety = DatasetRecipe.Variety

    private func composer(_ variety: Variety?) throws -> Composer {
        var recipe = DatasetRecipe()
        recipe.variety = variety
        return Composer(library: try Toys.library, recipe: recipe, seed: 4)
    }

    private func apple(_ jitter: UInt64) -> PictureSpec {
        PictureSpec(layout: .single, parts: [.init(object: "1f34e")], jitter: jitter)
    }

    @Test("Variety changes pictures, and neither what they show nor their captions")
    func onlyPictures() throws {
        let plain = try composer(nil)
        let still = try composer(Variety())
        let varied = try composer(Variety(mirroredShare: 0.5, turn: 10, shrink: 0.2))
        var changed = 0
        for index in 0..<20 {
            let sample = plain.sample(at: index)
            #expect(varied.sample(at: index) == sample)
            let picture = plain.render(sample.spec, size: 48)
            #expect(still.render(sample.spec, size: 48) == picture)
            if varied.render(sample.spec, size: 48) != picture { changed += 1 }
        }
        #expect(changed >= 18)
    }

    @Test("Half of the drawings are mirrored, and none of a thing that tells left from right")
    func mirrors() throws {
        let variety = Variety(mirroredShare: 0.5, turn: 0, shrink: 0)
        let poses = (0..<400).map { Pose(apple(UInt64($0)), part: 0, variety, isOneSided: false) }
        #expect((160...240).contains(poses.count { $0.isMirrored }))
        #expect(poses.allSatisfy { $0.degrees == 0 && $0.scale == 1 })
        let sided = (0..<50).map { Pose(apple(UInt64($0)), part: 0, variety, isOneSided: true) }
        #expect(!sided.contains { $0.isMirrored })
        let line = "1f319\tcore,sided\ta\tmoon\t-\t-\t个\t月亮\t-"
        let moon = try ObjectTable.parse(line, file: "table")
        #expect(moon[0].isOneSided && moon[0].isCore)
    }

    @Test("Turns and sizes fill their ranges and stay within them")
    func ranges() throws {
        let variety = Variety(mirroredShare: 0, turn: 10, shrink: 0.2)
        let poses = (0..<400).map { Pose(apple(UInt64($0)), part: 0, variety, isOneSided: false) }
        #expect(Set(poses.map(\.degrees)) == Set(-10...10))
        #expect(poses.allSatisfy { 0.8 < $0.scale && $0.scale <= 1 })
        #expect(poses.map(\.scale).min()! < 0.81 && poses.map(\.scale).max()! > 0.99)
    }

    @Test("Two parts of a picture are posed each on its own")
    func ownPoses() {
        let variety = Variety(mirroredShare: 0.5, turn: 45, shrink: 0.25)
        let poses = (0..<2).map { Pose(apple(1), part: $0, variety, isOneSided: false) }
        #expect(poses[0] != poses[1])
    }

    /// A bar from the middle to the right edge, four pixels high.
    private var bar: Sprite {
        var pixels = [UInt8](repeating: 0, count: 32 * 32 * 4)
        for row in 14..<18 {
            for column in 16..<32 {
                for channel in 0..<4 { pixels[4 * (row * 32 + column) + channel] = 255 }
            }
        }
        return Sprite(side: 32, pixels: pixels)
    }

    private func alpha(_ sprite: Sprite, _ column: Int, _ row: Int) -> UInt8 {
        sprite.pixels[4 * (row * 32 + column) + 3]
    }

    @Test("A drawing turns clockwise, and keeps within its square")
    func turns() {
        let quarter = bar.turned(clockwise: 90)
        #expect(alpha(quarter, 16, 30) == 255 && alpha(quarter, 30, 16) == 0)
        #expect(alpha(bar.posed(Pose(isMirrored: true)), 1, 16) == 255)
        // Turned by 45 degrees as it is, a full square would lose its corners.
        let full = Sprite(side: 32, pixels: [UInt8](repeating: 255, count: 32 * 32 * 4))
        let turned = full.turned(clockwise: 45)
        let drawn = turned.pixels.indices.filter { $0 % 4 == 3 }.map { Int(turned.pixels[$0]) }
        #expect((480...560).contains(drawn.reduce(0, +) / 255))
        #expect(alpha(turned, 0, 0) == 0 && alpha(turned, 16, 16) == 255)
    }

    @Test("What a data set of an earlier version does not say is off")
    func earlierVersions() throws {
        let library = try Toys.library
        let json = String(bytes: try JSONEncoder().encode(library.manifest), encoding: .utf8)!
        #expect(!json.contains("variety"))
        var earlier = json
        for name in ["isOneSided", "isTold"] {
            earlier = earlier.replacing("\"\(name)\":false,", with: "")
                .replacing(",\"\(name)\":false", with: "")
            #expect(!earlier.contains(name))
        }
        let read = try JSONDecoder().decode(DatasetManifest.self, from: Data(earlier.utf8))
        #expect(read == library.manifest)
    }

    @Test("A variety out of range is refused by its name")
    func refusals() {
        for (name, variety) in [
            ("mirroredShare", Variety(mirroredShare: 1.5)), ("turn", Variety(turn: -1)),
            ("turn", Variety(turn: 46)), ("shrink", Variety(shrink: 0.5)),
        ] {
            var recipe = DatasetRecipe()
            recipe.variety = variety
            let error = #expect(throws: DatasetError.self) { try recipe.check("d.json") }
            #expect("\(error!)".contains("d.json: variety.\(name): "), "\(error!)")
        }
    }
}
