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

    @Test func missingAndDamagedFilesAreNamed() throws {
        try withFolder { folder in
            #expect(throws: DatasetError.self) { try SpriteLibrary(folder: folder) }
            try Toys.library.write(to: folder)
            let sprite = folder + "/sprites/line/1f34e.png"
            try FileManager.default.removeItem(atPath: sprite)
            do {
                _ = try SpriteLibrary(folder: folder)
                Issue.record("a missing sprite was accepted")
            } catch {
                #expect("\(error)".contains("sprites/line/1f34e.png"))
            }
        }
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
