import Foundation
import PinxitFiles
import PinxitTokenizers
import Testing

@testable import PinxitDatasets

/// What a model has learnt words from, and the words it has not.
@Suite struct CaptionWordsTests {
    static let recipes = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static let table = Result {
        let file = recipes.appending(path: "Recipes/objects.tsv")
        return try ObjectTable.parse(String(contentsOf: file, encoding: .utf8), file: file.path)
    }

    static let core = ((try? table.get()) ?? []).filter(\.isCore)

    @Test("No word of a caption is unknown, in any language and wording")
    func captionsAreKnown() {
        let words = LearntWords(captionsOf: Self.core)
        let captions = Captions(Self.core)
        #expect(words.english.things.count == 134)
        for (number, entry) in Self.core.enumerated() {
            let other = Self.core[(number + 1) % Self.core.count]
            let part = PictureSpec.Part(object: entry.key, color: TintColor.allCases[number % 10])
            let layouts: [PictureSpec.Layout] =
                Relation.allCases.map { .pair($0) } + Position.allCases.map { .place($0, .small) }
                + [.single] + (entry.english.plural == nil ? [] : [.count(2 + number % 3)])
            for layout in layouts {
                let spec = PictureSpec(
                    layout: layout, parts: [part, PictureSpec.Part(object: other.key)],
                    style: DrawingStyle.allCases[number % 3],
                    background: Background.allCases[number % 9])
                for caption in captions.all(spec) {
                    #expect(words.unknown(in: caption) == [], "\(caption)")
                }
            }
        }
    }

    @Test("Numbers and styles are learnt where a recipe draws them")
    func ofRecipe() {
        var recipe = DatasetRecipe()
        let few = LearntWords(captionsOf: Self.core, recipe)
        #expect(few.unknown(in: "a flat drawing of six cats") == ["flat", "six"])
        #expect(few.unknown(in: "五只猫") == ["五"])
        recipe.styles.flat = 0.2
        recipe.largestCount = 6
        let many = LearntWords(captionsOf: Self.core, recipe)
        #expect(many.unknown(in: "a flat drawing of six cats, 五只猫的平面画") == [])
    }

    @Test("A thing that is forgotten takes the words with it that no other thing needs")
    func forgotten() throws {
        let things = Self.core.filter { ["dog", "cat", "apple"].contains($0.english.noun) }
        #expect(things.count == 3)
        let library = SpriteLibrary(
            manifest: DatasetManifest(
                recipe: DatasetRecipe(), vocabulary: things, spriteSide: 1, sprites: [:]),
            sprites: [:])
        var words = library.learntWords
        words.add(wordsOf: ["a zebra, 斑马"])
        words.forget(library) { $0.english.noun == "cat" }
        #expect(words.english.things.sorted() == ["apple", "dog"])
        #expect(words.unknown(in: "two cats to the left of a red apple, a cat") == ["cats", "cat"])
        #expect(words.unknown(in: "一只猫在一只狗左边，斑马") == ["猫"])
        #expect(words.unknown(in: "a zebra above a dog") == [])
        // Names of things that are not of the library hold words too.
        words.english.things.append("hot dog")
        words.forget(library) { _ in true }
        #expect(words.unknown(in: "two red apples to the left of a dog") == ["apples"])
    }

    @Test(
        "Words that were never shown are told in their order",
        arguments: [
            ("a sunset over the ocean", ["sunset", "ocean"]),
            ("A Red APPLE, please!", []), ("the cat's apple", []), ("an apple, 3 cats", ["3"]),
            ("海边的日落", ["日落"]), ("一只红色的猫", []), ("两只青蛙，黄色背景", []),
            ("a 猫 next to an xylophone", ["xylophone"]), ("", []),
            ("a 'red' apple, the cats' “apple’”", []), ("一只'猫'", []), ("it ' is", ["it"]),
            ("the 'zebras' of xylophones'", ["zebras", "xylophones"]),
        ])
    func unknown(text: String, expected: [String]) {
        #expect(LearntWords(captionsOf: Self.core).unknown(in: text) == expected)
    }

    @Test("A caption that was learnt from is known when it is typed again")
    func typedAgain() {
        let captions = ["a dog's bowl", "3只猫", "红色T恤", "the dogs' 'house'", "a jack-o'-lantern"]
        var words = LearntWords()
        words.add(wordsOf: captions)
        for caption in captions { #expect(words.unknown(in: caption) == [], "\(caption)") }
        #expect(words.unknown(in: "4只猫") == ["4"])
    }

    @Test("A list of words that is none is refused", arguments: ["[]", "null", "{\"english\": 1}"])
    func noWords(_ text: String) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "pinxit-\(UUID().uuidString)").path
        try makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try AtomicFile.write(text, to: folder.path(LearntWords.fileName))
        let error = #expect(throws: FileError.self) { try LearntWords(folder: folder) }
        #expect("\(String(describing: error))".contains("words.json"))
    }

    @Test(
        "The shipped models say the words of their recipe",
        arguments: [
            ("pinxit-small", "dataset.json"), ("pinxit-fast", "dataset.json"),
            ("pinxit-gan", "dataset.json"), ("pinxit-dalle", "dataset.json"),
            ("pinxit-unclip", "dataset.json"),
        ])
    func shipped(name: String, recipe file: String) throws {
        let recipe = try DatasetRecipe.load(
            Self.recipes.appending(path: "Recipes/\(file)").path)
        let words = LearntWords(
            captionsOf: recipe.vocabulary.chosen(of: try Self.table.get()), recipe)
        let folder = Self.recipes.appending(path: "Models/\(name)").path
        #expect(try LearntWords(folder: folder) == words)
    }
}
