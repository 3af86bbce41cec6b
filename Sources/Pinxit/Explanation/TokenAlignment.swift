import PinxitCLIP
import PinxitStableDiffusion
import PinxitTokenizers

extension LayoutControl.Alignment {
    /// Which tokens of a text take the maps of which of another: those of words that both have, in
    /// their order, and those of words that stand in the place of others. New words keep their own.
    ///
    /// Source: prompt-to-prompt's `seq_aligner.py`; a run of tokens of another length shares the
    /// sum of what it replaces.
    ///
    /// - Parameter weights: What the maps of some words are multiplied by.
    init(
        _ text: String, other: String, _ tokenizer: CLIPTokenizer, _ reading: TextReading,
        weights words: WordWeights? = nil
    ) {
        let own = Side(text, tokenizer, reading)
        let theirs = Side(other, tokenizer, reading)
        let count = tokenizer.modelMaxLength * max(own.chunks, theirs.chunks)
        var shares = [Float](repeating: 0, count: count * count)
        var isTaken = [Float](repeating: 0, count: count)
        func take(_ target: Int, _ source: Int, _ share: Float = 1) {
            shares[source * count + target] = share
            isTaken[target] = 1
        }
        take(0, 0)
        for run in Self.runs(own.units, theirs.units) {
            let targets = own.positions(run.own)
            let sources = theirs.positions(run.other)
            guard !sources.isEmpty else { continue }
            for (index, target) in targets.enumerated() {
                if targets.count == sources.count {
                    take(target, sources[index])
                } else {
                    for source in sources { take(target, source, 1 / Float(targets.count)) }
                }
            }
        }
        // The end and the padding behind it.
        if own.chunks == 1, theirs.chunks == 1 {
            for target in own.end..<count {
                take(target, min(count - 1, target - own.end + theirs.end))
            }
        }
        var weights = [Float](repeating: 1, count: count)
        for (index, unit) in own.units.enumerated() {
            guard let factor = words?.factor(of: unit.text) else { continue }
            for place in own.positions(index..<index + 1) { weights[place] = Float(factor) }
        }
        self.init(shares: shares, isTaken: isTaken, weights: weights)
    }

    /// A text as its units, and where their tokens lie.
    private struct Side {
        let units: [TextUnit]
        let chunks: Int
        private let places: [Int]
        private let starts: [Int]

        init(_ text: String, _ tokenizer: CLIPTokenizer, _ reading: TextReading) {
            let chunks = tokenizer.chunks(text, reading.emphasis, reading.longPrompts)
            let places = chunks.enumerated().flatMap { number, chunk in
                (0..<chunk.textCount).map { number * chunk.ids.count + 1 + $0 }
            }
            var (units, starts) = ([TextUnit](), [0])
            for unit in tokenizer.units(of: text, reading)
            where starts[starts.count - 1] + unit.count <= places.count {
                units.append(unit)
                starts.append(starts[starts.count - 1] + unit.count)
            }
            (self.units, self.starts, self.places) = (units, starts, places)
            self.chunks = chunks.count
        }

        var end: Int { (places.last ?? 0) + 1 }

        func positions(_ range: Range<Int>) -> [Int] {
            Array(places[starts[range.lowerBound]..<starts[range.upperBound]])
        }
    }

    /// Runs of units that belong together, in order: single ones that are the same on both sides,
    /// and between them what stands in the place of what.
    private static func runs(
        _ own: [TextUnit], _ other: [TextUnit]
    ) -> [(own: Range<Int>, other: Range<Int>)] {
        // The longest common subsequence, from the end.
        var length = [[Int]](
            repeating: [Int](repeating: 0, count: other.count + 1), count: own.count + 1)
        for i in own.indices.reversed() {
            for j in other.indices.reversed() {
                length[i][j] =
                    own[i].text == other[j].text
                    ? length[i + 1][j + 1] + 1 : max(length[i + 1][j], length[i][j + 1])
            }
        }
        var runs: [(own: Range<Int>, other: Range<Int>)] = []
        var (i, j, startI, startJ) = (0, 0, 0, 0)
        func close() {
            // As many words as they replace take each one's place.
            if i - startI == j - startJ {
                runs += (0..<i - startI).map {
                    (startI + $0..<startI + $0 + 1, startJ + $0..<startJ + $0 + 1)
                }
            } else {
                runs.append((startI..<i, startJ..<j))
            }
        }
        while i < own.count, j < other.count {
            if own[i].text == other[j].text {
                close()
                runs.append((i..<i + 1, j..<j + 1))
                (i, j) = (i + 1, j + 1)
                (startI, startJ) = (i, j)
            } else if length[i + 1][j] >= length[i][j + 1] {
                i += 1
            } else {
                j += 1
            }
        }
        (i, j) = (own.count, other.count)
        close()
        return runs
    }
}
