import PinxitCLIP
import PinxitCheckpoints
import PinxitDALLE
import PinxitFiles
import PinxitImages
import PinxitTensors

/// Painting with DALL·E: tokens drawn one after the other, then decoded; of several candidates CLIP
/// chooses one.
struct DALLEFamily: PaintingFamily {
    let model: DALLEPipeline
    let folder: ModelFolder

    init(_ folder: ModelFolder, _ options: LoadOptions) throws {
        self.folder = folder
        model = try DALLEPipeline(folder: folder.path, options)
        guard folder.settings.candidates == 1 || model.clip != nil else {
            throw FileError(
                path: folder.path.path(ModelSettings.fileName), field: "candidates",
                problem: "\(folder.settings.candidates), and there is no clip/ beside it to choose "
                    + "among them; accepted: 1")
        }
    }

    func plan(_ request: PaintRequest, _ common: CommonSettings) throws(PaintError) -> PaintPlan {
        switch request.source {
        case .text: break
        case .interpolation: try request.source.refuseInterpolation()
        case .image, .inpaint: try request.source.refuseEditing()
        case .variation, .blend: try request.source.refusePictures()
        }
        try request.checkSize(is: model.side)
        try request.checkPrecision(for: .tokens)
        let settings = try settings(request)
        let resolved = ResolvedRequest(
            request, common, width: model.side, height: model.side, .tokens(settings))
        return PaintPlan(request: resolved) { [model] watch in
            DALLEPainter(model, resolved, settings, watch)
        }
    }

    private func settings(
        _ request: PaintRequest
    ) throws(PaintError) -> ResolvedRequest.Tokens {
        let settings = ResolvedRequest.Tokens(
            request, folder.settings, completion: try completion(request.tokens))
        guard settings.candidates == 1 || model.clip != nil else {
            throw .request(
                field: RequestOptions.candidates.name,
                problem: "\(folder.path) has no clip/ to choose among them; 1 is accepted")
        }
        return settings
    }

    private func completion(
        _ options: TokenOptions
    ) throws(PaintError) -> ResolvedRequest.Tokens.Completion? {
        let field = RequestOptions.keepRows.name
        guard let picture = options.complete else {
            guard options.keepRows == nil else {
                throw .request(field: field, problem: "there is no picture to complete")
            }
            return nil
        }
        let keep = options.keepRows ?? 0.5
        let rows = Int((keep < 1 ? keep * Double(model.rows) : keep).rounded())
        guard (1..<model.rows).contains(rows) else {
            throw .request(
                field: field,
                problem: "\(keep) is neither 1 to \(model.rows - 1) rows nor such a share")
        }
        return .init(picture: picture, keepRows: keep, rows: rows)
    }
}

/// The pictures of one request to a DALL·E.
private final class DALLEPainter: PicturePainter {
    private let model: DALLEPipeline
    private let request: ResolvedRequest
    private let settings: ResolvedRequest.Tokens
    /// The tokens of the picture to complete.
    private let beginning: [Int32]
    let warnings: [String]

    init(
        _ model: DALLEPipeline, _ request: ResolvedRequest, _ settings: ResolvedRequest.Tokens,
        _ watch: PaintWatch
    ) {
        self.model = model
        self.request = request
        self.settings = settings
        warnings = [model.tokenizer.warningOfCut(request.prompt)].compactMap(\.self)
        beginning = watch.measure(\.text) {
            settings.completion.map { model.tokens(of: $0.picture, rows: $0.rows) } ?? []
        }
    }

    func paint(_ number: Int, seed: UInt32, _ watch: PaintWatch) throws -> PaintedImage {
        let (type, before) = (request.precision.type, watch.times)
        let drawing = TokenDrawing(
            sampler: TokenSampler(
                temperature: Float(settings.temperature), topK: settings.topK,
                topP: Float(settings.topP)),
            guidanceScale: Float(settings.guidanceScale), type: type)
        let tokens = try watch.measure(\.sampling) {
            try model.draw(
                request.prompt, candidates: settings.candidates, seed: UInt64(seed),
                beginning: beginning, drawing
            ) { done, logits in
                try watch.verify("token \(done)")
                try watch.verify(logits, "token \(done)")
                try watch.step(done, of: model.rows * model.rows)
            }
        }
        let (kept, index) = try watch.measure(\.decoding) {
            let images = model.decode(tokens, type: type)
            try watch.verify(images, "picture")
            let pictures = Picture.pictures(from: images)
            let index = try nearest(of: pictures, watch)
            return (pictures[index], index)
        }
        try watch.verify("choosing")
        var painted = PaintedImage(picture: kept)
        if watch.options.explaining != nil {
            let own = watch.times.since(before)
            painted.explanation = watch.measure(\.explaining) {
                PictureExplanation(
                    model, request, settings,
                    tokens: tokens.sliced(axis: 0, index..<index + 1).integers, times: own)
            }
            painted.explanation?.times = watch.times.since(before)
        }
        return painted
    }

    /// The index of the picture that CLIP finds nearest to the prompt; the first without a CLIP.
    private func nearest(of pictures: [Picture], _ watch: PaintWatch) throws -> Int {
        let type = request.precision.type
        guard let scores = model.scores(of: pictures, to: request.prompt, type: type) else {
            return 0
        }
        try watch.verify(scores, "choosing")
        let cosines = scores.floats
        return pictures.indices.max { cosines[$0] < cosines[$1] } ?? 0
    }
}
