import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitStableDiffusion
import PinxitTensors

/// The files of a painter that takes pictures as prompts.
public struct ImagePromptParts: Sendable, Equatable {
    /// The file of an IP-Adapter or IP-Adapter Plus.
    public var adapter: String
    /// The folder of the image encoder it goes with: `config.json` and weights of transformers'
    /// `CLIPVisionModelWithProjection`.
    public var encoder: String

    /// - Parameter encoder: Nil is the folder `image_encoder` beside the adapter.
    public init(adapter: String, encoder: String? = nil) {
        self.adapter = adapter
        self.encoder = encoder ?? adapter.parentPath.path("image_encoder")
    }

    /// - Throws: `FileError` where one of them is not there.
    func check() throws(FileError) {
        guard fileSize(adapter) != nil else {
            throw FileError(
                path: adapter,
                problem: (fileExists(adapter) ? "is no file" : "is not there")
                    + "; an IP-Adapter's file is accepted", access: .reading)
        }
        guard fileExists(encoder.path("config.json")) else {
            throw FileError(
                path: encoder,
                problem: "is no folder of an image encoder, which the IP-Adapter needs: "
                    + "config.json is looked for (--image-encoder)", access: .reading)
        }
    }
}

/// An IP-Adapter with its image encoder.
struct PicturePrompter: Sendable {
    let adapter: IPAdapter
    private let encoder: ProjectedVisionModel

    /// - Throws: `FileError` for files that are wrong, or do not fit the model or each other;
    ///   `PaintError` for a model that takes no such thing.
    init(_ parts: ImagePromptParts, for model: LatentDiffusion, _ options: LoadOptions) throws {
        guard model.task != .instruction else {
            throw PaintError.request(
                field: RequestOptions.imagePrompt.name,
                problem: "a model that changes pictures by instruction takes no IP-Adapter")
        }
        try parts.check()
        // LoRAs and words are for the model.
        let own = LoadOptions(isStreamed: options.isStreamed, variant: options.variant)
        defer { for note in own.notes.all { options.notes.add(note) } }
        encoder = try ProjectedVisionModel(
            folder: parts.encoder, preprocessor: parts.encoder, own)
        adapter = try IPAdapter.load(
            parts.adapter, for: model, encoder: (encoder.features, encoder.stateWidth), own)
    }

    /// A picture as a prompt. On the engine's thread.
    func prompt(
        _ options: ImagePromptOptions, _ model: LatentDiffusion, _ type: ElementType
    ) -> ImagePrompt? {
        guard let picture = options.picture else { return nil }
        let (own, none): (Tensor, Tensor)
        if adapter.seesPatches {
            own = encoder.states(pictures: [picture], type: type)
            none = encoder.statesOfNothing(type: type)
        } else {
            own = encoder.embed(pictures: [picture], type: type).cast(to: type)
            none = own * 0
        }
        return ImagePrompt(adapter, for: model, own: own, none: none, scale: options.scale ?? 1)
    }
}

extension LatentDiffusionFamily {
    /// What the request shows the IP-Adapter, complete; nothing for a painter without one.
    func imagePrompt(_ asked: ImagePromptOptions) throws(PaintError) -> ImagePromptOptions {
        guard prompter != nil else {
            guard asked.picture == nil, asked.scale == nil else {
                throw .request(
                    field: RequestOptions.imagePrompt.name, problem: "the painter has no IP-Adapter"
                )
            }
            return asked
        }
        guard let picture = asked.picture else {
            throw .request(
                field: RequestOptions.imagePrompt.name,
                problem: "the painter's IP-Adapter is shown nothing; a picture is accepted")
        }
        return ImagePromptOptions(picture: picture, scale: asked.scale ?? 1)
    }
}
