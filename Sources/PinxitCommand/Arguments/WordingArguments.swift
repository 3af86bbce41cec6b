import ArgumentParser
import Pinxit

/// What is made of a prompt before it is painted.
struct WordingArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Let the seed choose: {red|blue} a word, __animal__ a line of animal.txt in this folder.",
            valueName: "folder"))
    var wildcards: String?

    @Option(
        help: ArgumentHelp(
            "Put the prompt into this style of --styles; may be repeated.", valueName: "name"))
    var style: [String] = []

    @Option(
        help: ArgumentHelp(
            "The file of styles, as AUTOMATIC1111's web UI keeps it (default: styles.csv).",
            valueName: "file"))
    var styles: String?

    /// The requests that one stands for: each picture has choices of its own.
    ///
    /// - Throws: `FileError` or `PaintError.request` for a style or a choice that is not there.
    func requests(_ request: PaintRequest) throws -> [PaintRequest] {
        var styled = request
        if !style.isEmpty {
            styled = try PromptStyles(file: styles ?? "styles.csv").applied(style, to: request)
        } else if let styles {
            throw UsageError("--styles \(styles) goes with --style")
        }
        return try chosen(styled).map { one in
            var one = one
            if one.prompt != request.prompt { one.originalPrompt = request.prompt }
            return one
        }
    }

    /// What becomes of choices that nobody makes.
    func notes(about requests: [PaintRequest]) -> [String] {
        let choice = requests.lazy.compactMap { Wildcards.firstChoice(in: $0.prompt) }.first
        guard wildcards == nil, let choice else { return [] }
        return ["\(choice) is read as words; with --wildcards FOLDER the seed chooses"]
    }

    private func chosen(_ request: PaintRequest) throws -> [PaintRequest] {
        guard let wildcards else { return [request] }
        let folder = Wildcards(folder: wildcards)
        let seed = request.seed ?? UInt32.random(in: 0...UInt32.max)
        let first = try folder.resolved(request.prompt, seed: seed)
        guard first != request.prompt, RequestOptions.counts.contains(request.count) else {
            return [request]
        }
        return try (0..<request.count).map { number in
            var one = request
            let own = seed &+ UInt32(truncatingIfNeeded: number)
            (one.seed, one.count) = (own, 1)
            one.prompt = try folder.resolved(request.prompt, seed: own)
            return one
        }
    }
}
