import ArgumentParser
import Pinxit

/// `pinxit models convert`: a folder from a file, a file from a folder, or another type.
struct ModelsConvertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Writes a Stable Diffusion in another layout or type.",
        discussion: """
            A name that ends in .safetensors is one file in the layout of Stable Diffusion's first \
            release, which other programs call a checkpoint; any other is a folder as diffusers has \
            them. Nothing is replaced.
            """)

    @Argument(help: "A model's folder, single file or name.")
    var model: String

    @Argument(help: "The folder or .safetensors file to write.")
    var output: String

    @Option(help: "f32, f16 or bf16.")
    var type = "f16"

    func run() async throws {
        try await reportingErrors {
            let output = try ConversionOutput(output, type: type)
            let folder = try stableDiffusion(model, by: "MODEL")
            try await output.write(folder, words: folder.words)
        }
    }
}
