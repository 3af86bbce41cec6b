import Foundation
import PinxitFiles
import PinxitImages
import Testing

@testable import PinxitCLIP

@Suite struct PreprocessorConfigurationTests {
    private func read(_ json: JSONValue) throws -> PicturePreprocessing {
        try PicturePreprocessing(
            transformers: JSONField(file: "preprocessor_config.json", path: "", value: json),
            side: 32)
    }

    @Test func publishedFormsAreRead() throws {
        #expect(try read([:]) == .openAI(side: 32))
        let old = try read(["size": 40, "crop_size": 32, "resample": 2])
        #expect(old.shortSide == 40 && old.side == 32 && old.filter == .bilinear)
        let new = try read([
            "size": ["shortest_edge": 32], "crop_size": ["height": 32, "width": 32],
            "image_mean": [0.1, 0.2, 0.3], "image_std": [1, 1, 2],
        ])
        #expect(new.shortSide == 32 && new.mean == [0.1, 0.2, 0.3] && new.deviation[2] == 2)
    }

    @Test func theProcessorOfNewerLibrariesGoesFirst() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/processor-\(UUID().uuidString)"
        try makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func mean() throws -> [Float] {
            try PicturePreprocessing(transformersFolder: folder, side: 32).mean
        }
        #expect(try mean() == PicturePreprocessing.openAI(side: 32).mean)
        try JSONFile.write(
            ["image_mean": [0.25, 0.5, 0.5]], to: folder + "/preprocessor_config.json")
        #expect(try mean() == [0.25, 0.5, 0.5])
        try JSONFile.write(
            [
                "image_processor": ["image_mean": [0.5, 0.5, 0.5]],
                "processor_class": "CLIPProcessor",
            ],
            to: folder + "/processor_config.json")
        #expect(try mean() == [0.5, 0.5, 0.5])
    }

    @Test(
        arguments: [
            (["crop_size": 16], "crop_size", "image_size (32)"),
            (["crop_size": ["height": 32, "width": 16]], "crop_size.width", "image_size (32)"),
            (["size": ["height": 32, "width": 32]], "size.shortest_edge", "missing"),
            (["size": 16], "size", "32 to"), (["resample": 0], "resample", "bicubic"),
            (["do_center_crop": false], "do_center_crop", "true"),
            (["rescale_factor": 1.0], "rescale_factor", "0.0039"),
            (["image_std": [1, 0, 1]], "image_std", "above 0"),
            (["image_mean": [1, 0]], "image_mean", "three numbers"),
        ] as [(JSONValue, String, String)])
    func whatIsNotSupportedIsNamed(json: JSONValue, field: String, words: String) throws {
        let error = try #require(throws: FileError.self) { _ = try read(json) }
        #expect(error.field == field)
        #expect(error.problem.contains(words), "\(error.problem)")
    }
}
