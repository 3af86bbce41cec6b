import PinxitDatasets
import PinxitImages
import PinxitTensors

/// Asks a model for every single thing of a data set, several times each: which of its words does
/// it paint?
///
/// An ``Evaluator`` paints every thing once, which tells how good a model is but little about a
/// thing.
public struct ThingExamination: Sendable {
    /// The drawings that are asked for and compared with.
    public let library: SpriteLibrary
    /// Pictures of each thing, from noises of their own, every other asked for in Chinese unless
    /// the data set has no Chinese captions, and all of them where it has only those.
    public let pictures: Int
    /// Whose seed, wrong objects and renderings are used.
    private let configuration: EvaluationConfiguration

    /// - Parameter pictures: Of each thing, 1 or more.
    public init(library: SpriteLibrary, configuration: EvaluationConfiguration, pictures: Int) {
        (self.library, self.configuration, self.pictures) = (library, configuration, pictures)
    }

    /// What is painted: thing by thing in the vocabulary's order.
    public var orders: [PaintingOrder] {
        let captions = Captions(library.vocabulary)
        let languages: [CaptionLanguage] =
            switch library.recipe.chineseShare {
            case 0: [.english]
            case 1: [.chinese]
            default: [.english, .chinese]
            }
        return library.vocabulary.flatMap { entry in
            var random = random("thing", entry)
            return (0..<pictures).map { number in
                PaintingOrder(
                    prompt: captions.caption(
                        .plain(entry.key), language: languages[number % languages.count]),
                    seed: UInt32(truncatingIfNeeded: random.next()))
            }
        }
    }

    /// - Parameters:
    ///   - onProgress: called with the pictures painted so far.
    ///   - paint: is given one order at a time.
    public func run(
        onProgress: (Int) -> Void = { _ in }, paint: Paint
    ) async throws -> ThingFindings {
        let painted = try await painted(
            orders, batch: 1, onProgress: onProgress, paint: paint
        ).pictures
        return findings(painted)
    }

    /// - Parameter painted: One for each of ``orders``.
    func findings(_ painted: [Picture]) -> ThingFindings {
        let things = library.vocabulary
        let size = painted.first?.width ?? library.recipe.pictureSize
        let judge = Judge(
            composer: Composer(library: library, split: .everything),
            renderings: configuration.renderings)
        let renderings = judge.things(things, size: size)
        let figures = inParallel(things.count) { index in
            let own = painted[index * pictures..<(index + 1) * pictures].map {
                renderings.squaredDistances(to: $0)
            }
            return figure(of: index, own)
        }
        let firsts = stride(from: 0, to: painted.count, by: pictures).map { painted[$0] }
        return ThingFindings(
            size: size, choices: rivals(of: 0).count + 1, figures: figures, examples: firsts)
    }

    /// - Parameter distances: Of each picture from every thing.
    private func figure(of index: Int, _ distances: [[Float]?]) -> ThingFindings.Figure {
        let things = library.vocabulary
        let rivals = rivals(of: index)
        let seen = distances.compactMap { $0 }.filter { $0[index].isFinite }
        let isTold = seen.count { found in rivals.allSatisfy { found[$0] > found[index] } }
        let isFirst = seen.count { $0.rank(of: index) == 1 }
        let others = seen.compactMap { found -> Int? in
            guard found.rank(of: index) != 1 else { return nil }
            return found.indices.filter { $0 != index }.min { found[$0] < found[$1] }
        }
        let times = Dictionary(grouping: others) { $0 }.mapValues(\.count)
        let mistaken = times.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        return ThingFindings.Figure(
            thing: things[index], told: Proportion(right: isTold, count: distances.count),
            first: Proportion(right: isFirst, count: distances.count),
            mistakenFor: mistaken.map { things[$0] })
    }

    /// The random other things among which one is to be told.
    private func rivals(of index: Int) -> [Int] {
        var random = random("rivals", library.vocabulary[index])
        let others = library.vocabulary.indices.filter { $0 != index }
        return Array(random.shuffled(others).prefix(configuration.distractors))
    }

    private func random(_ name: String, _ entry: VocabularyEntry) -> SplitMix64 {
        SplitMix64(seed: configuration.seed ^ fnv1a64("\(name)|\(entry.key)"))
    }
}
