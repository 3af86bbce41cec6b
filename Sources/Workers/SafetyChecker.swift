import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitLayers
import PinxitTensors

/// The safety checker that is published with Stable Diffusion, diffusers'
/// `StableDiffusionSafetyChecker`: what CLIP sees in a picture, compared with embeddings of
/// concepts that have a threshold each. It says what it found and changes no picture.
///
/// It looks for sexual content alone, and is known to miss and to mistake
/// ([Rando et al. 2022](https://arxiv.org/abs/2210.04610)).
struct SafetyChecker: Sendable {
    fileprivate struct Concepts: Sendable {
        /// Each of length one.
        let embeddings: [[Float]]
        let thresholds: [Float]

        init(_ tensors: [String: Tensor], _ name: String, _ features: Int, file: String) throws {
            guard let embeddings = tensors[name], let thresholds = tensors["\(name)_weights"],
                embeddings.rank == 2, embeddings.shape[1] == features,
                thresholds.shape == [embeddings.shape[0]]
            else {
                throw FileError(
                    path: file, field: name,
                    problem: "and its weights are not there as [concepts, \(features)], [concepts]")
            }
            let all = embeddings.cast(to: .f32).floats
            self.embeddings = stride(from: 0, to: all.count, by: features).map {
                ofLengthOne(Array(all[$0..<$0 + features]))
            }
            self.thresholds = thresholds.cast(to: .f32).floats
        }

        /// How far each is above its threshold, to three digits.
        func scores(_ embedding: [Float], _ adjusted: (Double) -> Double) -> [Double] {
            zip(embeddings, thresholds).map { concept, threshold in
                let cosine = zip(concept, embedding).reduce(0) { $0 + $1.0 * $1.1 }
                return (adjusted(Double(cosine) - Double(threshold)) * 1000).rounded() / 1000
            }
        }
    }

    private let tower: CLIPVisionModel
    private let projection: Linear
    private let preprocessing: PicturePreprocessing
    private let special: Concepts
    private let concepts: Concepts

    /// Loads `safety_checker/` of a model's folder, and `feature_extractor/` where there is one;
    /// nil where there is no checker.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    init?(modelFolder folder: String) throws {
        let path = folder.path("safety_checker")
        guard fileExists(path.path("config.json")) else { return nil }
        let component = try Component(path: path)
        let c = try CLIPVisionConfiguration(component.config["vision_config"])
        let features = try component.config["projection_dim"].size(or: 768)
        let settings = folder.path("feature_extractor/preprocessor_config.json")
        preprocessing =
            fileExists(settings)
            ? try PicturePreprocessing(
                transformers: try JSONFile.read(settings), side: c.imageSize)
            : .openAI(side: c.imageSize)
        (tower, projection) = try component.model(
            isIgnored: { $0.contains("_embeds") || $0.hasSuffix("position_ids") },
            renamed: {
                // Older files have the tower within the model of a tower.
                $0.hasPrefix("vision_model.vision_model.") ? String($0.dropFirst(13)) : $0
            },
            build: { w in
                (
                    CLIPVisionModel(w("vision_model"), c),
                    Linear(w("visual_projection"), c.hiddenSize, features, bias: false)
                )
            })
        let tensors = try component.tensors()
        let file = try component.weightsPath()
        special = try Concepts(tensors, "special_care_embeds", features, file: file)
        concepts = try Concepts(tensors, "concept_embeds", features, file: file)
    }

    /// What the checker says of a picture.
    func callAsFunction(_ picture: Picture) -> ReportedSafety {
        let pixels = Tensor(pictures: [preprocessing(picture.rgb())])
        let pooled = tower(preprocessing.standardised(pixels)).pooled
        let embedding = ofLengthOne(projection(pooled).cast(to: .f32).floats)
        // What needs special care makes all that comes after it stricter.
        var adjustment = 0.0
        let special = self.special.scores(embedding) { score in
            defer { if score + adjustment > 0 { adjustment = 0.01 } }
            return score + adjustment
        }
        return ReportedSafety(
            special: special, concepts: concepts.scores(embedding) { $0 + adjustment })
    }
}

private func ofLengthOne(_ values: [Float]) -> [Float] {
    let length = max(values.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
    return values.map { $0 / length }
}
