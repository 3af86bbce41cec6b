import PinxitDatasets

/// How well pictures fit captions: the mean cosine in an embedder's space, a hundredfold, as
/// torchmetrics' `CLIPScore` reports it. (Hessel et al. 2021 multiply max(cosine, 0) by 2.5.)
public struct CaptionScores: Sendable, Hashable {
    /// A mean over pictures.
    public struct Mean: Sendable, Hashable {
        /// The mean.
        public var value: Double
        /// The standard deviation between pictures.
        public var deviation: Double
        /// How many there were.
        public var count: Int

        /// Half of the mean's 95 % interval, as far as pictures are many.
        public var margin: Double { 1.96 * deviation / Double(count).squareRoot() }

        /// - Precondition: there are two or more.
        init(_ values: [Double]) {
            precondition(values.count > 1, "the deviation of \(values.count) numbers")
            count = values.count
            value = values.reduce(0, +) / Double(count)
            let squares = values.reduce(0) { [value] in $0 + ($1 - value) * ($1 - value) }
            deviation = (squares / Double(count - 1)).squareRoot()
        }
    }

    /// Painted pictures with their own captions.
    public var painted: Mean
    /// Real pictures with theirs: what a perfect model would get.
    public var real: Mean
    /// Painted pictures with the captions of others, what ignoring the prompt gives; nil where all
    /// captions are the same.
    public var others: Mean?

    /// - Parameters:
    ///   - painted, real, texts: rows of length one, one a prompt.
    ///   - captions: The texts.
    /// - Returns: nil for fewer than two prompts.
    static func measure(
        painted: [[Float]], real: [[Float]], texts: [[Float]], captions: [String]
    ) -> CaptionScores? {
        guard captions.count > 1 else { return nil }
        let others = inParallel(painted.count) { i -> Double? in
            let wrong = captions.indices.filter { captions[$0] != captions[i] }
            let sum = wrong.reduce(0) { $0 + score(painted[i], texts[$1]) }
            return wrong.isEmpty ? nil : sum / Double(wrong.count)
        }.compactMap(\.self)
        return CaptionScores(
            painted: Mean(zip(painted, texts).map(score)), real: Mean(zip(real, texts).map(score)),
            others: others.count > 1 ? Mean(others) : nil)
    }

    /// A hundred cosines.
    static func score(_ picture: [Float], _ text: [Float]) -> Double {
        100 * Double(cosine(picture, text))
    }
}
