import PinxitDatasets
import PinxitImages

@testable import PinxitEvaluation

/// An embedder that knows the shapes perfectly: a text lies where a rendering of it lies.
struct ShapeEmbedder: Embedder {
    let composer = Shapes.composer()
    let specs: [String: PictureSpec]

    init(_ evaluator: Evaluator) {
        let items =
            evaluator.questionnaire.items + evaluator.composedPrompts.items
            + evaluator.composedPrompts.others
        specs = Dictionary(
            items.map { ($0.order.prompt, $0.spec) }, uniquingKeysWith: { first, _ in first })
    }

    func embed(pictures: [Picture]) async -> [[Float]] { pictures.map(row) }

    func embed(texts: [String]) async -> [[Float]] {
        texts.map { row(composer.render(specs[$0]!, size: 64)) }
    }

    /// 16 x 16 RGB about middle gray, of length one.
    private func row(_ picture: Picture) -> [Float] {
        let values = picture.resized(width: 16, height: 16, filter: .box).pixels.map {
            Float($0) - 127.5
        }
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / length }
    }
}
