import PinxitFiles

extension FolderFindings {
    /// A table for people, one line per figure, and what could not be measured.
    public var table: String {
        ([rows.table] + notMeasured.map { "\($0.measure): not measured: \($0.reason)" })
            .joined(separator: "\n")
    }

    private var group: String { isHeldOut ? "held out" : "learnt" }

    private var rows: [FigureRow] {
        scoreRows + recallRows + distanceRows + copyRows + diversityRows
    }

    private var scoreRows: [FigureRow] {
        guard let scores else { return [] }
        return [
            FigureRow(
                title: "CLIP score", prompts: group, painted: fixedPoint(scores.painted.value, 1),
                detail: "± \(fixedPoint(scores.painted.margin, 1))",
                chance: scores.others.map { fixedPoint($0.value, 1) } ?? "",
                real: fixedPoint(scores.real.value, 1))
        ]
    }

    private var recallRows: [FigureRow] {
        recall.map {
            FigureRow(
                title: "caption R@\($0.rank)", prompts: group, painted: hundredths($0.painted),
                detail: "of \($0.captions)", chance: hundredths($0.chance),
                real: hundredths($0.real))
        }
    }

    private var distanceRows: [FigureRow] {
        guard let kernelDistance else { return [] }
        return [.kernelDistance(kernelDistance, prompts: group, real: kernelDistanceFloor)]
    }

    private var copyRows: [FigureRow] { memorisations.map { .copies($0, prompts: group) } }

    private var diversityRows: [FigureRow] {
        diversities.flatMap { found -> [FigureRow] in
            func figure(_ value: Double) -> String {
                found.space == .pixels ? fixedPoint(value, 1) : fixedPoint(value, 3)
            }
            let unit = found.space == .pixels ? "levels" : "1 - cosine"
            return [
                FigureRow(
                    title: "distance", prompts: "seeds", painted: figure(found.withinPrompts),
                    detail: unit, chance: "", real: found.realWithinPrompts.map(figure) ?? ""),
                FigureRow(
                    title: "distance", prompts: "captions", painted: figure(found.acrossPrompts),
                    detail: unit, chance: "", real: figure(found.realAcrossPrompts)),
            ]
        }
    }
}
