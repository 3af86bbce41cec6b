import PinxitDatasets

/// The baseline of retrieval: from how often each word is in a caption to how the picture looks,
/// linearly.
///
/// Word counts are mapped to ``PictureFeatures``, standardised over the training pictures, by ridge
/// regression; a caption fits a picture by the cosine of what the map says and what is there. It
/// knows what apples and blue backgrounds look like on average, but not which word belongs to
/// which.
struct BagOfWords {
    private let vocabulary: [String: Int]
    private let mean: [Double]
    private let deviation: [Double]
    /// `[words + 1, features]`; the last row is the same for every caption.
    private let weights: [Double]
    private var features: Int { mean.count }

    /// - Parameter ridge: What is added to each word's own count.
    init(fitting pairs: [(features: [Double], caption: String)], ridge: Double = 3) {
        let bags = pairs.map { Self.words($0.caption) }
        var uses: [String: Int] = [:]
        for bag in bags { for word in Set(bag) { uses[word, default: 0] += 1 } }
        let kept = uses.filter { $0.value > 1 }.keys.sorted()
        vocabulary = Dictionary(uniqueKeysWithValues: zip(kept, kept.indices))
        let (mean, deviation) = Self.moments(pairs.map(\.features))
        (self.mean, self.deviation) = (mean, deviation)
        let rows = kept.count + 1
        var gram = [Double](repeating: 0, count: rows * rows)
        var product = [Double](repeating: 0, count: rows * mean.count)
        for (pair, bag) in zip(pairs, bags) {
            let counts = Self.counts(bag, vocabulary)
            for (i, a) in counts {
                for (j, b) in counts { gram[i * rows + j] += a * b }
                for f in mean.indices {
                    product[i * mean.count + f] += a * (pair.features[f] - mean[f]) / deviation[f]
                }
            }
        }
        for i in 0..<rows { gram[i * rows + i] += ridge }
        weights = solve(gram, product, rows: rows)
    }

    /// Words; of Chinese, each character and each pair of neighbours.
    static func words(_ caption: String) -> [String] {
        caption.lowercased().split { !$0.isLetter }.flatMap { run -> [String] in
            guard run.unicodeScalars.contains(where: { (0x2E80...0x9FFF).contains($0.value) })
            else { return [String(run)] }
            let characters = Array(run)
            let pairs = zip(characters, characters.dropFirst()).map { "\($0)\($1)" }
            return characters.map(String.init) + pairs
        }
    }

    func similarities(pictures: [[Double]], captions: [String]) -> Similarities {
        let seen = pictures.map { picture in
            unit(mean.indices.map { (picture[$0] - mean[$0]) / deviation[$0] })
        }
        let said = captions.map { unit(predicted($0)) }
        let values = inParallel(seen.count) { row in
            said.map { caption in
                Float(zip(seen[row], caption).reduce(0) { $0 + $1.0 * $1.1 })
            }
        }
        return Similarities(
            rows: seen.count, columns: said.count, values: values.flatMap { $0 })
    }

    private func predicted(_ caption: String) -> [Double] {
        var sum = [Double](repeating: 0, count: features)
        for (word, count) in Self.counts(Self.words(caption), vocabulary) {
            for f in 0..<features { sum[f] += count * weights[word * features + f] }
        }
        return sum
    }

    /// How often each known word occurs, and the constant behind them.
    private static func counts(_ bag: [String], _ vocabulary: [String: Int]) -> [(Int, Double)] {
        var counts: [Int: Double] = [:]
        for word in bag { if let index = vocabulary[word] { counts[index, default: 0] += 1 } }
        return counts.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 } + [(vocabulary.count, 1)]
    }

    private static func moments(_ rows: [[Double]]) -> (mean: [Double], deviation: [Double]) {
        let count = Double(max(rows.count, 1))
        let features = rows.first?.count ?? PictureFeatures.count
        let mean = (0..<features).map { f in rows.reduce(0) { $0 + $1[f] } / count }
        let variance = (0..<features).map { f in
            rows.reduce(0) { $0 + ($1[f] - mean[f]) * ($1[f] - mean[f]) } / count
        }
        // What never changes tells nothing; it stays as it is.
        return (mean, variance.map { $0 > 1e-10 ? $0.squareRoot() : 1 })
    }
}

private func unit(_ values: [Double]) -> [Double] {
    let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 0 ? values.map { $0 / length } : values
}

/// The solution X of A X = B by Cholesky's decomposition; A `[rows, rows]` is symmetric and
/// positive.
func solve(_ a: [Double], _ b: [Double], rows: Int) -> [Double] {
    var lower = a
    for i in 0..<rows {
        for j in 0...i {
            var sum = lower[i * rows + j]
            for k in 0..<j { sum -= lower[i * rows + k] * lower[j * rows + k] }
            lower[i * rows + j] = i == j ? sum.squareRoot() : sum / lower[j * rows + j]
        }
    }
    let columns = b.count / max(rows, 1)
    var x = b
    for i in 0..<rows {
        for k in 0..<i {
            let factor = lower[i * rows + k]
            for c in 0..<columns { x[i * columns + c] -= factor * x[k * columns + c] }
        }
        for c in 0..<columns { x[i * columns + c] /= lower[i * rows + i] }
    }
    for i in (0..<rows).reversed() {
        for k in i + 1..<rows {
            let factor = lower[k * rows + i]
            for c in 0..<columns { x[i * columns + c] -= factor * x[k * columns + c] }
        }
        for c in 0..<columns { x[i * columns + c] /= lower[i * rows + i] }
    }
    return x
}
