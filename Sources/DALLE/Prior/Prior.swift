import PinxitCheckpoints
import PinxitFiles
import PinxitSamplers
import PinxitTensors

/// A prior with its scheduler: from texts to picture embeddings.
public struct Prior: Sendable {
    /// The network, with the normaliser of its embeddings.
    public let transformer: PriorTransformer
    /// How its embeddings are drawn.
    public let scheduler: PriorScheduler

    /// - Precondition: the scheduler is that of the transformer's training; nothing tells them
    ///   apart.
    public init(_ transformer: PriorTransformer, _ scheduler: PriorScheduler) {
        self.transformer = transformer
        self.scheduler = scheduler
    }

    /// Loads `prior/` and `prior_scheduler/` of a model folder.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    public static func load(
        folder: String, _ options: LoadOptions = LoadOptions()
    ) throws(FileError) -> Prior {
        Prior(
            try PriorTransformer.load(folder: folder.path("prior"), options),
            try PriorScheduler(
                try JSONFile.read(folder.path("prior_scheduler/scheduler_config.json"))))
    }

    /// Draws the embedding of a picture for each text.
    ///
    /// - Parameters:
    ///   - texts: The texts, embedded.
    ///   - empty: The empty text as often, which guidance leads away from.
    ///   - guidance: 1 or less is none.
    ///   - drawing: Draws standard normal noise `[batch, features]`: to start from, then for every
    ///     step but the last.
    /// - Returns: `[batch, features]` in f32, on CLIP's own scale.
    public func embeddings(
        _ texts: EmbeddedTexts, empty: EmbeddedTexts, guidance: Float, steps: Int,
        drawing: () -> Tensor
    ) throws -> Tensor {
        func network(_ texts: EmbeddedTexts) -> Network {
            { [transformer] x, timestep in
                transformer(
                    x, timesteps: [Float](repeating: timestep, count: x.shape[0]), texts: texts)
            }
        }
        let given = guidance > 1 ? guided(guidance, network(empty.joined(texts))) : network(texts)
        let clean = try scheduler.sample(
            from: drawing(), steps: steps, drawing: drawing, network: given)
        return transformer.normaliser.unscale(clean)
    }
}
