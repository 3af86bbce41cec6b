import ArgumentParser
import Pinxit

/// The options of models that draw tokens.
struct TokenArguments: ParsableArguments {
    @Option(RequestOptions.temperature)
    var temperature: Double?

    @Option(RequestOptions.topP)
    var topP: Double?

    @Option(RequestOptions.topK)
    var topK: Int?

    @Option(RequestOptions.candidates)
    var candidates: Int?

    @Option(
        name: RequestOptions.complete.names, help: ArgumentHelp(RequestOptions.complete.help))
    var complete: String?

    @Option(RequestOptions.keepRows)
    var keepRows: Double?

    /// - Throws: `ImageError` for a picture that cannot be read.
    func options(_ pictures: PictureArguments) throws -> TokenOptions {
        TokenOptions(
            temperature: temperature, topP: topP, topK: topK, candidates: candidates,
            complete: try complete.map { try pictures.read($0) }, keepRows: keepRows)
    }
}
