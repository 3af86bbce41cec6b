import Pinxit
import Testing

@testable import PinxitCommand

/// The values of a plot's axis, in the web UI's syntax.
@Suite struct PlotValuesTests {
    @Test(
        arguments: [
            ("4,8,16", OptionKind.whole, ["4", "8", "16"]),
            ("1-5", .whole, ["1", "2", "3", "4", "5"]),
            ("1..3", .whole, ["1", "2", "3"]), ("1-5 (+2)", .whole, ["1", "3", "5"]),
            ("10-5 (-3)", .whole, ["10", "7"]), ("5-3", .whole, ["5", "4", "3"]),
            // int() of numpy's linspace(1, 10, 5), as the web UI's own example has it.
            ("1-10 [5]", .whole, ["1", "3", "5", "7", "10"]), ("1..9[3]", .whole, ["1", "5", "9"]),
            ("0-1 [3]", .decimal, ["0", "0.5", "1"]), ("1..9[3]", .decimal, ["1", "5", "9"]),
            ("0.1-0.3 (+0.1)", .decimal, ["0.1", "0.2", "0.3"]), ("-2--1", .whole, ["-2", "-1"]),
            ("1, 3-4,9", .whole, ["1", "3", "4", "9"]), ("7.5", .decimal, ["7.5"]),
            ("1-2", .text, ["1-2"]), (#""a, b",c"#, .text, ["a, b", "c"]),
            ("1..1[1]", .whole, ["1"]),
            // What is no range is a value, which the option refuses.
            (
                "99999999999999999999..99999999999999999999", .whole,
                ["99999999999999999999..99999999999999999999"]
            ),
        ] as [(String, OptionKind, [String])])
    func listsAndRanges(_ text: String, _ kind: OptionKind, _ values: [String]) throws {
        #expect(try PlotValues.read(text, kind, axis: "x") == values)
    }

    @Test(arguments: [
        "", "1,,2", "1-5 (-1)", "1-5 (0)", "1-1000000", "1..9[0]", "1..9[201]", "1-5 (x)", "\"a",
        "1-9 (1e-300)", "1-99999999999999999999[3]",
    ])
    func whatIsNoRangeIsRefused(_ text: String) {
        #expect(throws: UsageError.self) { try PlotValues.read(text, .whole, axis: "x") }
    }

    @Test(arguments: [
        ("cfg=1..9[3]", "cfg"), ("CFG Scale=7", "guidance scale"), ("clip_skip=1", "clip skip"),
        ("Sampler=Euler a", "sampler"), ("seed=1-3", "seed"), ("prompt=a,b", "prompt"),
    ])
    func axesAreOptionsByAnyOfTheirNames(_ text: String, _ name: String) throws {
        #expect(try PlotAxis(text, side: "--x").name == name)
    }

    @Test func aValueIsPutIn() throws {
        func applied(_ axis: String, _ value: String, _ prompt: String = "a red cat") throws
            -> PaintRequest
        {
            try PlotAxis(axis, side: "--x").applied(
                value, to: (PaintRequest(prompt: prompt), nil)
            )
            .request
        }
        #expect(try applied("cfg=1", "4.5").guidanceScale == 4.5)
        let sampler = try applied("sampler=x", "DPM++ 2M Karras").diffusion
        #expect(sampler.sampler == .dpmpp2M && sampler.schedule == .karras)
        #expect(try applied("prompt=red,blue", "blue").prompt == "a blue cat")
        #expect(try applied("size=x", "64x32").width == 64)
        for (axis, value) in [("prompt=green,blue", "blue"), ("steps=1", "0"), ("size=x", "y")] {
            #expect(throws: UsageError.self) { try applied(axis, value) }
        }
        let error = #expect(throws: UsageError.self) { try PlotAxis("stebs=1", side: "--x") }
        #expect(error?.description.contains("is steps meant?") == true)
        #expect(throws: UsageError.self) { try PlotAxis("control=a.png", side: "--x") }
    }
}
