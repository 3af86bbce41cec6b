import PinxitCLIP
import PinxitDatasets
import PinxitImages
import PinxitTensors

/// Retrieval among pictures of held-out combinations and their captions, in both directions and
/// languages.
///
/// Of several pictures with one caption, each is a right answer. Beside the model stand the chance
/// level and what a bag of words gets: see ``BagOfWords``.
public struct CaptionRetrieval: Sendable {
    /// The ranks counted.
    public static let ranks = [1, 5, 10]

    /// What the pictures are rendered from.
    public let library: SpriteLibrary
    /// Pictures, and so captions.
    public let count: Int
    /// What the pictures, and so the captions, are drawn by.
    public let seed: UInt64
    private let composer: Composer
    private let specs: [PictureSpec]
    private let captions: [CaptionLanguage: [String]]
    private let chance: [CaptionLanguage: [Ranking]]
    private let words: [CaptionLanguage: Similarities]

    /// Draws what is asked and fits the bags of words, which takes seconds.
    ///
    /// - Parameters:
    ///   - count: Pictures, and so captions.
    ///   - trainingPictures: Pictures the bag of words is fitted on.
    public init(
        library: SpriteLibrary, count: Int = 1000, seed: UInt64 = 1, trainingPictures: Int = 4000
    ) {
        self.library = library
        self.count = count
        self.seed = seed
        let composer = Composer(library: library, seed: seed, split: .test)
        let specs = (0..<count).map { composer.spec(at: $0) }
        self.composer = composer
        self.specs = specs
        let features = inParallel(count) { PictureFeatures.of(composer, specs[$0]) }
        let training = Composer(library: library, seed: seed)
        let seen = inParallel(trainingPictures) { index in
            let spec = training.spec(at: index)
            return (spec: spec, features: PictureFeatures.of(training, spec))
        }
        var captions: [CaptionLanguage: [String]] = [:]
        var chance: [CaptionLanguage: [Ranking]] = [:]
        var words: [CaptionLanguage: Similarities] = [:]
        for language in CaptionLanguage.allCases {
            let own = specs.map { composer.caption($0, language: language) }
            let counts = Dictionary(grouping: own) { $0 }.mapValues(\.count)
            captions[language] = own
            chance[language] = own.map {
                Ranking(right: counts[$0]!, wrong: count - counts[$0]!)
            }
            let bag = BagOfWords(
                fitting: seen.map { ($0.features, training.caption($0.spec, language: language)) })
            words[language] = bag.similarities(pictures: features, captions: own)
        }
        (self.captions, self.chance, self.words) = (captions, chance, words)
    }

    /// Measures a model. On the engine's thread.
    ///
    /// - Throws: ``NotFiniteMeasure`` for a model whose similarities are no finite numbers.
    public func run(_ clip: CLIP) throws(NotFiniteMeasure) -> RetrievalReport {
        let side = clip.model.pictureSize
        let pictures = inParallel(count) { composer.render(specs[$0], size: side) }
        let places = clip.embed(pictures: pictures)
        var rows: [RetrievalReport.Row] = []
        for language in CaptionLanguage.allCases {
            let own = captions[language]!
            let similarity = matmul(places, clip.embed(texts: own), transposeB: true)
            guard similarity.firstNonFinite == nil else {
                throw NotFiniteMeasure(
                    "retrieval", cause: "the similarities of pictures and captions")
            }
            rows += self.rows(language, own, Similarities(similarity))
        }
        return RetrievalReport(count: count, seed: seed, rows: rows)
    }

    private func rows(
        _ language: CaptionLanguage, _ captions: [String], _ model: Similarities
    ) -> [RetrievalReport.Row] {
        RetrievalReport.Direction.allCases.flatMap { direction in
            let turn = { (s: Similarities) in direction == .toText ? s : s.transposed }
            let found = turn(model).recall(keys: captions, at: Self.ranks)
            let baseline = turn(words[language]!).recall(keys: captions, at: Self.ranks)
            return Self.ranks.enumerated().map { index, rank in
                RetrievalReport.Row(
                    language: language, direction: direction, rank: rank, model: found[index],
                    words: baseline[index], chance: chance[language]!.share(within: rank))
            }
        }
    }
}
