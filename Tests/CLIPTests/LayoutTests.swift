import Foundation
import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

/// Public checkpoints in other layouts than transformers', against transformers.
@Suite struct LayoutTests {
    @Test(
        "OpenCLIP's and OpenAI's files give transformers' places",
        arguments: ["tiny-openclip", "tiny-openai"])
    func agreesWithTransformers(folder: String) async throws {
        try await Engine.run {
            let expected = try Fixture("\(folder).safetensors")
            let clip = try CLIP(folder: Fixture.path(folder))
            let texts = (0..<3).map { expected.parameter("prompt/\($0)")! }
            #expect(relativeDifference(clip.embed(texts: texts), expected["text_embeds"]) < 2e-5)
            let model = clip.model
            #expect(
                relativeDifference(
                    model.embed(ids: expected["ids"], type: .f32), expected["text_embeds"]) < 2e-5)
            let pictures = pictures(expected)
            let places = clip.embed(pictures: pictures)
            #expect(relativeDifference(places, expected["image_embeds"]) < 5e-5)
            let similarities = clip.similarities(pictures: pictures, texts: texts)
            #expect(
                relativeDifference(
                    Tensor(similarities.flatMap { $0 }, shape: [3, 3]), expected["similarity"])
                    < 5e-5)
        }
    }

    /// The processor's own numbers: resized, cropped, mean and deviation removed.
    @Test(arguments: ["tiny-openclip", "tiny-openai"])
    func picturesAreThoseOfTheProcessor(folder: String) async throws {
        try await Engine.run {
            let expected = try Fixture("\(folder).safetensors")
            let preprocessing = try loadCLIP(folder: Fixture.path(folder)).preprocessing
            let pixels = expected["pixels"].permuted([0, 2, 3, 1])
            let fitting = pictures(expected).map { preprocessing($0) }
            let standard = zip(preprocessing.mean, preprocessing.deviation)
            let found = Tensor(
                fitting.flatMap { picture in
                    picture.pixels.enumerated().map { index, value in
                        let (mean, deviation) = Array(standard)[index % 3]
                        return (Float(value) / 255 - mean) / deviation
                    }
                }, shape: pixels.shape)
            #expect(largestDifference(found, pixels) < 1e-5)
        }
    }

    @Test("Half a pixel is rounded as the library in question does")
    func oddRests() {
        var preprocessing = PicturePreprocessing(side: 2)
        let picture = Picture(
            width: 5, height: 2, channels: 1, pixels: [0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
        #expect(preprocessing(picture).pixels[0] == 1)
        preprocessing.roundsHalfPixels = true
        #expect(preprocessing(picture).pixels[0] == 2)
    }

    private func pictures(_ fixture: Fixture) -> [Picture] {
        (0..<3).map { index in
            let tensor = fixture["picture/\(index)"]
            return Picture(
                width: tensor.shape[1], height: tensor.shape[0], channels: 3,
                pixels: tensor.integers.map { UInt8($0) })
        }
    }
}

/// What is not understood is refused by name.
@Suite struct LayoutErrorTests {
    private let scratch = NSTemporaryDirectory() + "pinxit-layout-" + UUID().uuidString

    private func error(
        _ folder: String, changing file: String, _ change: (String) -> String
    ) async throws -> FileError {
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        try FileManager.default.copyItem(atPath: Fixture.path(folder), toPath: scratch)
        let text = try String(contentsOfFile: "\(scratch)/\(file)", encoding: .utf8)
        try change(text).write(toFile: "\(scratch)/\(file)", atomically: true, encoding: .utf8)
        return try await loadingError(scratch)
    }

    private func loadingError(_ folder: String) async throws -> FileError {
        try await Engine.run {
            try #require(throws: FileError.self) { _ = try loadCLIP(folder: folder) }
        }
    }

    @Test(
        arguments: [
            (#""heads": 2"#, #""heads": 3"#, "model_cfg.text_cfg.heads", "a divisor of 16"),
            (
                #""heads": 2"#, #""heads": 2, "hf_model_name": "roberta-base""#,
                "model_cfg.text_cfg.hf_model_name", "null"
            ),
            (
                #""patch_size": 8"#, #""patch_size": 8, "timm_model_name": "vit""#,
                "model_cfg.vision_cfg.timm_model_name", "null"
            ),
            (
                #""head_width": 8"#, #""head_width": 7"#, "model_cfg.vision_cfg.head_width",
                "a divisor of 24"
            ),
            (
                #""embed_dim": 16"#, #""embed_dim": 0"#, "model_cfg.embed_dim", "1 to"
            ),
        ])
    func fieldsOfOpenCLIP(from: String, to: String, field: String, words: String) async throws {
        let error = try await error("tiny-openclip", changing: "open_clip_config.json") {
            $0.replacingOccurrences(of: from, with: to)
        }
        #expect(error.field == field)
        #expect(error.problem.contains(words), "\(error.problem)")
    }

    @Test func sizesThatTheWeightsDoNotHave() async throws {
        let error = try await error("tiny-openclip", changing: "open_clip_config.json") {
            $0.replacingOccurrences(of: #""width": 24"#, with: #""width": 48"#)
        }
        #expect(error.path.hasSuffix("open_clip_model.safetensors"))
        #expect(error.problem.contains("wrong shape"), "\(error.problem)")
    }

    @Test func aModelOfAnotherKind() async throws {
        let error = try await error("tiny-clip", changing: "config.json") {
            $0.replacingOccurrences(of: #""model_type": "clip""#, with: #""model_type": "siglip""#)
        }
        #expect(error.field == "model_type" && error.problem.contains("pinxit_clip"))
    }

    @Test func aFolderWithoutAModel() async throws {
        let error = try await loadingError(Fixture.path("tokenizers"))
        #expect(error.problem.contains("open_clip_config.json"))
    }

    /// A state dict of something else names the first key it lacks.
    @Test func aStateDictOfAnotherModel() async throws {
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        try FileManager.default.createDirectory(
            atPath: scratch, withIntermediateDirectories: true)
        try Checkpoint.save(["layer1.weight": Tensor([1])], to: scratch + "/model.safetensors")
        let error = try await loadingError(scratch)
        #expect(error.field == "token_embedding.weight")
    }
}
