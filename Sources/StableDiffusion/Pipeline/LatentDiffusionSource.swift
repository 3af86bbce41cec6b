import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitSamplers
import PinxitTokenizers

/// Where the parts of a latent diffusion model come from.
package protocol LatentDiffusionSource: Sendable {
    /// The folder or the file, for messages.
    var path: String { get }
    /// Whether there is a component of that name.
    func has(_ component: String) -> Bool
    /// A component, such as `unet`, `text_encoder_2` or `vae`.
    func component(_ name: String) throws(FileError) -> Component
    /// The tokenizer of a text encoder: `tokenizer` or `tokenizer_2`.
    func tokenizer(_ name: String) throws -> CLIPTokenizer
    /// The schedule, before what pipelines force of it.
    func scheduler() throws(FileError) -> SchedulerConfiguration
    /// The folder that a tokenizer is read from; nil for the program's own.
    func tokenizerFolder(_ name: String) -> String?
    /// The schedule's file; nil where there is none.
    func schedulerJSON() throws(FileError) -> JSONValue?
    /// The sizes of the U-Net, without reading weights.
    func outline() throws(FileError) -> UNetOutline
    /// Whether no text to lead away from is zeros rather than an empty text; SDXL's rule.
    func forcesZerosForEmptyPrompt() throws(FileError) -> Bool
    /// Whether an instruction's picture is scaled beside the latents as these are (CosXL Edit).
    func scalesPicture() throws(FileError) -> Bool
}

/// A folder in the diffusers layout.
package struct DiffusersFolder: LatentDiffusionSource {
    package let path: String

    package init(_ path: String) { self.path = path }

    package func has(_ component: String) -> Bool {
        fileExists(path.path("\(component)/config.json"))
    }

    package func component(_ name: String) throws(FileError) -> Component {
        try Component(path: path.path(name))
    }

    package func tokenizer(_ name: String) throws -> CLIPTokenizer {
        try CLIPTokenizer(folder: path.path(name))
    }

    package func scheduler() throws(FileError) -> SchedulerConfiguration {
        try SchedulerConfiguration(
            file: path.path("scheduler/scheduler_config.json"), className: try schedulerClass())
    }

    package func tokenizerFolder(_ name: String) -> String? { path.path(name) }

    package func schedulerJSON() throws(FileError) -> JSONValue? {
        try JSONFile.read(path.path("scheduler/scheduler_config.json")).value
    }

    package func forcesZerosForEmptyPrompt() throws(FileError) -> Bool {
        guard let index = try index() else { return true }
        return try index["force_zeros_for_empty_prompt"].bool(or: true)
    }

    package func scalesPicture() throws(FileError) -> Bool {
        try index()?["is_cosxl_edit"].bool(or: false) ?? false
    }

    package func outline() throws(FileError) -> UNetOutline {
        UNetOutline(try UNetConfiguration(try JSONFile.read(path.path("unet/config.json"))))
    }

    private func index() throws(FileError) -> JSONField? {
        let file = path.path("model_index.json")
        return fileExists(file) ? try JSONFile.read(file) : nil
    }

    /// The class that `model_index.json` names, as in `["diffusers", "DDIMScheduler"]`.
    private func schedulerClass() throws(FileError) -> String? {
        guard let entry = try index()?["scheduler"], entry.exists,
            let name = try entry.array().last,
            name.exists
        else { return nil }
        return try name.string()
    }
}
