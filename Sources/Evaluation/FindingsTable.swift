extension Findings {
    /// A table for people, one line per figure.
    public var table: String {
        var lines = [
            columns("", "combinations", "painted", "95 %", "chance", "real", "n")
        ]
        for finding in findings {
            let interval = finding.painted.interval
            lines.append(
                columns(
                    finding.attribute.rawValue, finding.isHeldOut ? "held out" : "trained",
                    hundredths(finding.painted.value),
                    "\(hundredths(interval.lowerBound))-\(hundredths(interval.upperBound))",
                    hundredths(finding.chance), hundredths(finding.real.value),
                    "\(finding.painted.count)"))
        }
        for row in retrieval {
            let interval = row.painted.interval
            lines.append(
                columns(
                    "object R@\(row.rank)", "trained", hundredths(row.painted.value),
                    "\(hundredths(interval.lowerBound))-\(hundredths(interval.upperBound))",
                    hundredths(row.chance), hundredths(row.real.value), "\(row.painted.count)"))
        }
        if let memorisation {
            lines.append(
                "nearer to a training picture than 95 % of real held-out pictures: "
                    + hundredths(memorisation.shareBelow(quantile: 0.05))
                    + " (about .05 or less where nothing is copied)")
        }
        return lines.joined(separator: "\n")
    }

    private func columns(_ cells: String...) -> String {
        let widths = [13, 14, 9, 11, 8, 6, 4]
        return zip(cells, widths).map { cell, width in
            cell + String(repeating: " ", count: max(1, width - cell.count))
        }.joined()
    }

    private func hundredths(_ value: Double) -> String {
        let number = Int((value * 100).rounded())
        return number >= 100 ? "1.00" : number < 10 ? ".0\(number)" : ".\(number)"
    }
}
