import Foundation
import PinxitImages
import PinxitTestSupport
import Testing

/// Models are found by name, by what they can, and by the environment.
@Suite struct ModelNameTests {
    /// A folder with `Models` of copies, each under its name.
    private func scratch(_ models: [String: String]) throws -> Scratch {
        let scratch = try Scratch()
        let shelf = "\(scratch.path)/Models"
        try FileManager.default.createDirectory(atPath: shelf, withIntermediateDirectories: true)
        for (name, fixture) in models {
            try FileManager.default.createSymbolicLink(
                atPath: "\(shelf)/\(name)", withDestinationPath: Fixture.path(fixture))
        }
        return scratch
    }

    static let quick = ["--steps", "1", "--quiet", "-o", "out.png"]

    @Test("A model is found by its name in Models")
    func byName() throws {
        let scratch = try scratch(["one": "tiny-pinxit", "two": "tiny-sd1"])
        let outcome = try Program.run(
            ["a cat", "-m", "one"] + Self.quick, in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let wrong = try Program.run(["a cat", "-m", "three"] + Self.quick, in: scratch.path)
        #expect(wrong.status == 66)
        #expect(wrong.complaints.count == 1 && wrong.errors.contains("one, two"), "\(wrong.errors)")
    }

    @Test("An empty PINXIT_MODEL is unset, and a wrong one is named")
    func environment() throws {
        let scratch = try scratch(["one": "tiny-pinxit"])
        let empty = try Program.run(
            ["a cat"] + Self.quick, in: scratch.path, environment: ["PINXIT_MODEL": ""])
        #expect(empty.status == 0, "\(empty.errors)")
        let wrong = try Program.run(
            ["a cat"] + Self.quick, in: scratch.path, environment: ["PINXIT_MODEL": "nowhere"])
        #expect(wrong.status == 66)
        #expect(wrong.errors.contains("PINXIT_MODEL nowhere"), "\(wrong.errors)")
    }

    @Test("vary takes the model that sees pictures, whatever else is there")
    func byAbility() throws {
        let scratch = try scratch(["a": "tiny-pinxit", "b": "tiny-unclip"])
        try Picture(width: 8, height: 8, color: [1, 2, 3]).write(to: "\(scratch.path)/x.png")
        for environment in [[:], ["PINXIT_MODEL": "a"]] {
            let outcome = try Program.run(
                ["vary", "x.png", "-c", "1"] + Self.quick, in: scratch.path,
                environment: environment)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
    }
}
