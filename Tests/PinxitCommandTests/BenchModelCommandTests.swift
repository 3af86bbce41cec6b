import Foundation
import PinxitFiles
import PinxitTestSupport
import Testing

@Suite struct BenchModelCommandTests {
    private let usual = [
        "bench", "model", "--model", Fixture.path("tiny-pinxit"), "--runs", "1",
    ]

    @Test func timesModelsThatRepaintToo() throws {
        let scratch = try Scratch()
        let model = try scratch.copy(of: "tiny-sd1")
        try FileManager.default.removeItem(atPath: "\(model)/unet")
        try FileManager.default.copyItem(
            atPath: Fixture.path("tiny-inpaint"), toPath: "\(model)/unet")
        let outcome = try Program.run(
            ["bench", "model", "--model", model, "--runs", "1", "--stage", "step"],
            in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test(
        "Times models that are told more than the text",
        arguments: ["tiny-sdxl", "tiny-refiner", "tiny-lcm"])
    func toldMore(model: String) throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["bench", "model", "--model", Fixture.path(model), "--runs", "1", "--stage", "step"],
            in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test("Two pictures together are twice the work")
    func together() throws {
        let scratch = try Scratch()
        let flop = try ["1", "2"].map { together -> Int in
            let outcome = try Program.run(
                usual + ["--json", "--together", together, "--stage", "step"], in: scratch.path)
            let report = try JSONValue(parsing: outcome.output)
            guard case .array(let stages)? = report["stages"],
                case .integer(let flop)? = stages.first?["flop"]
            else { throw UnexpectedOutput(outcome) }
            return flop
        }
        // What is made of the time is the same for both.
        #expect(flop[1] > flop[0] * 19 / 10 && flop[1] <= flop[0] * 2)
        let none = try Program.run(usual + ["--together", "0"], in: scratch.path)
        #expect(none.status == 64 && none.errors.contains("--together 0: 1 to 64 is accepted"))
    }

    private struct UnexpectedOutput: Error {
        let outcome: Program.Outcome
        init(_ outcome: Program.Outcome) { self.outcome = outcome }
    }

    @Test func countsEveryStage() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            usual + ["--json", "--trace", "trace.json", "--precision", "f32"], in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        struct Report: Decodable {
            struct Stage: Decodable {
                struct Row: Decodable {
                    var seconds: Double
                    var flop: Int
                }
                var stage: String
                var seconds: Double
                var flop: Int
                var operations: [Row]
            }
            var precision: String
            var stages: [Stage]
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
        #expect(report.precision == "f32")
        #expect(
            report.stages.map(\.stage) == ["text", "first guided step", "guided step", "decoding"])
        for stage in report.stages {
            #expect(stage.seconds > 0 && stage.flop > 0)
            #expect(stage.operations.reduce(0) { $0 + $1.flop } == stage.flop)
        }
        struct Trace: Decodable {
            struct Event: Decodable {
                var name: String
                var dur: Double
            }
            var traceEvents: [Event]
        }
        let trace = try JSONDecoder().decode(Trace.self, from: try scratch.read("trace.json"))
        #expect(trace.traceEvents.contains { $0.name == "mid_block.resnets.0.conv1.weight" })
    }

    @Test func printsTables() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(usual + ["--size", "64x32"], in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines.contains { $0.hasPrefix("guided step:") && $0.contains("GFLOP/s") })
        #expect(outcome.lines.contains { $0.contains("convolution 3x3") })
    }

    @Test func noRunsAreRefused() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(usual + ["--runs", "0"], in: scratch.path)
        #expect(outcome.status == 64 && outcome.complaints.count == 1)
    }
}
