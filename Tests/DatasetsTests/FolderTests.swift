import FoundationEssentials
import PinxitImages
import PinxitTestSupport
import Testing

@testable import PinxitDatasets

@Suite struct FolderTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "pinxit-tests-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func whatIsWrittenLoads() throws {
        try withFolder { folder in
            let library = try Toys.library
            try library.write(to: folder)
            let loaded = try SpriteLibrary(folder: folder)
            #expect(loaded.manifest == library.manifest)
            let ours = Composer(library: library)
            let theirs = Composer(library: loaded)
            for index in 0..<20 {
                #expect(ours.sample(at: index) == theirs.sample(at: index))
            }
            // Half-transparent pixels may change by rounding on their way through the file.
            let spec = PictureSpec(layout: .single, parts: [.init(object: "1f34e")])
            let differences = zip(
                ours.render(spec, size: 64).pixels, theirs.render(spec, size: 64).pixels
            ).map { abs(Int($0) - Int($1)) }
            #expect(differences.max()! <= 1)
        }
    }

    @Test func aSecondDataSetLeavesNothingBehind() throws {
        try withFolder { folder in
            let library = try Toys.library
            try library.write(to: folder)
            var manifest = library.manifest
            manifest.vocabulary = Array(manifest.vocabulary.prefix(2))
            let keys = manifest.vocabulary.map(\.key).sorted()
            manifest.sprites = [.plain: keys]
            let drawings = library.sprites[.plain]!.filter { keys.contains($0.key) }
            try SpriteLibrary(manifest: manifest, sprites: [.plain: drawings]).write(to: folder)
            let styles = try FileManager.default.contentsOfDirectory(atPath: folder + "/sprites")
            #expect(styles == ["plain"])
            #expect(try SpriteLibrary(folder: folder).vocabulary.count == 2)
        }
    }

    @Test("The notice names Twemoji where there are flat drawings, and only there")
    func notices() throws {
        var manifest = try Toys.library.manifest
        let without = Notice.text(for: manifest)
        manifest.recipe.styles.flat = 0.2
        let with = Notice.text(for: manifest)
        #expect(!without.contains("Twemoji"))
        #expect(with.contains("\nTwemoji (style \"flat\")\n  Copyright Twitter, Inc."))
        #expect(with.contains("https://creativecommons.org/licenses/by/4.0/"))
        // The rest stays as it was, paragraph by paragraph.
        let paragraphs = without.split(separator: "\n\n")
        #expect(paragraphs.count == 6)
        #expect(with.split(separator: "\n\n").filter { !$0.contains("Twemoji") } == paragraphs)
    }

    @Test("An older data set stays until a new one is whole, and other files stay with it")
    func replacesAtOnce() throws {
        try withFolder { folder in
            let (library, data) = (try Toys.library, folder + "/data")
            try library.write(to: data)
            try Data("mine".utf8).write(to: URL(filePath: data + "/sheet.png"))
            // A key that is no file name: writing fails half-way.
            var sprites = library.sprites
            sprites[.line]?["no/folder"] = library.sprites[.line]?["1f34e"]
            let error = #expect(throws: DatasetError.self) {
                try SpriteLibrary(manifest: library.manifest, sprites: sprites).write(to: data)
            }
            #expect("\(String(describing: error))".contains("no/folder.png"))
            #expect(try SpriteLibrary(folder: data).manifest == library.manifest)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["data"])
            // What a killed process left goes when another one writes.
            try FileManager.default.createDirectory(
                atPath: folder + "/data.1.partial/sprites", withIntermediateDirectories: true)
            try library.write(to: data + "/")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["data"])
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: data).sorted()
                    == ["NOTICE.txt", "manifest.json", "sheet.png", "sprites"])
        }
    }

    @Test func missingAndDamagedFilesAreNamed() throws {
        try withFolder { folder in
            #expect(throws: DatasetError.self) { try SpriteLibrary(folder: folder) }
            try Toys.library.write(to: folder)
            let sprite = folder + "/sprites/line/1f34e.png"
            try FileManager.default.removeItem(atPath: sprite)
            #expect(throws: DatasetError.missingSprite(file: sprite)) {
                try SpriteLibrary(folder: folder)
            }
        }
    }

    /// Writes the toys as a data set of other words or another mix, and says why it is refused.
    private func refusal(_ change: (inout DatasetManifest) -> Void) throws -> String {
        var reason = ""
        try withFolder { folder in
            let library = try Toys.library
            var manifest = library.manifest
            change(&manifest)
            try SpriteLibrary(manifest: manifest, sprites: library.sprites).write(to: folder)
            let error = #expect(throws: DatasetError.self) { try SpriteLibrary(folder: folder) }
            reason = error.map { "\($0)" } ?? ""
            #expect(reason.hasPrefix(folder + "/manifest.json: "))
        }
        return reason
    }

    @Test("A data set of other things, names or sources is another one")
    func contents() throws {
        let library = try Toys.library
        let identity = Composer(library: library).identity
        for change: (inout DatasetManifest) -> Void in [
            { $0.vocabulary[0].chinese = "苹" }, { $0.vocabulary.swapAt(0, 1) },
            { $0.sprites[.line] = [] }, { $0.spriteSide = 1 },
            {
                $0.sources = [
                    .init(file: "a", sha256: "b", isPinned: false, license: "c", credit: "d")
                ]
            },
        ] {
            var manifest = library.manifest
            change(&manifest)
            let other = SpriteLibrary(manifest: manifest, sprites: library.sprites)
            #expect(Composer(library: other).identity != identity)
        }
        #expect(try Composer(library: Toys.library).identity == identity)
    }

    @Test("What a manifest lacks is said in one line")
    func incompleteManifest() throws {
        try withFolder { folder in
            try Toys.library.write(to: folder)
            let file = folder + "/manifest.json"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try text.replacing("\"spriteSide\"", with: "\"side\"")
                .write(toFile: file, atomically: true, encoding: .utf8)
            #expect(throws: DatasetError.badManifest(file: file, reason: "spriteSide: is missing"))
            {
                try SpriteLibrary(folder: folder)
            }
        }
    }

    @Test("A drawing of nothing is refused: no picture of it could be told from none")
    func emptyDrawing() throws {
        try withFolder { folder in
            let library = try Toys.library
            var sprites = library.sprites
            let side = library.manifest.spriteSide
            sprites[.line]?["1f34e"] = Sprite(
                side: side, pixels: [UInt8](repeating: 0, count: side * side * 4))
            try SpriteLibrary(manifest: library.manifest, sprites: sprites).write(to: folder)
            let error = #expect(throws: DatasetError.self) { try SpriteLibrary(folder: folder) }
            #expect("\(String(describing: error))".contains("line/1f34e.png: cannot be read: noth"))
        }
    }

    @Test("A data set of no object or one is refused", arguments: [0, 1])
    func tooFewObjects(_ count: Int) throws {
        let reason = try refusal { manifest in
            manifest.vocabulary = Array(manifest.vocabulary.prefix(count))
            manifest.sprites = [.plain: manifest.vocabulary.map(\.key)]
        }
        #expect(reason.contains("\(count) objects; 2 or more"), "\(reason)")
    }

    @Test("A data set that names a sprite twice is refused")
    func duplicateSprites() throws {
        let reason = try refusal { $0.sprites[.line]?.append("1f34e") }
        #expect(reason.contains("style line names a sprite twice"), "\(reason)")
    }

    @Test("A data set without a held-out picture, or with no other, is refused")
    func emptySplits() throws {
        let nothing = try refusal { manifest in
            manifest.recipe.mix = .init(single: 1, place: 0, pair: 0, count: 0)
            manifest.recipe.styles = .init(plain: 1, cartoon: 0, line: 0)
            manifest.recipe.colorProbability = 0
            manifest.recipe.backgroundProbability = 0
        }
        #expect(nothing.contains("9 objects and mix is held out for testing"), "\(nothing)")
        let held = try #require(
            try Toys.vocabulary.flatMap { a in try Toys.vocabulary.map { [a, $0] } }.first {
                $0[0].key < $0[1].key && HeldOut.isHeld("pair|\($0[0].key)|\($0[1].key)")
            })
        let everything = try refusal { manifest in
            manifest.vocabulary = held
            manifest.sprites = [.plain: held.map(\.key)]
            manifest.recipe.mix = .init(single: 0, place: 0, pair: 1, count: 0)
        }
        #expect(everything.contains("2 objects and mix is for training"), "\(everything)")
    }

    @Test func manifestsCannotLeaveTheFolder() throws {
        var manifest = try Toys.library.manifest
        manifest.vocabulary[0].key = "../../secret"
        manifest.sprites[.plain] = manifest.vocabulary.map(\.key)
        #expect(throws: DatasetError.self) { try manifest.check("manifest.json") }
    }

    @Test func exportsAnImageFolder() throws {
        try withFolder { folder in
            let composer = Composer(library: try Toys.library)
            try composer.export(3, to: folder)
            let lines = try String(
                contentsOf: URL(filePath: folder + "/metadata.jsonl"), encoding: .utf8
            )
            .split(separator: "\n")
            #expect(lines.count == 3)
            #expect(lines[1].contains("\"file_name\":\"00001.png\""))
            let picture = try Picture(file: folder + "/00001.png").rgb()
            #expect(picture == composer.render(composer.spec(at: 1), size: 128))
        }
    }
}
