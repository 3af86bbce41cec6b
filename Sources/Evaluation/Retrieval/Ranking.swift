/// Where the right candidates of one query stand among all, ties included.
struct Ranking: Sendable, Hashable {
    /// Candidates more similar than the best right one.
    var above = 0
    /// Wrong ones exactly as similar.
    var wrongTies = 0
    /// Right ones exactly as similar as the best of them, itself included.
    var rightTies = 0

    /// - Parameter isRight: Of at least one candidate.
    init(_ similarities: some Collection<Float>, isRight: (Int) -> Bool) {
        var best = -Float.infinity
        for (index, value) in similarities.enumerated() where isRight(index) {
            best = max(best, value)
        }
        for (index, value) in similarities.enumerated() {
            if value > best {
                above += 1
            } else if value == best {
                if isRight(index) { rightTies += 1 } else { wrongTies += 1 }
            }
        }
    }

    /// Nothing tells the candidates apart.
    init(right: Int, wrong: Int) { (rightTies, wrongTies) = (right, wrong) }

    /// How likely a right candidate is among the first k when ties are broken at random.
    ///
    /// A model that finds everything equally similar so gets chance level, and not a perfect score.
    func hit(within k: Int) -> Double {
        let places = min(k - above, wrongTies + rightTies)
        guard places > 0 else { return 0 }
        var miss = 1.0
        for place in 0..<places {
            miss *= Double(max(wrongTies - place, 0)) / Double(wrongTies + rightTies - place)
        }
        return 1 - miss
    }
}
