import ArgumentParser
import Pinxit

/// The options of `pinxit paint` for models that draw tokens.
struct TokenArguments: ParsableArguments {
    @Option(help: "Above 1 draws are bolder, below 1 safer; 0 takes the likeliest (default: 1).")
    var temperature: Double?

    @Option(help: "Draw from the fewest tokens that have this probability (default: 0.95).")
    var topP: Double?

    @Option(help: "Draw from so many of the likeliest tokens (default: all).")
    var topK: Int?

    @Option(
        help: "Draw so many pictures for each and keep the one CLIP finds nearest (default: 1).")
    var candidates: Int?

    @Option(help: "A picture, PNG or JPEG, to complete downwards.")
    var complete: String?

    @Option(help: "What is kept of it: rows of tokens, or a share below 1 (default: 0.5).")
    var keepRows: Double?

    /// nil if none is given.
    var options: TokenOptions? {
        let options = TokenOptions(
            temperature: temperature, topP: topP, topK: topK, candidates: candidates,
            complete: complete, keepRows: keepRows)
        return options == TokenOptions() ? nil : options
    }
}
