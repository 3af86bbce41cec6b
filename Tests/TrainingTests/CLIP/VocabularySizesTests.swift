import Foundation
import PinxitFiles
import PinxitTokenizers
import Testing

@testable import PinxitTraining

@Suite struct VocabularySizesTests {
    @Test("A text tower has a row for every id up to the largest, though a file leaves ids out")
    func gaps() throws {
        let folder = NSTemporaryDirectory() + "pinxit-gaps-\(UUID().uuidString)"
        try makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try AtomicFile.write(
            #"{"a": 0, "b</w>": 1, "ab</w>": 4, "<|startoftext|>": 6, "<|endoftext|>": 9}"#,
            to: folder.path("vocab.json"))
        try AtomicFile.write("a b</w>\n", to: folder.path("merges.txt"))
        let tokenizer = try CLIPTokenizer(folder: folder)
        let sizes = CLIPVocabularySizes(tokenizer)
        #expect(tokenizer.vocabularySize == 5)
        #expect(sizes.vocabulary == 10 && sizes.bosID == 6 && sizes.eosID == 9)
    }
}
