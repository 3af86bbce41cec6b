import Foundation
import PinxitTestSupport
import Testing

/// Parts that are sound alone and do not fit each other are refused in one line; they would trap
/// in a forward pass.
@Suite struct PartsFitTests {
    struct Exchange: Sendable, CustomTestStringConvertible {
        let model: String
        let part: String
        /// The model the part is taken from.
        let other: String
        let hint: String
        var testDescription: String { "\(model) with \(part) of \(other)" }
    }

    @Test(arguments: [
        Exchange(model: "tiny-sd1", part: "unet", other: "tiny-pinxit", hint: "latent channels"),
        Exchange(model: "tiny-sd2", part: "vae", other: "tiny-pinxit", hint: "latent channels"),
        Exchange(model: "tiny-sd1", part: "unet", other: "tiny-unclip", hint: "beside the text"),
    ])
    func exchangedParts(_ exchange: Exchange) throws {
        let scratch = try Scratch()
        let model = try scratch.copy(of: exchange.model)
        let part = "\(model)/\(exchange.part)"
        try FileManager.default.removeItem(atPath: part)
        try FileManager.default.copyItem(
            atPath: "\(Fixture.path(exchange.other))/\(exchange.part)", toPath: part)
        try expectRefusal(model, exchange.hint, scratch)
    }

    @Test func tokensThatTheTextEncoderDoesNotKnow() throws {
        let scratch = try Scratch()
        let model = try scratch.copy(of: "tiny-sd1")
        let file = "model/tokenizer/vocab.json"
        var ids = try JSONDecoder().decode([String: Int].self, from: try scratch.read(file))
        ids[try #require(ids.keys.sorted().first)] = 2_000_000_000
        try scratch.write(try JSONEncoder().encode(ids), to: file)
        try expectRefusal(model, "tokens the tokenizer knows", scratch)
    }

    private func expectRefusal(_ model: String, _ hint: String, _ scratch: Scratch) throws {
        let before = scratch.files
        let outcome = try Program.run(["a cat", "--model", model], in: scratch.path)
        #expect(outcome.status == 65)
        #expect(outcome.complaints.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains(hint), "\(outcome.errors)")
        #expect(scratch.files == before)
    }
}
