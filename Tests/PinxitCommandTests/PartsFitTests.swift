import Foundation
import PinxitCheckpoints
import PinxitImages
import PinxitTensors
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
        try expectRefusal(["a cat", "--model", model], exchange.hint, scratch)
    }

    @Test func tokensThatTheTextEncoderDoesNotKnow() throws {
        let scratch = try Scratch()
        let model = try scratch.copy(of: "tiny-sd1")
        let file = "model/tokenizer/vocab.json"
        var ids = try JSONDecoder().decode([String: Int].self, from: try scratch.read(file))
        ids[try #require(ids.keys.sorted().first)] = 900_000
        try scratch.write(try JSONEncoder().encode(ids), to: file)
        try expectRefusal(["a cat", "--model", model], "tokens the tokenizer knows", scratch)
    }

    /// A weight with fewer or more rows along an axis, and the configuration that says so.
    struct Resize: Sendable, CustomTestStringConvertible {
        let model: String
        let part: String
        let field: String
        let size: Int
        let weights: [String: Int]
        var words = ["a cat", "--model", "model"]
        let hint: String
        var testDescription: String { "\(model) with \(size) for \(field)" }
    }

    @Test(arguments: [
        Resize(
            model: "tiny-sd1", part: "vae/", field: "out_channels", size: 2,
            weights: ["decoder.conv_out.weight": 0, "decoder.conv_out.bias": 0],
            hint: "channels of the autoencoder's pictures: 2"),
        Resize(
            model: "tiny-sd1", part: "vae/", field: "in_channels", size: 4,
            weights: ["encoder.conv_in.weight": 1],
            words: ["edit", "red.png", "a cat", "--model", "model"],
            hint: "its autoencoder takes pictures of 4 channels"),
        Resize(
            model: "tiny-unclip", part: "unet/", field: "in_channels", size: 8,
            weights: ["conv_in.weight": 1], hint: "channels the U-Net takes: 8"),
        Resize(
            model: "tiny-clip", part: "", field: "num_channels", size: 4,
            weights: ["vision_model.embeddings.patch_embedding.weight": 1],
            words: ["clip", "score", "--model", "model", "red.png", "a cat"],
            hint: "num_channels: 4 is not supported"),
        Resize(
            model: "tiny-unclip", part: "prior/", field: "num_embeddings", size: 8,
            weights: ["positional_embedding": 1], hint: "tokens the prior has places for"),
    ])
    func resizedParts(_ resize: Resize) async throws {
        let scratch = try Scratch()
        try Picture(width: 20, height: 16, color: [250, 0, 0])
            .write(to: "\(scratch.path)/red.png")
        let part = try scratch.copy(of: resize.model) + "/" + resize.part
        let names = try FileManager.default.contentsOfDirectory(atPath: part)
        let file = part + (try #require(names.first { $0.contains("model.safetensors") }))
        try await Engine.run {
            var tensors = try Checkpoint.load(file)
            for (name, axis) in resize.weights {
                let weight = try #require(tensors[name])
                // A prior has four places beside the text's.
                let size = resize.size + (name == "positional_embedding" ? 4 : 0)
                tensors[name] = concatenate([weight, weight], axis: axis)
                    .sliced(axis: axis, 0..<size)
            }
            try Checkpoint.save(tensors, to: file)
        }
        let config = "model/\(resize.part)config.json"
        let text = String(decoding: try scratch.read(config), as: UTF8.self)
        let changed = text.replacing(
            try Regex("\"\(resize.field)\": [0-9]+"), with: "\"\(resize.field)\": \(resize.size)")
        #expect(changed != text)
        try scratch.write(Data(changed.utf8), to: config)
        try expectRefusal(resize.words, resize.hint, scratch)
    }

    private func expectRefusal(_ words: [String], _ hint: String, _ scratch: Scratch) throws {
        let before = scratch.files
        let outcome = try Program.run(words, in: scratch.path)
        #expect(outcome.status == 65)
        #expect(outcome.complaints.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains(hint), "\(outcome.errors)")
        #expect(scratch.files == before)
    }
}
