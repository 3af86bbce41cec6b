import FoundationEssentials
import Pinxit
import PinxitFiles

/// What is refused before a model is loaded.
extension PaintRun {
    /// Fails early where something could not be written.
    func checkOutputs(_ pattern: OutputPattern) throws {
        guard !pattern.isGIF || output.previews == nil else {
            throw UsageError("--previews are no .gif files; --output with a .png is accepted")
        }
        for request in requests where !output.isPiped {
            try pattern.check(
                prompt: request.shown, suffix: longestSuffix,
                count: output.grid ? 1 : request.count)
        }
        guard let path = output.dumpLatents else { return }
        guard
            !pattern.isLiteral || isStream(path)
                || URL(filePath: path).standardized != URL(filePath: pattern.text).standardized
        else {
            throw UsageError("--dump-latents \(path): the picture gets that name; choose another")
        }
        do {
            try checkWritable(path)
        } catch {
            throw OutputError("--dump-latents \(error)")
        }
    }

    /// The longest that is put behind a name.
    private var longestSuffix: String {
        output.previews != nil ? "-step100000" : output.grid ? "-grid" : ""
    }
}
