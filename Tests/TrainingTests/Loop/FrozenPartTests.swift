import Foundation
import PinxitFiles
import Testing

@testable import PinxitTraining

@Suite struct FrozenPartTests {
    @Test("Frozen weights are told from others by names, sizes and beginnings")
    func identity() throws {
        let scratch = NSTemporaryDirectory() + "pinxit-\(UUID().uuidString)"
        defer { removeFolder(scratch) }
        func write(_ bytes: [UInt8], to path: String) throws {
            let file = scratch.path(path)
            try makeFolder(file.parentPath)
            try Data(bytes).write(to: URL(fileURLWithPath: file))
        }
        for copy in ["one", "other"] {
            try write([1, 2, 3], to: "\(copy)/vae/model.safetensors")
            try write(Array(copy.utf8), to: "\(copy)/samples/1.png")
        }
        func identity(
            _ path: String, _ folders: [String] = ["vae"], isOfModel: Bool = true
        ) throws -> String {
            try FrozenPart(path: scratch.path(path), folders: folders, isOfModel: isOfModel)
                .identity()
        }
        let one = try identity("one")
        #expect(!one.isEmpty)
        #expect(try identity("other") == one)
        #expect(try identity("one", []) == identity("other", []), "pictures beside a model")
        #expect(
            try identity("one", [], isOfModel: false) != identity("other", [], isOfModel: false))
        #expect(try identity("nothing").isEmpty)
        try write([1, 2, 4], to: "other/vae/model.safetensors")
        #expect(try identity("other") != one)
        #expect(try identity("one/vae/model.safetensors", []) != "")
        #expect(
            try identity("one/vae/model.safetensors", [])
                != identity("other/vae/model.safetensors", []))
    }

    @Test("What a stage reads and does not change is compared")
    func parts() throws {
        func paths(_ stage: TrainingRun.Stage, _ task: JSONValue) throws -> [String] {
            let run = TrainingRun(
                stage: stage, configuration: "", dataset: "", model: "m", folder: "")
            return try run.frozenParts(JSONField(file: "", path: "", value: ["task": task]))
                .map(\.path)
        }
        #expect(try paths(.lora, ["prior_pictures": "dogs"]) == ["m", "dogs"])
        #expect(try paths(.gan, ["clip": "c"]) == ["c"])
        #expect(try paths(.dalle, [:]) == ["m/tokenizer", "m/picture_tokenizer"])
        #expect(try paths(.diffusion, [:]) == ["m/tokenizer", "m/text_encoder", "m/vae"])
        #expect(
            try paths(.diffusion, ["train_text_encoder": true]) == ["m/tokenizer", "m/vae"])
    }
}
