import PinxitDatasets
import PinxitImages

/// What is compared, as an embedder's rows and small pictures.
private struct FolderRows {
    var texts: [[Float]]
    var painted: Side
    var real: Side
    var training: Side
    /// `[prompt][seed]`, the prompts' own pictures first.
    var varied: [Side]

    struct Side {
        var rows: [[Float]] = []
        var thumbnails: [Thumbnail] = []
    }
}

extension FolderEvaluator {
    /// Pictures fewer than which a share of one in twenty says nothing.
    static let fewestForShares = 20
    /// Prompts fewer than which no two sets of pictures are told apart: ten in each.
    static let fewestForDistance = 20

    /// Measures painted pictures.
    ///
    /// - Throws: ``NotFiniteMeasure`` if the embedder's rows are not finite; what it throws;
    ///   `FileError` for a picture that can no longer be read.
    public func findings(
        _ paintings: FolderPaintings, embedder: any Embedder
    ) async throws -> FolderFindings {
        let rows = try await rows(paintings, FiniteEmbedder(embedder: embedder))
        var findings = FolderFindings(
            orders: places.indices.map { order($0) }, realFiles: places.map(heldOut.name),
            trainingPictures: trainingCount, isHeldOut: isHeldOut)
        findings.each = zip(rows.painted.rows, rows.texts).map(CaptionScores.score)
        measureCaptions(rows, &findings)
        measureDistance(rows, &findings)
        measureCopies(rows, &findings)
        measureDiversity(rows, &findings)
        return findings
    }

    private func rows(
        _ paintings: FolderPaintings, _ embedder: FiniteEmbedder
    ) async throws -> FolderRows {
        func side(_ pictures: [Picture]) async throws -> FolderRows.Side {
            .init(
                rows: try await embedder.embed(pictures: pictures),
                thumbnails: inParallel(pictures.count) { Thumbnail(pictures[$0]) })
        }
        let painted = try await side(paintings.items)
        var varied: [FolderRows.Side] = []
        for (prompt, pictures) in zip(self.varied, paintings.variations) {
            var one = try await side(pictures)
            one.rows.insert(painted.rows[prompt], at: 0)
            one.thumbnails.insert(painted.thumbnails[prompt], at: 0)
            varied.append(one)
        }
        let real = try await side(try realPictures())
        var training = FolderRows.Side()
        for start in stride(from: 0, to: trainingCount, by: 256) {
            let range = start..<min(start + 256, trainingCount)
            let some = try await side(try self.training.batch(range).map(\.picture))
            training.rows += some.rows
            training.thumbnails += some.thumbnails
        }
        return FolderRows(
            texts: try await embedder.embed(texts: captions), painted: painted, real: real,
            training: training, varied: varied)
    }

    /// Those of the prompts.
    func realPictures() throws -> [Picture] {
        try places.map { try heldOut.batch($0..<$0 + 1)[0].picture }
    }

    private func measureCaptions(_ rows: FolderRows, _ findings: inout FolderFindings) {
        findings.scores = CaptionScores.measure(
            painted: rows.painted.rows, real: rows.real.rows, texts: rows.texts, captions: captions)
        if findings.scores == nil {
            findings.lacks("CLIP score", "\(captions.count) captions; 2 or more are needed")
        }
        findings.recall = CaptionRecall.measure(
            painted: rows.painted.rows, real: rows.real.rows, texts: rows.texts, captions: captions)
        if findings.recall.isEmpty {
            findings.lacks("caption retrieval", "all captions are one; 2 or more are needed")
        }
    }

    private func measureDistance(_ rows: FolderRows, _ findings: inout FolderFindings) {
        guard captions.count >= Self.fewestForDistance else {
            findings.lacks(
                "KID", "\(captions.count) captions; \(Self.fewestForDistance) or more are needed")
            return
        }
        var settings = configuration.kernelDistance
        findings.kernelDistance = KernelDistance.between(
            rows.painted.rows, rows.real.rows, arePaired: true, settings: settings,
            seed: configuration.seed)
        settings.size = findings.kernelDistance?.size ?? settings.size
        guard isHeldOut, trainingCount >= settings.size else {
            findings.lacks(
                "KID between real pictures",
                isHeldOut
                    ? "\(trainingCount) training pictures; \(settings.size) or more are needed"
                    : "no picture is held out")
            return
        }
        findings.kernelDistanceFloor = KernelDistance.between(
            rows.real.rows, rows.training.rows, arePaired: false, settings: settings,
            seed: configuration.seed)
    }

    private func measureCopies(_ rows: FolderRows, _ findings: inout FolderFindings) {
        guard trainingCount > 0 else {
            findings.lacks("copies", "no training picture was to be looked through")
            return
        }
        let pixels = memorisation(.pixels) { index in
            (
                rows.painted.thumbnails[index].nearest(in: rows.training.thumbnails),
                rows.real.thumbnails[index].nearest(in: rows.training.thumbnails)
            )
        }
        let embedding = memorisation(.embedding) { index in
            (
                nearest(to: rows.painted.rows[index], in: rows.training.rows),
                nearest(to: rows.real.rows[index], in: rows.training.rows)
            )
        }
        findings.nearest = embedding.pairs
        findings.nearestFiles = embedding.pairs.map { training.name(at: $0.training) }
        guard isHeldOut else {
            findings.lacks("copies", "no picture is held out, with which to compare")
            return
        }
        guard captions.count >= Self.fewestForShares else {
            findings.lacks(
                "copies",
                "\(captions.count) held-out captions; \(Self.fewestForShares) or more are needed")
            return
        }
        // A copy would be no nearer than nothing.
        guard Memorisation.quantile(pixels.real, 0.05) > 0 else {
            findings.lacks(
                "copies",
                "held-out pictures are among the training pictures, in files that differ")
            return
        }
        findings.memorisations = [pixels, embedding]
    }

    private func memorisation(
        _ space: Memorisation.Space,
        _ nearest:
            @Sendable (Int) -> (
                painted: (index: Int, distance: Double)?, real: (index: Int, distance: Double)?
            )
    ) -> Memorisation {
        let pairs = inParallel(places.count) { index -> Memorisation.Pair? in
            let found = nearest(index)
            guard let painted = found.painted, let real = found.real else { return nil }
            return Memorisation.Pair(
                item: index, training: painted.index, distance: painted.distance,
                realDistance: real.distance)
        }
        return Memorisation(
            space: space, trainingPictures: trainingCount, pairs: pairs.compactMap(\.self))
    }

    private func measureDiversity(_ rows: FolderRows, _ findings: inout FolderFindings) {
        let pixels = Diversity.measure(
            .pixels, varied: rows.varied.map(\.thumbnails), painted: rows.painted.thumbnails,
            real: rows.real.thumbnails, captions: captions
        ) { $0.distance(to: $1) }
        let embedding = Diversity.measure(
            .embedding, varied: rows.varied.map(\.rows), painted: rows.painted.rows,
            real: rows.real.rows, captions: captions
        ) { 1 - Double(cosine($0, $1)) }
        findings.diversities = [pixels, embedding].compactMap(\.self)
        if findings.diversities.isEmpty {
            findings.lacks(
                "diversity", "two different captions and two seeds (varied.seeds) are needed")
        }
    }
}

extension FolderFindings {
    fileprivate mutating func lacks(_ measure: String, _ reason: String) {
        notMeasured.append(NotMeasured(measure: measure, reason: reason))
    }
}
