import PinxitDatasets

/// The same pictures asked in both languages, from the same noise.
public struct LanguageComparison: Sendable, Hashable {
    /// What was asked.
    public var attribute: Attribute
    /// Pictures that are right in both languages.
    public var both: Int
    /// Right in English alone.
    public var onlyEnglish: Int
    /// Right in Chinese alone.
    public var onlyChinese: Int
    /// Right in none.
    public var neither: Int

    /// Pictures in each language.
    public var count: Int { both + onlyEnglish + onlyChinese + neither }

    /// The share that is right in one language.
    public func share(_ language: CaptionLanguage) -> Proportion {
        Proportion(
            right: both + (language == .english ? onlyEnglish : onlyChinese), count: count)
    }

    /// How much larger the share in Chinese is, from -1 to 1.
    public var difference: Double {
        count == 0 ? 0 : Double(onlyChinese - onlyEnglish) / Double(count)
    }

    /// Where the true difference lies at 95 %, of pairs (Agresti and Min 2005, "Simple improved
    /// confidence intervals for comparing matched proportions": half a picture is added to each of
    /// the four cases). It stays open where all pictures are right.
    public var interval: ClosedRange<Double> {
        guard count > 0 else { return -1...1 }
        let z = 1.959963984540054
        let n = Double(count + 2)
        let (chinese, english) = (Double(onlyChinese) + 0.5, Double(onlyEnglish) + 0.5)
        let center = (chinese - english) / n
        let spread = z * ((chinese + english - n * center * center).squareRoot()) / n
        return max(-1, center - spread)...min(1, center + spread)
    }

    /// - Parameter answers: Of each question, whether it was right in English and in Chinese.
    init(attribute: Attribute, answers: [(english: Bool, chinese: Bool)]) {
        self.attribute = attribute
        both = answers.count { $0.english && $0.chinese }
        onlyEnglish = answers.count { $0.english && !$0.chinese }
        onlyChinese = answers.count { !$0.english && $0.chinese }
        neither = answers.count { !$0.english && !$0.chinese }
    }
}
