import PinxitImages
import PinxitTensors

extension CLIP {
    /// The cosine of each picture with each text: a row for each picture.
    public func similarities(
        pictures: [Picture], texts: [String], type: ElementType = .f32
    ) -> [[Float]] {
        let places = embed(pictures: pictures, type: type)
        let cosines = matmul(places, embed(texts: texts, type: type), transposeB: true).floats
        return pictures.indices.map { Array(cosines[$0 * texts.count..<($0 + 1) * texts.count]) }
    }

    /// What similarities are multiplied by.
    public var scale: Float { model.logScale.cast(to: .f32).exp.item }

    /// How likely each label is to be the picture's, if one of them is: the softmax of scaled
    /// similarities (Radford et al. 2021, 3.1.2).
    public func probabilities(_ similarities: [Float]) -> [Float] {
        guard !similarities.isEmpty else { return [] }
        return (Tensor(similarities, shape: [1, similarities.count]) * scale).softmax().floats
    }
}
