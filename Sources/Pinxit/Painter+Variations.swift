import PinxitDALLE
import PinxitImages
import PinxitTensors

extension Painter {
    /// Paints variations of a picture: others that CLIP would say the same of.
    ///
    ///     let painting = try await painter.vary(picture, PaintRequest(prompt: "", count: 4))
    /// - Parameters:
    ///   - request: Its prompt may be empty.
    ///   - noiseLevel: Noise on the picture's embedding, from 0 to 999: the more, the freer the variation.
    ///   - onProgress: As in ``paint(_:keepingTensors:checkingNumerics:isLast:onProgress:)``.
    /// - Throws: `PaintError` for a model that is no unCLIP with an image tower, or a request it cannot do.
    public func vary(
        _ picture: Picture, _ request: PaintRequest, noiseLevel: Int = 0,
        keepingTensors: Bool = false,
        onProgress: @escaping @Sendable (PaintProgress) throws -> Void = { _ in }
    ) async throws -> Painting {
        let (family, request) = (try unCLIP(noiseLevel), try resolved(request))
        return try await Engine.run {
            try family.paint(
                request, PaintOptions(keepingTensors: keepingTensors),
                embedding: try family.embed(picture, request.precision!), noiseLevel: noiseLevel,
                onProgress)
        }
    }

    /// Paints pictures between two: one at each place on the arc between their embeddings, all from the same noise.
    ///
    /// - Parameters:
    ///   - places: 0 is the first picture, 1 the second; the request's count is theirs.
    public func blend(
        _ first: Picture, _ second: Picture, at places: [Double], _ request: PaintRequest,
        noiseLevel: Int = 0, keepingTensors: Bool = false,
        onProgress: @escaping @Sendable (PaintProgress) throws -> Void = { _ in }
    ) async throws -> Painting {
        guard !places.isEmpty, places.allSatisfy({ (0...1).contains($0) }) else {
            throw PaintError.request(
                field: "weights", problem: "\(places) are not numbers from 0 to 1")
        }
        var whole = request
        whole.count = places.count
        let (family, resolved) = (try unCLIP(noiseLevel), try resolved(whole))
        return try await Engine.run {
            var single = resolved
            single.count = 1
            let a = try family.embed(first, resolved.precision!)
            let b = try family.embed(second, resolved.precision!)
            let parts = try places.enumerated().map { index, place in
                try family.paint(
                    single, PaintOptions(keepingTensors: keepingTensors),
                    embedding: sphericallyInterpolated(a, b, at: place),
                    noiseLevel: noiseLevel
                ) { try onProgress($0.asPicture(index, of: places.count)) }
            }
            return Painting(request: resolved, joining: parts)
        }
    }

    private func unCLIP(_ noiseLevel: Int) throws(PaintError) -> UnCLIPPainting {
        guard let family = family as? UnCLIPPainting else {
            throw .model(
                path: folder.path,
                problem:
                    "is no unCLIP model; one with \"_class_name\": \"StableUnCLIPPipeline\" or "
                    + "\"StableUnCLIPImg2ImgPipeline\" is accepted")
        }
        guard (0..<family.noise.count).contains(noiseLevel) else {
            throw .request(
                field: "noise level",
                problem: "\(noiseLevel) is not from 0 to \(family.noise.count - 1)")
        }
        return family
    }
}

extension PaintProgress {
    /// What is told of a lone picture, told of one among several.
    fileprivate func asPicture(_ index: Int, of count: Int) -> PaintProgress {
        switch self {
        case .step(let step, let steps, _, _):
            .step(step, of: steps, picture: index + 1, count: count)
        case .preview(let picture, let step, let steps, _, let seed):
            .preview(picture, step: step, of: steps, index: index, seed: seed)
        case .painted(let picture, _): .painted(picture, index: index)
        }
    }
}

extension Painting {
    /// The pictures of several paintings as those of one request.
    fileprivate init(request: PaintRequest, joining parts: [Painting]) {
        var times = PaintTimes()
        for part in parts {
            times.text += part.times.text
            times.sampling += part.times.sampling
            times.decoding += part.times.decoding
        }
        self.init(
            request: request, pictures: parts.flatMap(\.pictures), times: times,
            warnings: parts[0].warnings)
    }
}
