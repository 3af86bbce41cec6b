import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitTokenizers

/// A contrastive model with its tokenizer: sentences and pictures to places in one space.
///
///     let clip = try CLIP(folder: "Models/pinxit-clip")
///     let cosines = matmul(
///         clip.embed(pictures: pictures), clip.embed(texts: ["a red apple"]), transposeB: true)
public struct CLIP: Sendable {
    /// The two towers; takes ids and pictures already prepared.
    public let model: any ContrastiveModel
    /// The one the model was trained with.
    public let tokenizer: CLIPTokenizer

    /// - Precondition: the tokenizer's ids and length fit the model's text tower;
    ///   ``init(folder:_:)`` checks that, this does not.
    public init(model: any ContrastiveModel, tokenizer: CLIPTokenizer) {
        self.model = model
        self.tokenizer = tokenizer
    }

    /// The tokens of texts, cut to the longest of them: no tower looks at the padding behind a
    /// text's end.
    public func ids(_ texts: [String]) -> Tensor {
        let all = texts.map { tokenizer.encode($0) }
        let end = { (ids: [Int32]) in (ids.firstIndex(of: tokenizer.eosID) ?? ids.count - 1) + 1 }
        let longest = all.map(end).max() ?? 1
        return Tensor(all.flatMap { $0.prefix(longest) }, shape: [texts.count, longest])
    }

    /// The places of texts: `[texts, projection]` in f32, rows of length one.
    public func embed(texts: [String], type: ElementType = .f32) -> Tensor {
        embed(texts) { model.embed(ids: ids($0), type: type) }
    }

    /// The places of pictures of any size, resized and cropped as the model wants it:
    /// `[pictures, projection]` in f32, rows of length one. Transparent pictures lie on white.
    public func embed(pictures: [Picture], type: ElementType = .f32) -> Tensor {
        embed(pictures) { some in
            let fitting = some.map { model.preprocessing($0) }
            return model.embed(pictures: Tensor(pictures: fitting).cast(to: type))
        }
    }

    /// Some at a time, so that memory does not grow with their number.
    private func embed<Element>(_ all: [Element], _ embed: ([Element]) -> Tensor) -> Tensor {
        guard !all.isEmpty else { return .zeros([0, model.projectionSize]) }
        let parts = stride(from: 0, to: all.count, by: 64).map {
            embed(Array(all[$0..<min($0 + 64, all.count)]))
        }
        return concatenate(parts, axis: 0)
    }
}
