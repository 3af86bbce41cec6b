import PinxitDatasets
import PinxitImages

/// Ranks the right object among the whole vocabulary: the plainly painted objects only, each
/// against the rendering of every object.
struct ObjectRetrieval {
    let questionnaire: Questionnaire
    let pictures: [Picture]
    let judge: Judge
    let vocabulary: [VocabularyEntry]

    func run(ranks: [Int] = [1, 5, 10]) -> [Retrieval] {
        let asked = questionnaire.questions.filter {
            $0.attribute == .object && !questionnaire.items[$0.item].isHeldOut
        }
        guard let first = asked.first else { return [] }
        let size = pictures[first.item].width
        let things = judge.things(vocabulary, size: size)
        let painted = asked.map { rank($0.choices[0], pictures[$0.item], things) }
        let real = asked.map {
            rank($0.choices[0], judge.composer.render($0.choices[0], size: size), things)
        }
        func within(_ rank: Int, _ found: [Int?]) -> Proportion {
            Proportion(right: found.count { $0.map { $0 <= rank } ?? false }, count: found.count)
        }
        return ranks.filter { $0 < vocabulary.count }.map {
            Retrieval(
                rank: $0, painted: within($0, painted), real: within($0, real),
                chance: Double($0) / Double(vocabulary.count))
        }
    }

    /// Nil for pictures of nothing.
    private func rank(
        _ spec: PictureSpec, _ picture: Picture, _ things: Judge.References
    ) -> Int? {
        guard let right = vocabulary.firstIndex(where: { $0.key == spec.parts[0].object }) else {
            return nil
        }
        return things.squaredDistances(to: picture)?.rank(of: right)
    }
}
