import Foundation
import PinxitFiles
import PinxitImages
import PinxitPlatform
import PinxitTestSupport
import Testing

/// Words of textual inversion that lie in a library.
@Suite(.serialized) struct EmbeddingProgramTests {
    private let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
    private let model = Fixture.path("tiny-sd1")

    private func pixels(_ arguments: [String]) throws -> [UInt8] {
        let (process, file) = (Process(), "\(folder)/own.png")
        process.executableURL = URL(fileURLWithPath: ServerProgram.folder.path("pinxit"))
        process.arguments =
            ["paint", "--seed", "7", "--steps", "3", "-q", "--model", model, "--output", file]
            + arguments
        try process.run()
        process.waitUntilExit()
        return try Picture(file: file).rgb().pixels
    }

    @Test("A word that the model is taught paints what the command paints; others are skipped")
    func words() throws {
        let words = "\(folder)/library/embeddings"
        try makeFolder(words)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try TensorFile.write("\(words)/a.safetensors", [("<ink>", [2, 16])], strength: 3)
        try TensorFile.write("\(words)/wide.safetensors", [("emb_params", [1, 12])])
        try TensorFile.write("\(words)/none.safetensors", [("a", [4]), ("b", [4])])
        let own = try pixels(["a <ink> cat", "--embedding", "\(words)/a.safetensors"])
        #expect(try own != pixels(["a <ink> cat"]))

        let server = try ServerProgram(
            data: "\(folder)/data", model: model, library: "\(folder)/library")
        let answer = try server.json(
            "POST", "/sdapi/v1/txt2img", #"{"prompt":"a <ink> cat","seed":7,"steps":3}"#)
        let bytes = try #require(
            Data(base64Encoded: answer["images"]?[0]?.text ?? ""), "\(answer)")
        #expect(try PNG.decode(bytes).rgb().pixels == own)
        let listed = try server.json("GET", "/sdapi/v1/embeddings")
        let vectors = "\(listed["loaded"]?["<ink>"]?["vectors"] as Any)".contains("2")
        let shape = "\(listed["skipped"]?["wide"]?["shape"] as Any)".contains("12")
        #expect(vectors && shape)
        #expect(listed["loaded"]?["wide"] == nil && listed["skipped"]?["none"] == nil)
        let told = try server.json("GET", "/api/v1/capabilities")["models"]?[0]?["embeddings"]
        #expect(told?[0]?.text == "<ink>" && told?[1] == nil)
        #expect(server.end(SIGTERM) == 0)
    }
}
