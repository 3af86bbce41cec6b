import ArgumentParser
import Pinxit
import PinxitFiles
import PinxitImages

/// A value of `--controlnet`: `PATH`, `PATH:SCALE`, `PATH:SCALE:START` or `PATH:SCALE:START:END`.
struct ControlNetArgument {
    /// As it was typed, without numbers.
    let name: String
    let path: String
    let scale: Double
    let part: ClosedRange<Double>

    init(_ text: String) throws {
        let (parts, numbers) = numbersBehindPath(text, atMost: 3)
        let (start, end) = (
            numbers.count > 1 ? numbers[1] : 0, numbers.count > 2 ? numbers[2] : 1
        )
        let name = parts.joined(separator: ":")
        // What stands behind a file that is there is no number.
        let isWrong = parts.indices.dropFirst().contains {
            fileExists(parts[..<$0].joined(separator: ":"))
        }
        guard !name.isEmpty, !isWrong || fileExists(name), (0...1).contains(start),
            (0...1).contains(end), start < end
        else {
            throw UsageError(
                "--controlnet \(text): PATH, PATH:SCALE, PATH:SCALE:START or PATH:SCALE:START:END "
                    + "is accepted, with numbers such as 0.8:0:0.5")
        }
        self.name = name
        path = try ModelSearch.part(name, .controlNet)
        scale = numbers.first ?? 1
        part = start...end
    }
}

/// The pictures that ControlNets hold a painting to.
struct ControlArguments: ParsableArguments {
    @Option(
        name: RequestOptions.controls.names,
        help: ArgumentHelp(RequestOptions.controls.help, valueName: "file"))
    var control: [String] = []

    @Option(
        help: ArgumentHelp(
            "What is made of it before: none, canny for its edges, or inpaint, without what the mask "
                + "repaints (default: none).",
            discussion: "Once for all pictures, or for each in their order."))
    var controlPrepare: [ControlPreparation] = []

    @Option(help: "Below how much change there is no edge, 0 to 10000 (default: 100).")
    var cannyLow: Double?

    @Option(help: "From how much change on there is one in any case (default: 200).")
    var cannyHigh: Double?

    @Flag(help: ArgumentHelp(RequestOptions.guessMode.help))
    var guessMode = false

    /// Puts them into a request.
    ///
    /// - Parameters:
    ///   - nets: What follows them.
    ///   - usual: What one net follows where no picture is given.
    ///   - carried: What they follow in the picture that is painted again.
    func complete(
        _ request: inout PaintRequest, nets: [ControlNetArgument], _ pictures: PictureArguments,
        usual: Picture? = nil, carried: [CarriedControl] = []
    ) throws {
        try check(nets)
        guard !nets.isEmpty else { return }
        var all = try control.map { try pictures.read($0) }
        if all.isEmpty, let usual { all = nets.map { _ in usual } }
        guard all.count == nets.count else {
            throw UsageError(
                "--controlnet \(nets[0].path): --control names a picture for each; there are "
                    + "\(nets.count) of one and \(all.count) of the other")
        }
        let preparations = try preparations(all.count, carried)
        request.diffusion.controls = all.indices.map {
            Control(
                all[$0], preparation: preparations[$0], scale: nets[$0].scale, part: nets[$0].part)
        }
        if guessMode { request.diffusion.guessMode = true }
    }

    private func check(_ nets: [ControlNetArgument]) throws {
        for (name, isGiven) in [
            ("--control", !control.isEmpty), ("--control-prepare", !controlPrepare.isEmpty),
            ("--guess-mode", guessMode),
        ] where isGiven && nets.isEmpty {
            throw UsageError("\(name) goes with --controlnet")
        }
        for (name, isGiven) in [
            ("--canny-low", cannyLow != nil), ("--canny-high", cannyHigh != nil),
        ]
        where isGiven && !controlPrepare.contains(.canny) {
            throw UsageError("\(name) goes with --control-prepare canny")
        }
    }

    private func preparations(
        _ count: Int, _ carried: [CarriedControl]
    ) throws -> [Control.Preparation] {
        if controlPrepare.isEmpty, carried.count == count { return carried.map(\.preparation) }
        guard controlPrepare.count <= 1 || controlPrepare.count == count else {
            throw UsageError(
                "--control-prepare: \(controlPrepare.count) for \(count) pictures; one, or one for "
                    + "each, is accepted")
        }
        return (0..<count).map { index in
            let kind = controlPrepare.count > 1 ? controlPrepare[index] : controlPrepare.first
            return switch kind ?? .none {
            case .none: .none
            case .canny: .canny(low: cannyLow ?? 100, high: cannyHigh ?? 200)
            case .inpaint: .inpaint
            }
        }
    }
}

/// What may be made of a picture before a ControlNet sees it.
enum ControlPreparation: String, ExpressibleByArgument, CaseIterable {
    case none, canny, inpaint
}
