import Foundation
import Testing

@testable import PinxitServing

/// Searches for words that are hard to keep.
@Suite struct SearchTests {
    private func store(_ kind: StoreKind, _ prompts: [String]) throws -> JobStore {
        let store = try kind.store()
        for (number, prompt) in prompts.enumerated() {
            let draft = JobDraft(model: "m", request: "{}", prompt: prompt, count: 1, seed: 1)
            _ = try store.accept(draft, id: "\(number)", limit: 9, at: 10, wait: 1)
            let job = try #require(try store.claim(worker: "w", at: 11))
            _ = try store.finish(job, worker: "w", warnings: [], at: 12)
        }
        return store
    }

    @Test(
        "Whatever a prompt is, it is kept and its other words are found",
        arguments: StoreKind.here,
        [
            // Marks alone, which count as a letter, and many on one.
            "\u{345}", "\u{300} \u{36F}", "e" + String(repeating: "\u{301}", count: 5000),
            "猫" + String(repeating: "\u{301}", count: 5000),
            "a" + String(repeating: "\u{5B0}", count: 5000),
            // Long words, of one, three and four bytes a letter; the second has three in each.
            String(repeating: "a", count: 5000), String(repeating: "각", count: 5000),
            String(repeating: "𐐨", count: 5000), String(repeating: "ΐ", count: 5000),
            // One character with the mark behind it.
            "\u{D4E}'", "\u{D4E}\"", "\u{D4E}\\", "\u{D4E}':1 'b", "' \" \\ : & | ! ( ) * <->",
            "İ", "ǰ", "\u{1FEF}", "\u{344}", "\u{FEFF}", "a\u{200D}'",
        ])
    func hostile(_ kind: StoreKind, _ prompt: String) throws {
        let store = try store(kind, ["apple \(prompt) tree"])
        for words in ["apple", "tree", "apple tree"] {
            #expect(try store.history(words, before: nil, limit: 9).count == 1)
        }
        // Nothing is wrong with it as a search, either.
        _ = try store.history(prompt, before: nil, limit: 9)
    }

    @Test("Words are found with their marks or without", arguments: StoreKind.here)
    func marks(_ kind: StoreKind) throws {
        let store = try store(kind, ["cre\u{300}me", "crème", "CREME", "don't", "한국어"])
        for words in ["creme", "crème", "cre\u{300}me", "Crè"] {
            let found = try store.history(words, before: nil, limit: 9).map(\.id)
            #expect(found == ["2", "1", "0"], "\(words)")
        }
        #expect(try store.history("don't", before: nil, limit: 9).map(\.id) == ["3"])
        #expect(try store.history("한국", before: nil, limit: 9).map(\.id) == ["4"])
    }
}
