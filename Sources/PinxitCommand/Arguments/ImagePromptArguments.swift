import ArgumentParser
import Pinxit
import PinxitImages

/// A picture as a prompt, in every command that paints from words.
struct ImagePromptArguments: ParsableArguments {
    @Option(
        name: RequestOptions.imagePrompt.names,
        help: ArgumentHelp(RequestOptions.imagePrompt.help, valueName: "picture"))
    var imagePrompt: String?

    @Option(RequestOptions.imagePromptScale)
    var imagePromptScale: Double?

    /// Puts it into a request.
    ///
    /// - Parameter adapter: What sees it.
    func complete(
        _ request: inout PaintRequest, _ adapter: IPAdapterArgument?, _ pictures: PictureArguments
    ) throws {
        if let imagePrompt {
            guard adapter != nil else { throw UsageError("--image-prompt goes with --ip-adapter") }
            request.diffusion.imagePrompt.picture = try pictures.read(imagePrompt)
        }
        if let scale = imagePromptScale ?? adapter?.scale {
            request.diffusion.imagePrompt.scale = scale
        }
    }
}

/// A value of `--ip-adapter`: `FILE` or `FILE:SCALE`.
struct IPAdapterArgument {
    let path: String
    let scale: Double?

    init(_ text: String) {
        let (parts, numbers) = numbersBehindPath(text, atMost: 1)
        (path, scale) = (parts.joined(separator: ":"), numbers.first)
    }
}
