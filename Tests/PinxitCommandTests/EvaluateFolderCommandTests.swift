import Foundation
import PinxitImages
import PinxitTestSupport
import Testing

@Suite struct EvaluateFolderCommandTests {
    private func scratch() throws -> Scratch {
        let scratch = try Scratch()
        try ToyStages.writePictures(scratch)
        try scratch.write(
            Data(#"{"prompts": 30, "varied": {"prompts": 3, "seeds": 2}}"#.utf8),
            to: "evaluation.json")
        return scratch
    }

    private let usual = [
        "evaluate", Fixture.path("tiny-pinxit"), "--dataset", "pictures", "--config",
        "evaluation.json", "--steps", "1", "--cfg-scale", "1", "--quiet",
    ]
    private let judged = ["--clip", Fixture.path("tiny-clip")]

    @Test("A folder of pictures is measured by its held-out captions; what is too little is said")
    func folder() throws {
        let scratch = try scratch()
        let outcome = try Program.run(usual + judged + ["-o", "report"], in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.ownComplaints == [])
        #expect(outcome.lines.contains { $0.hasPrefix("CLIP score") && $0.contains("held out") })
        #expect(outcome.lines.contains { $0.hasPrefix("caption R@1") })
        #expect(outcome.lines.contains { $0.hasPrefix("KID: not measured: ") })
        struct Report: Decodable {
            struct Lack: Decodable { var measure: String }
            struct Picture: Decodable {
                var prompt: String
                var real: String
                var nearestTrainingPicture: String
            }
            var heldOut: Bool
            var captions: Int
            var trainingPictures: Int
            var evaluator: String
            var notMeasured: [Lack]
            var pictures: [Picture]
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let report = try decoder.decode(
            Report.self, from: try scratch.read("report/evaluation.json"))
        #expect(report.heldOut && report.evaluator == "tiny-clip")
        #expect(report.captions + report.trainingPictures == 80)
        #expect(report.pictures.count == report.captions)
        #expect(report.notMeasured.map(\.measure) == ["KID", "copies"])
        let picture = try #require(report.pictures.first)
        let words = try scratch.read(picture.real.replacingOccurrences(of: ".png", with: ".txt"))
        #expect(String(decoding: words, as: UTF8.self) == picture.prompt)
        #expect(scratch.files.contains(picture.nearestTrainingPicture))
        let sheet = try Picture(file: scratch.path + "/report/nearest.png")
        #expect(sheet.height > report.captions * 32)
        #expect(scratch.files.contains("report/grid.png"))
        let again = try Program.run(usual + judged + ["--json"], in: scratch.path)
        #expect(
            again.output
                == String(decoding: try scratch.read("report/evaluation.json"), as: UTF8.self))
    }

    @Test("All of a folder is held out from another, which has enough for every measure")
    func trainedOn() throws {
        let scratch = try scratch()
        // Half of them lie in both folders, and are not held out.
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/learnt", withIntermediateDirectories: true)
        for number in stride(from: 0, to: 80, by: 2) {
            for ending in ["png", "txt"] {
                try FileManager.default.copyItem(
                    atPath: scratch.path + "/pictures/\(number).\(ending)",
                    toPath: scratch.path + "/learnt/\(number)b.\(ending)")
            }
        }
        let outcome = try Program.run(
            usual + judged + ["--trained-on", "learnt", "--json"], in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        struct Report: Decodable {
            struct Distance: Decodable { var size: Int }
            struct Copies: Decodable { var n: Int }
            struct Picture: Decodable { var real: String }
            var kernelDistance: Distance
            var kernelDistanceOfReal: Distance
            var memorisation: Copies
            var notMeasured: [[String: String]]
            var pictures: [Picture]
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let report = try decoder.decode(Report.self, from: Data(outcome.output.utf8))
        #expect(report.kernelDistance.size == 15 && report.kernelDistanceOfReal.size == 15)
        #expect(report.memorisation.n == 30 && report.notMeasured.isEmpty)
        for picture in report.pictures {
            let number = Int(picture.real.split(separator: "/").last!.dropLast(4))!
            #expect(number % 2 == 1, "\(picture.real)")
        }
        let same = try Program.run(
            usual + judged + ["--trained-on", "pictures"], in: scratch.path)
        #expect(same.status == 65 && same.errors.contains("none is held out"), "\(same.errors)")
    }

    @Test("Files that are broken are told, and the others measured")
    func broken() throws {
        let scratch = try scratch()
        for number in 0..<12 {
            try scratch.write(Data("none".utf8), to: "pictures/broken\(number).png")
        }
        let outcome = try Program.run(
            usual.filter { $0 != "--quiet" } + judged, in: scratch.path)
        #expect(outcome.status == 0 && outcome.errors.contains("12 broken"), "\(outcome.errors)")
    }

    @Test(
        "What does not go together is one line that says what is needed",
        arguments: [
            ([], 64, "--evaluator CLIP is needed"),
            (["--clip", "nowhere"], 66, "nowhere"),
            (["--count", "0"], 64, "--count 0"),
            (["--trained-on", "nowhere"], 66, "nowhere"),
        ] as [([String], Int32, String)])
    func refused(arguments: [String], status: Int32, words: String) throws {
        let scratch = try scratch()
        let clip = arguments.isEmpty || arguments[0] == "--clip" ? [] : judged
        let outcome = try Program.run(usual + clip + arguments, in: scratch.path)
        #expect(outcome.status == status)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        #expect(outcome.complaints.count == 1)
    }

    @Test("Several painters are compared on composed pictures only")
    func allOfAFolder() throws {
        let scratch = try scratch()
        let outcome = try Program.run(
            ["evaluate", "--all", "--report", "r", "--dataset", "pictures"], in: scratch.path)
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("--all needs a data set that pinxit dataset wrote"))
    }
}
