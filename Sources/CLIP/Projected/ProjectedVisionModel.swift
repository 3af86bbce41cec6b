import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitLayers
import PinxitTensors

/// CLIP's image tower with its projection alone, transformers' `CLIPVisionModelWithProjection`;
/// nothing is scaled to length one.
public struct ProjectedVisionModel: Sendable {
    let tower: CLIPVisionModel
    let projection: Linear
    let preprocessing: PicturePreprocessing

    /// Features of an embedding.
    public var features: Int { projection.weight.shape[0] }

    /// Loads `image_encoder/` of a diffusers model, or the image side of a whole CLIP, and
    /// `feature_extractor/` where there is one.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    public init(
        folder: String, preprocessor: String, _ options: LoadOptions = LoadOptions()
    ) throws {
        let component = try Component(path: folder)
        let (whole, own) = (component.config, component.config["vision_config"])
        let sizes = own.exists ? own : whole
        let c = try CLIPVisionConfiguration(sizes)
        // Of a whole CLIP the matrix has the size that both sides share.
        let features = try whole["projection_dim"].size(
            or: try sizes["projection_dim"].size(or: 512))
        preprocessing = try PicturePreprocessing(
            transformersFolder: preprocessor, side: c.imageSize)
        (tower, projection) = try component.model(
            options,
            isIgnored: {
                $0.hasSuffix("position_ids") || $0.hasPrefix("text_") || $0 == "logit_scale"
            },
            renamed: {
                let isWhole = $0.hasPrefix("vision_model.") || $0.hasPrefix("visual_projection.")
                return isWhole || CLIPTextModel.isOfWholeCLIP($0) ? $0 : "vision_model.\($0)"
            },
            build: { w in
                (
                    CLIPVisionModel(w("vision_model"), c),
                    Linear(w("visual_projection"), c.hiddenSize, features, bias: false)
                )
            })
    }

    /// Features of the states of patches.
    public var stateWidth: Int { tower.configuration.hiddenSize }

    /// The states of patches before the last layer, which IP-Adapter Plus takes, of pictures of any
    /// size: `[pictures, patches + 1, stateWidth]`.
    public func states(pictures: [Picture], type: ElementType) -> Tensor {
        let pixels = Tensor(pictures: pictures.map { preprocessing($0) }).cast(to: type)
        return tower.statesBeforeLast(preprocessing.standardised(pixels))
    }

    /// The same of no picture: of zeros, where mean and deviation have been removed.
    public func statesOfNothing(type: ElementType) -> Tensor {
        let side = tower.configuration.imageSize
        return tower.statesBeforeLast(.zeros([1, side, side, 3], type: type))
    }

    /// The embeddings of pictures of any size: `[pictures, features]` in f32.
    public func embed(pictures: [Picture], type: ElementType) -> Tensor {
        let pixels = Tensor(pictures: pictures.map { preprocessing($0) }).cast(to: type)
        let pooled = tower(preprocessing.standardised(pixels)).pooled
        return projection(pooled).cast(to: .f32)
    }
}
