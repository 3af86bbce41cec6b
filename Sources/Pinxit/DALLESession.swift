import PinxitDALLE
import PinxitImages
import PinxitTensors
import PinxitTokenizers

/// One request being painted by a ``DALLEPainting``, on the engine's thread.
final class DALLESession {
    private let painting: DALLEPainting
    private var model: DALLEModel { painting.model }
    private let request: PaintRequest
    private let options: TokenOptions
    private var times = PaintTimes()

    /// - Parameter request: With everything filled in.
    init(painting: DALLEPainting, request: PaintRequest) {
        self.painting = painting
        self.request = request
        options = request.tokens!
    }

    func run(_ check: NumericsCheck?, _ onProgress: (PaintProgress) throws -> Void) throws
        -> Painting
    {
        let beginning = try times.measure(\.text) { try self.beginning() }
        var pictures: [PaintedPicture] = []
        for index in 0..<request.count {
            let seed = request.seed(ofPicture: index)
            let tokens = try times.measure(\.sampling) {
                try draw(seed, beginning) { done in
                    try Task.checkCancellation()
                    if let found = check?.found {
                        throw PaintError.numerics(stage: "token \(done)", operation: found)
                    }
                    try onProgress(
                        .step(
                            done, of: model.transformer.configuration.pictureLength,
                            picture: index + 1, count: request.count))
                }
            }
            let kept = times.measure(\.decoding) {
                let type = request.precision!.type
                let candidates = Picture.pictures(from: model.decode(tokens, type: type))
                return model.nearest(of: candidates, to: request.prompt, type: type)
            }
            if let found = check?.found {
                throw PaintError.numerics(stage: "decoding", operation: found)
            }
            let picture = PaintedPicture(picture: kept, seed: seed, tensors: nil)
            pictures.append(picture)
            try onProgress(.painted(picture, index: index))
        }
        return Painting(
            request: request, pictures: pictures, times: times,
            warnings: [model.tokenizer.warningOfCut(request.prompt)].compactMap(\.self))
    }

    /// Tokens of all candidates of a picture: `[candidates, tokens]`.
    private func draw(_ seed: UInt32, _ beginning: [Int32], onToken: (Int) throws -> Void) rethrows
        -> Tensor
    {
        var random = (0..<options.candidates!).map { SplitMix64(seed: UInt64(seed), index: $0) }
        return try model.transformer.draw(
            captions: [model.tokenizer.encode(request.prompt)], empty: model.tokenizer.encode(""),
            beginning: beginning,
            TokenDrawing(
                sampler: TokenSampler(
                    temperature: Float(options.temperature!), topK: options.topK,
                    topP: Float(options.topP!)),
                guidanceScale: Float(request.guidanceScale!), type: request.precision!.type),
            random: &random, onToken: onToken)
    }

    /// The tokens of the picture to complete.
    private func beginning() throws -> [Int32] {
        guard let path = options.complete else { return [] }
        return model.tokens(of: try Picture(file: path), rows: painting.keptRows(options))
    }
}
