import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

/// A CLIP-conditioned GAN ready to paint: the generator and the CLIP it was trained with.
public struct CLIPGANPipeline: Sendable {
    public let clip: CLIP
    public let generator: Generator

    public static let className = "PinxitCLIPGANPipeline"

    /// What `model_index.json` says of such a folder.
    public static let modelIndex: JSONValue = [
        "_class_name": .string(className), "clip": ["pinxit", "CLIP"],
        "generator": ["pinxit", "CLIPGANGenerator"],
    ]

    /// Loads a folder with `generator/` and `clip/`.
    ///
    /// - Parameter isStreamed: Whether the generator's weights are packed anew for every use.
    /// - Throws: `FileError` for the file and field that is wrong.
    public init(folder: String, isStreamed: Bool = false) throws {
        clip = try CLIP(folder: folder + "/clip")
        let component = try ComponentFolder(path: folder + "/generator")
        let configuration = try GeneratorConfiguration(component.config)
        guard configuration.textSize == clip.model.projectionSize else {
            throw FileError(
                path: component.path + "config.json", field: "text_size",
                problem: "\(configuration.textSize) is not what clip/ gives; "
                    + "\(clip.model.projectionSize) is accepted")
        }
        generator = try component.model(
            isStreamed: isStreamed, build: { Generator($0, configuration) })
    }

    /// Paints with noise made smaller: nearer to what the generator has seen most of, and less varied (the truncation trick
    /// of Brock et al. 2019). Otherwise as ``Generator/callAsFunction(noise:text:type:)``.
    public func paint(noise: Tensor, text: Tensor, truncation: Float, type: ElementType)
        -> Tensor
    {
        generator(noise: noise * truncation, text: text, type: type)
    }
}
