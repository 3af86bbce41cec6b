import Foundation
import Pinxit
import PinxitImages
import PinxitTestSupport
import Testing

/// A distilled model, from the command that trains it to a picture.
@Suite struct DistillationCommandTests {
    @Test("A distilled folder paints in four steps without guidance, and nobody has to say so")
    func paintsWithoutOptions() throws {
        let scratch = try Scratch()
        try scratch.writeToys()
        let recipe = """
            {"task": {"teacher": "\(Fixture.path("tiny-pinxit"))", "teacher_steps": [2, 1, 1, 1]},
             "optimisation": {"samples": 8, "batch": 4, "learning_rate": 1e-3, "warm_up": 1}}
            """
        try scratch.write(Data(recipe.utf8), to: "distillation.json")
        let trained = try Program.run(
            [
                "train", "distillation", "--config", "distillation.json", "--dataset", "toys",
                "--model", "fast", "--quiet",
            ], in: scratch.path)
        try #require(trained.status == 0, "\(trained.errors)")
        let painted = try Program.run(
            ["a red apple", "--model", "fast", "-o", "a.png", "--json", "--quiet"],
            in: scratch.path)
        try #require(painted.status == 0, "\(painted.errors)")
        struct Report: Decodable { let request: PaintRequest }
        let report = try JSONDecoder().decode(Report.self, from: Data(painted.output.utf8))
        #expect(report.request.diffusion.steps == 4)
        #expect(report.request.guidanceScale == 1)
        #expect(try Picture(file: "\(scratch.path)/a.png").width > 0)
    }

    @Test("A teacher that is not there is named, and nothing is left")
    func missingTeacher() throws {
        let scratch = try Scratch()
        try scratch.writeToys()
        let before = scratch.files
        let outcome = try Program.run(
            [
                "train", "distillation", "--dataset", "toys", "--model", "fast", "--quiet", "--set",
                "task.teacher=nowhere",
            ], in: scratch.path)
        #expect(outcome.status == 66 && outcome.complaints.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("task.teacher nowhere: is no model; "))
        #expect(scratch.files == before)
    }
}
