import ArgumentParser
import Pinxit
import PinxitFiles
import PinxitStableDiffusion
import PinxitTensors

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
            let types: [String: ElementType] = ["f32": .f32, "f16": .f16, "bf16": .bf16]
            guard let element = types[type] else {
                throw UsageError("--type \(type): f32, f16, bf16 are accepted")
            }
            let others = [".ckpt", ".pt", ".bin", ".gguf", ".pth"]
            let lowered = output.lowercased()
            guard !output.isEmpty, output != "-", !others.contains(where: lowered.hasSuffix) else {
                throw UsageError(
                    "OUTPUT \(output): a name that ends in .safetensors, or one of a folder, is "
                        + "accepted")
            }
            guard !fileExists(output) else {
                throw UsageError("\(output): is there already; nothing is replaced")
            }
            let folder = try ModelFolder(try ModelSearch.named(model, by: "MODEL"))
            guard folder.pipeline.isStableDiffusion else {
                throw PaintError.model(
                    path: folder.path, problem: "is no Stable Diffusion, which alone is converted")
            }
            let isFile = lowered.hasSuffix(".safetensors")
            try await Engine.turn { [output] in
                let conversion = ModelConversion(folder.source, type: element)
                try isFile ? conversion.writeFile(output) : conversion.writeFolder(output)
            }
            print(output)
        }
    }
}
