import PinxitCLIP
import PinxitCLIPGAN
import PinxitImages
import PinxitTensors

// Legend: B batch, N numbers of noise, D features of an embedding.

/// Asks a GAN why it painted a picture: what it paints of the same noise without each word, of
/// other noise and of other words, and what its self-attention looks at.
struct GANWitness {
    private static let pictures = 9
    /// So that memory does not grow with the words of a prompt.
    private static let batch = 8
    /// Plain ones that any CLIP knows, for what other words change.
    private static let captions = [
        "a red apple", "a yellow dog", "a blue car", "a green tree", "a white house",
        "a purple flower", "an orange fish", "a black cat",
    ]

    let model: CLIPGANPipeline
    let request: ResolvedRequest
    let truncation: Double
    let picture: Picture
    /// z, `[1, N]`, as it was drawn.
    let noise: Tensor
    /// The sentence's embedding, `[1, D]`.
    let text: Tensor
    /// z of the seeds that follow, `[1, N]` each: as many as other captions.
    let next: [Tensor]

    static var seeds: Int { captions.count }

    /// - Parameter times: Of this picture, without what this takes.
    func explanation(_ times: PaintTimes) -> PictureExplanation {
        let cut = CutText(request.prompt, model.clip.tokenizer, .plain)
        let others = cut.words.indices.map(cut.without)
        let without =
            others.isEmpty
            ? [] : painted(noise, truncation, texts: model.clip.embed(texts: others))
        var explanation = PictureExplanation(
            texts: [PictureExplanation.Text(cut, picture, without: without)], steps: [],
            guidance: nil, times: times)
        explanation.gan = PictureExplanation.GAN(looks: looks, walks: walks, changes: changes)
        return explanation
    }

    private var looks: [PictureExplanation.Look] {
        var looks: [PictureExplanation.Look] = []
        _ = model.generator(
            noise: noise * Float(truncation), text: text, type: request.precision.type
        ) { side, attention in
            looks.append(PictureExplanation.Look(side: side, attention: attention.floats))
        }
        return looks
    }

    private var walks: [PictureExplanation.Walk] {
        guard truncation > 0 else { return [] }
        let places = (0..<Self.pictures).map { Double($0) / Double(Self.pictures - 1) }
        let truncations = places.map { $0 * truncation }
        let smaller = concatenate(truncations.map { noise * Float($0) }, axis: 0)
        let turned = concatenate(
            places.map { sphericallyInterpolated(noise, next[0], at: $0) }, axis: 0)
        return [
            PictureExplanation.Walk(
                kind: .truncation, places: truncations, pictures: painted(smaller, 1, texts: text)),
            PictureExplanation.Walk(
                kind: .seed, places: places, pictures: painted(turned, truncation, texts: text)),
        ]
    }

    private var changes: PictureExplanation.Changes {
        func change(_ others: [Picture]) -> Double {
            others.reduce(0) { $0 + HeatMap(differenceOf: picture, $1).mean }
                / Double(others.count)
        }
        return PictureExplanation.Changes(
            words: change(
                painted(noise, truncation, texts: model.clip.embed(texts: Self.captions))),
            chance: change(painted(concatenate(next, axis: 0), truncation, texts: text)))
    }

    /// Pictures of rows of noise `[B, N]` and texts `[B, D]`; one row stands for all.
    private func painted(_ noise: Tensor, _ truncation: Double, texts: Tensor) -> [Picture] {
        let count = max(noise.shape[0], texts.shape[0])
        func rows(_ all: Tensor, _ range: Range<Int>) -> Tensor {
            all.shape[0] == count
                ? all.sliced(axis: 0, range)
                : concatenate([Tensor](repeating: all, count: range.count), axis: 0)
        }
        return stride(from: 0, to: count, by: Self.batch).flatMap { start in
            let range = start..<min(start + Self.batch, count)
            return Picture.pictures(
                from: model.paint(
                    noise: rows(noise, range), text: rows(texts, range),
                    truncation: Float(truncation), type: request.precision.type))
        }
    }
}

extension PictureExplanation.Look {
    /// - Parameter attention: `[cells, cells]`, a row for each cell that takes.
    init(side: Int, attention: [Float]) {
        // Sides are 4 and its doubles.
        let (columns, cells) = (4, side * side)
        let reach = side / columns
        let maps = (0..<columns * columns).map { part in
            let rows = (0..<reach * reach).map { place in
                (part / columns * reach + place / reach) * side
                    + part % columns * reach + place % reach
            }
            return HeatMap(
                meanOf: rows.map { row in
                    HeatMap(
                        width: side, height: side,
                        values: Array(attention[row * cells..<(row + 1) * cells]))
                })
        }
        self.init(side: side, columns: columns, maps: maps)
    }
}
