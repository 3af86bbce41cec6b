import PinxitDatasets
import PinxitFiles

/// One figure of a model in words, beside what chance and what real pictures give.
struct FigureRow: Sendable, Hashable {
    /// What is measured, on what; empty where the title says all.
    var title: String
    var prompts: String
    var painted: String
    /// How sure it is, or what it is made of.
    var detail: String
    var chance: String
    var real: String
}

extension Findings {
    /// Every figure, in the order of the report.
    var rows: [FigureRow] {
        attributeRows + languageRows + retrievalRows + rPrecisionRows + distanceRows + copyRows
            + diversityRows + pictureRows
    }

    private var attributeRows: [FigureRow] {
        findings.map {
            row(
                $0.attribute.rawValue, $0.isHeldOut ? "held out" : "trained", $0.painted,
                chance: $0.chance, real: $0.real)
        }
    }

    /// Shares of the pictures painted in both languages, and their difference in points.
    private var languageRows: [FigureRow] {
        languages.flatMap { found -> [FigureRow] in
            let (title, interval) = (found.attribute.rawValue, found.interval)
            func points(_ share: Double) -> String { fixedPoint(share * 100, 1) }
            let shares = CaptionLanguage.allCases.map { language -> FigureRow in
                let share = found.share(language)
                return FigureRow(
                    title: title, prompts: language.rawValue, painted: hundredths(share.value),
                    detail: FigureRow.interval(share), chance: "", real: "")
            }
            return shares + [
                FigureRow(
                    title: title, prompts: "zh - en", painted: points(found.difference),
                    detail: "\(points(interval.lowerBound)) to \(points(interval.upperBound))",
                    chance: "", real: "0")
            ]
        }
    }

    private var pictureRows: [FigureRow] {
        fromPictures.map {
            row(
                "\($0.kind.rawValue): \($0.attribute.rawValue)", "pictures", $0.painted,
                chance: $0.chance, real: $0.real)
        }
    }

    private var retrievalRows: [FigureRow] {
        retrieval.map {
            row("object R@\($0.rank)", "trained", $0.painted, chance: $0.chance, real: $0.real)
        }
    }

    private var rPrecisionRows: [FigureRow] {
        rPrecision.map {
            row(
                "R-precision", $0.group.rawValue, $0.painted, chance: $0.chance, real: $0.real)
        }
    }

    private var distanceRows: [FigureRow] {
        guard let kernelDistance else { return [] }
        return [
            .kernelDistance(
                kernelDistance, prompts: "all", real: kernelDistanceFloors.map(\.real))
        ]
    }

    private var copyRows: [FigureRow] { memorisations.map { .copies($0, prompts: "held out") } }

    private var diversityRows: [FigureRow] {
        guard let diversity else { return [] }
        return [
            FigureRow(
                title: "diversity", prompts: "seeds",
                painted: diversity.withinRatio.map { fixedPoint($0, 2) } ?? "",
                detail: "\(fixedPoint(diversity.withinPrompts, 1)) levels", chance: "",
                real: "1.00"),
            FigureRow(
                title: "diversity", prompts: "prompts",
                painted: fixedPoint(diversity.acrossRatio, 2),
                detail: "\(fixedPoint(diversity.acrossPrompts, 1)) levels", chance: "",
                real: "1.00"),
        ]
    }

    private func row(
        _ title: String, _ prompts: String, _ painted: Proportion, chance: Double,
        real: Proportion
    ) -> FigureRow {
        FigureRow(
            title: title, prompts: prompts, painted: hundredths(painted.value),
            detail: FigureRow.interval(painted), chance: hundredths(chance),
            real: hundredths(real.value))
    }
}

extension FigureRow {
    /// - Parameter real: Between sets of real pictures.
    static func kernelDistance(
        _ found: KernelDistance, prompts: String, real: KernelDistance?
    ) -> FigureRow {
        func thousandfold(_ value: Double) -> String { fixedPoint(value * 1000, 2) }
        return FigureRow(
            title: "KID × 1000", prompts: prompts, painted: thousandfold(found.mean),
            detail: "sd \(thousandfold(found.deviation))", chance: "",
            real: real.map { thousandfold($0.mean) } ?? "")
    }

    /// The share of painted pictures nearer to a training picture than 95 % of the real ones.
    static func copies(_ found: Memorisation, prompts: String) -> FigureRow {
        let count = found.pairs.count
        let share = Proportion(
            right: Int((found.shareBelow(quantile: 0.05) * Double(count)).rounded()), count: count)
        return FigureRow(
            title: found.space == .pixels ? "copies" : "copies by embedding", prompts: prompts,
            painted: hundredths(share.value), detail: interval(share), chance: "", real: ".05")
    }

    fileprivate static func interval(_ share: Proportion) -> String {
        let interval = share.interval
        return "\(hundredths(interval.lowerBound))-\(hundredths(interval.upperBound))"
    }
}

/// A share from 0 to 1 as `.42`.
func hundredths(_ value: Double) -> String {
    let number = Int((value * 100).rounded())
    return number >= 100 ? "1.00" : number < 10 ? ".0\(number)" : ".\(number)"
}
