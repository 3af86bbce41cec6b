/// Finds what changes with the steps in a text. Weights are left as they are.
struct ScheduleParser {
    /// Brackets deeper than that say nothing.
    private static let deepest = 64

    private let scalars: [Unicode.Scalar]
    /// Where the bracket that opens at a place is closed, for those with nothing loose between.
    private let closings: [Int: Int]

    static func nodes(of text: String) -> [ScheduledText.Node] {
        let scalars = Array(text.unicodeScalars)
        guard let closings = closings(of: scalars) else { return [.text(text)] }
        let parser = ScheduleParser(scalars: scalars, closings: closings)
        return parser.nodes(scalars.indices)
    }

    private init(scalars: [Unicode.Scalar], closings: [Int: Int]) {
        (self.scalars, self.closings) = (scalars, closings)
    }

    /// Nil for a text of brackets too deep.
    private static func closings(of scalars: [Unicode.Scalar]) -> [Int: Int]? {
        var (closings, open) = ([Int: Int](), [Int]())
        var place = 0
        while place < scalars.count {
            switch scalars[place] {
            case "\\": place += 1
            case "(", "[":
                open.append(place)
                guard open.count <= deepest else { return nil }
            case ")", "]":
                let partner: Unicode.Scalar = scalars[place] == ")" ? "(" : "["
                if let last = open.last, scalars[last] == partner {
                    closings[open.removeLast()] = place
                } else {
                    // Whatever is open holds a loose bracket now.
                    open = []
                }
            default: break
            }
            place += 1
        }
        return closings
    }

    private func nodes(_ range: Range<Int>) -> [ScheduledText.Node] {
        var nodes: [ScheduledText.Node] = []
        var (start, place) = (range.lowerBound, range.lowerBound)
        func addText(_ end: Int) {
            if start < end { nodes.append(.text(text(start..<end))) }
        }
        while place < range.upperBound {
            if scalars[place] == "\\" {
                place += 2
            } else if scalars[place] == "[", let end = closings[place],
                let node = node(place + 1..<end)
            {
                addText(place)
                nodes.append(node)
                place = end + 1
                start = place
            } else {
                place += 1
            }
        }
        addText(range.upperBound)
        return nodes
    }

    /// What stands between brackets, if it changes with the steps.
    private func node(_ range: Range<Int>) -> ScheduledText.Node? {
        let (colons, bars) = separators(range)
        if (1...2).contains(colons.count), let last = colons.last,
            let place = self.place(last + 1..<range.upperBound)
        {
            guard colons.count == 2 else {
                return .switched(from: [], to: nodes(range.lowerBound..<last), at: place)
            }
            return .switched(
                from: nodes(range.lowerBound..<colons[0]), to: nodes(colons[0] + 1..<last),
                at: place)
        }
        guard !bars.isEmpty, colons.isEmpty else { return nil }
        let bounds = [range.lowerBound - 1] + bars + [range.upperBound]
        return .alternating(
            zip(bounds, bounds.dropFirst()).map { start, end in nodes(start + 1..<end) })
    }

    /// Where colons and bars stand that are in no brackets of their own.
    private func separators(_ range: Range<Int>) -> (colons: [Int], bars: [Int]) {
        var (colons, bars) = ([Int](), [Int]())
        var place = range.lowerBound
        while place < range.upperBound {
            switch scalars[place] {
            case "\\": place += 1
            case "(", "[": place = closings[place] ?? place
            case ":": colons.append(place)
            case "|": bars.append(place)
            default: break
            }
            place += 1
        }
        return (colons, bars)
    }

    private func place(_ range: Range<Int>) -> ScheduledText.Place? {
        let number = text(range).filter { !$0.isWhitespace }
        guard number.allSatisfy({ "+-.0123456789eE".contains($0) }), let value = Double(number)
        else { return nil }
        return number.contains(".") ? .share(value) : .step(value)
    }

    private func text(_ range: Range<Int>) -> String {
        String(String.UnicodeScalarView(scalars[range]))
    }
}
