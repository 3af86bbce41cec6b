import ArgumentParser
import Pinxit
import PinxitFiles

/// `pinxit models pack`: a model's weights as this processor multiplies them, kept in a file.
struct ModelsPackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pack",
        abstract: "Keeps a model's weights in the order this processor multiplies them in.",
        discussion: """
            A model's first step brings its weights into that order, which takes longer than the \
            step itself: with one step a picture that is most of the time. What is kept lies in \
            ~/.cache/pinxit/packed, takes about two bytes a parameter, and is found by itself \
            whenever the model paints at that size, in that precision and with guidance or without. \
            Packing for other sizes or precisions adds to it. It is passed over once the model's \
            files have changed. Pictures are the same. Only latent diffusion is packed.
            """)

    @Argument(help: "A model's folder, single file or name.")
    var model: String?

    @Option(help: "WIDTHxHEIGHT of the pictures (default: the model's own).")
    var size: String?

    @Option(RequestOptions.precision)
    var precision: Precision?

    @Option(
        name: .customLong("cfg-scale"),
        help: "The guidance scale they will be painted with; 1 is none (default: the model's).")
    var guidanceScale: Double?

    @Option(help: "The decoder they will be painted with: a folder, file or name.")
    var vae: String?

    @Option(help: "The U-Net they will be painted with: a folder, file or name.")
    var unet: String?

    @Flag(help: "Remove all that is kept, of every model.")
    var remove = false

    func run() async throws {
        try await reportingErrors {
            if remove {
                guard model == nil else { throw UsageError("--remove takes no model") }
                return try PackedModel.removeAll()
            }
            guard let model else {
                throw UsageError("a model is needed: pinxit models pack MODEL")
            }
            let path = try ModelSearch.named(model, by: "MODEL")
            let files = try await PackedModel.make(
                of: path, decoder: try vae.map { try ModelSearch.part($0, .autoencoder) },
                unet: try unet.map { try ModelSearch.part($0, .unet) }, for: request())
            for file in files {
                print("\(file.path): \(decimal(Double(file.byteCount) / 1e6, 1)) MB")
            }
            guard !files.isEmpty else {
                throw FileError(
                    path: path,
                    problem: "has no weights that this processor multiplies in another order")
            }
        }
    }

    private func request() throws -> PaintRequest {
        var request = PaintRequest(
            prompt: "a picture", guidanceScale: guidanceScale, seed: 1, precision: precision)
        let size = try parsedSize(size)
        (request.width, request.height) = (size?.width, size?.height)
        return request
    }
}
