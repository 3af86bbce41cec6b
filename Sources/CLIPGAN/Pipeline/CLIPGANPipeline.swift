import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

// Legend: B batch, N numbers of noise, D features of an embedding.

/// A CLIP-conditioned GAN ready to paint: the generator and the CLIP it was trained with.
public struct CLIPGANPipeline: Sendable {
    /// Gives the texts' embeddings, and ranks what was painted.
    public let clip: CLIP
    /// Noise and embeddings to pictures.
    public let generator: Generator

    /// The `_class_name` in `model_index.json` that such a folder is known by.
    public static let className = "PinxitCLIPGANPipeline"

    /// What `model_index.json` says of such a folder.
    public static let modelIndex: JSONValue = [
        "_class_name": .string(className), "clip": ["pinxit", "CLIP"],
        "generator": ["pinxit", "CLIPGANGenerator"],
    ]

    /// Loads a folder with `generator/` and `clip/`.
    ///
    /// - Throws: `FileError` for the file and field that is wrong, or files that do not fit
    ///   together.
    public init(folder: String, _ options: LoadOptions = LoadOptions()) throws {
        clip = try CLIP(folder: folder.path("clip"), options)
        let component = try Component(path: folder.path("generator"))
        let configuration = try GeneratorConfiguration(component.config)
        generator = try component.model(options, build: { Generator($0, configuration) })
        try check(folder: folder)
    }

    /// Every precondition of a forward pass that one part has of another.
    private func check(folder: String) throws(FileError) {
        try PartsFit(folder: folder).equal(
            "text_size of generator/config.json", generator.configuration.textSize,
            "features that clip/ gives", clip.model.projectionSize)
    }

    /// Paints with noise made smaller: nearer to what the generator has seen most of, and less
    /// varied (the truncation trick of Brock et al. 2019).
    ///
    /// - Parameters:
    ///   - noise: `[B, N]`, standard normal, in f32.
    ///   - text: CLIP's embeddings, `[B, D]` in f32, rows of length one.
    ///   - truncation: What the noise is multiplied by.
    /// - Returns: `[B, side, side, 3]` in f32, about in [-1, 1].
    public func paint(
        noise: Tensor, text: Tensor, truncation: Float, type: ElementType
    ) -> Tensor {
        generator(noise: noise * truncation, text: text, type: type)
    }
}
