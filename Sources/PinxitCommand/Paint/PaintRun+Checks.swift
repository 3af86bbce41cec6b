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
        if let explain = output.explain { try checkWritable(explain.path("index.html")) }
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

    /// Refuses what shall have another picture's layout before that one is painted.
    func checkLayouts(
        _ jobs: [(request: PaintRequest, loras: [LoRA])], _ painter: Painter
    ) throws {
        for job in jobs where job.request.diffusion.layout.sentence != nil {
            _ = try painter.resolved(job.request)
        }
    }

    /// The longest that is put behind a name.
    private var longestSuffix: String {
        output.previews != nil ? "-step100000" : output.grid ? "-grid" : ""
    }
}
