import PinxitDatasets
import PinxitTensors

/// Prompts and pictures of one kind.
public enum PromptGroup: String, Sendable, CaseIterable {
    /// Combinations that training pictures have.
    case trained
    /// One combination that no training picture has.
    case heldOut = "held out"
    /// Three or more attributes at once, at least one combination of them held out.
    case composed
}

/// R-precision (Xu et al. 2018, AttnGAN, section 4.1): how often the prompt is the caption nearest
/// to its picture, among it and 99 captions of other pictures.
///
/// The others are drawn from prompts of the same group, so that a model which ignores its prompt
/// gets exactly the chance level, whatever it paints.
public struct RPrecision: Sendable, Hashable {
    /// The prompts that were ranked, and the captions they were ranked among.
    public var group: PromptGroup
    /// Painted pictures to which their own prompt is the nearest caption.
    public var painted: Proportion
    /// Real pictures in place of the painted ones: the most the embedder allows.
    public var real: Proportion
    /// One in as many captions as there are to choose from.
    public var chance: Double
    /// The median rank of the right caption, from 1.
    public var medianRank: Int
    /// The same for real pictures.
    public var realMedianRank: Int
}

/// Ranks captions by their nearness to a picture.
struct CaptionRanking {
    /// What is to be ranked, and after it captions that are only offered.
    let specs: [PictureSpec]
    /// Rows of length one, one for each spec.
    let texts: [[Float]]
    /// Specs without their jitter, so that equals are known.
    private let contents: [PictureSpec]
    let candidates: Int
    let seed: UInt64

    init(specs: [PictureSpec], texts: [[Float]], candidates: Int, seed: UInt64) {
        (self.specs, self.texts) = (specs, texts)
        (self.candidates, self.seed) = (candidates, seed)
        contents = specs.map(\.withoutJitter)
    }

    /// - Parameters:
    ///   - painted, real: a row for each of the first specs.
    /// - Returns: nil where there is nothing to rank or to choose from.
    func run(_ group: PromptGroup, painted: [[Float]], real: [[Float]]) -> RPrecision? {
        let others = painted.indices.map(others)
        guard let offered = others.map(\.count).min(), offered > 0 else { return nil }
        let ranks = painted.indices.map { rank($0, painted[$0], others[$0]) }
        let realRanks = real.indices.map { rank($0, real[$0], others[$0]) }
        func first(_ ranks: [Int]) -> Proportion {
            Proportion(right: ranks.count { $0 == 1 }, count: ranks.count)
        }
        return RPrecision(
            group: group, painted: first(ranks), real: first(realRanks),
            chance: others.reduce(0) { $0 + 1 / Double($1.count + 1) } / Double(others.count),
            medianRank: ranks.sorted()[ranks.count / 2],
            realMedianRank: realRanks.sorted()[realRanks.count / 2])
    }

    /// Random captions of other contents.
    private func others(_ index: Int) -> [Int] {
        var random = SplitMix64(seed: seed ^ fnv1a64("captions"), index: index)
        let fitting = random.shuffled(Array(specs.indices)).filter {
            contents[$0] != contents[index]
        }
        return Array(fitting.prefix(candidates))
    }

    /// From 1; a caption as near as the right one, or whose nearness is no number, counts as
    /// nearer.
    private func rank(_ index: Int, _ picture: [Float], _ others: [Int]) -> Int {
        let right = cosine(texts[index], picture)
        return 1 + others.count { !(cosine(texts[$0], picture) < right) }
    }
}

extension PictureSpec {
    /// What the picture shows, whatever the chance in how.
    var withoutJitter: PictureSpec {
        var spec = self
        spec.jitter = 0
        return spec
    }
}
