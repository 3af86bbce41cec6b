import PinxitDALLE
import PinxitImages
import PinxitTensors

/// Painting with DALL·E: tokens drawn one after the other, then decoded; of several candidates CLIP chooses one.
struct DALLEPainting: PaintingFamily {
    let model: DALLEModel
    let folder: ModelFolder

    init(_ folder: ModelFolder, isStreamed: Bool) throws {
        self.folder = folder
        model = try DALLEModel(folder: folder.path, isStreamed: isStreamed)
    }

    func resolved(_ request: PaintRequest) throws(PaintError) -> PaintRequest {
        try request.refuse(PaintRequest.Field.denoising + [.truncation], for: "DALL·E")
        guard request.precision != .int8 else {
            throw .request(field: "precision", problem: "DALL·E computes in f32 or bf16")
        }
        var result = request
        (result.width, result.height) = (model.side, model.side)
        for (name, size) in [("width", request.width), ("height", request.height)]
        where size ?? model.side != model.side {
            throw .request(field: name, problem: "the model paints \(model.side) pixels only")
        }
        result.guidanceScale = request.guidanceScale ?? folder.usualGuidance
        guard result.guidanceScale!.isFinite, (0...100).contains(result.guidanceScale!) else {
            throw .request(
                field: "guidance scale", problem: "\(result.guidanceScale!) is not from 0 to 100")
        }
        result.tokens = try resolved(request.tokens ?? TokenOptions())
        return result
    }

    private func resolved(_ options: TokenOptions) throws(PaintError) -> TokenOptions {
        var result = options
        func number(_ field: String, _ value: Double, _ range: ClosedRange<Double>)
            throws(PaintError) -> Double
        {
            guard range.contains(value) else {
                throw .request(
                    field: field,
                    problem: "\(value) is not from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
        result.temperature = try number("temperature", options.temperature ?? 1, 0...100)
        result.topP = try number("top p", options.topP ?? 0.95, 0.001...1)
        result.candidates = options.candidates ?? 1
        guard (1...256).contains(result.candidates!) else {
            throw .request(
                field: "candidates", problem: "\(result.candidates!) is not from 1 to 256")
        }
        guard result.candidates == 1 || model.clip != nil else {
            throw .request(
                field: "candidates",
                problem: "\(folder.path) has no clip/ to choose among them; 1 is accepted")
        }
        if let topK = options.topK, topK < 1 {
            throw .request(field: "top k", problem: "\(topK) is less than 1")
        }
        guard options.complete != nil else {
            if options.keepRows != nil {
                throw .request(field: "keep rows", problem: "there is no picture to complete")
            }
            return result
        }
        result.keepRows = options.keepRows ?? 0.5
        let rows = model.transformer.configuration.side
        guard (1..<rows).contains(keptRows(result)) else {
            throw .request(
                field: "keep rows",
                problem: "\(result.keepRows!) is neither 1 to \(rows - 1) rows nor such a share")
        }
        return result
    }

    /// Rows of tokens kept of the picture to complete.
    func keptRows(_ options: TokenOptions) -> Int {
        guard let keep = options.keepRows, keep.isFinite, abs(keep) < 1e6 else { return 0 }
        let rows = Double(model.transformer.configuration.side)
        return Int((keep < 1 ? keep * rows : keep).rounded())
    }

    func paint(
        _ request: PaintRequest, _ options: PaintOptions,
        _ onProgress: (PaintProgress) throws -> Void
    ) throws -> Painting {
        guard !options.keepingTensors else {
            throw PaintError.request(
                field: "noise and latents", problem: "DALL·E draws tokens and has none to keep")
        }
        let session = DALLESession(painting: self, request: request)
        guard options.checkingNumerics else { return try session.run(nil, onProgress) }
        let check = NumericsCheck()
        return try Engine.observed(by: check) { try session.run(check, onProgress) }
    }
}
