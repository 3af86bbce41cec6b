import PinxitCLIP
import PinxitDatasets
import PinxitEvaluation
import PinxitTensors

/// How well a CLIP finds held-out pictures by their captions, and captions by their pictures.
enum HeldOutRetrieval {
    /// Composed pictures, whose captions are known in both languages.
    case composed(CaptionRetrieval)
    /// A folder's.
    case folder(PictureStream)

    /// Most pictures.
    private static let count = 500

    init(_ data: TrainingData) {
        switch data {
        case .composed(let library):
            self = .composed(CaptionRetrieval(library: library, count: Self.count))
        case .folder(let folder): self = .folder(folder.stream(seed: 1, split: .test))
        }
    }

    /// Measures as numbers with tags, and to read.
    func run(_ clip: CLIP) throws -> (scalars: [String: Float], table: String) {
        switch self {
        case .composed(let retrieval):
            let found = try retrieval.run(clip)
            let scalars = found.rows.map { row in
                (
                    "heldout/\(row.language.rawValue)_\(row.direction.rawValue)_r\(row.rank)",
                    Float(row.model)
                )
            }
            return (Dictionary(uniqueKeysWithValues: scalars), found.table)
        case .folder(let stream): return try Self.run(clip, stream)
        }
    }

    private static func run(_ clip: CLIP, _ stream: PictureStream) throws -> (
        [String: Float], String
    ) {
        let batch = try stream.batch(
            0..<min(count, stream.epochCount), size: clip.model.pictureSize)
        let captions = batch.map(\.caption)
        let (pictures, texts) = (
            clip.embed(pictures: batch.map(\.picture)), clip.embed(texts: captions)
        )
        let ranks = CaptionRetrieval.ranks
        var scalars: [String: Float] = [:]
        var lines = ["of \(batch.count) pictures"]
        for (name, queries, candidates) in [
            ("to_text", pictures, texts), ("to_picture", texts, pictures),
        ] {
            let found = Similarities(matmul(queries, candidates, transposeB: true)).recall(
                keys: captions, at: ranks)
            for (rank, share) in zip(ranks, found) {
                scalars["heldout/\(name)_r\(rank)"] = Float(share)
            }
            lines.append(
                "\(name): "
                    + zip(ranks, found).map { "R@\($0) \(Progress.rounded(Float($1)))" }
                    .joined(separator: "  "))
        }
        return (scalars, lines.joined(separator: "\n"))
    }
}
