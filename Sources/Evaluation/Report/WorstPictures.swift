import PinxitDatasets
import PinxitFiles
import PinxitImages

extension Findings {
    /// One in twenty of so many, at least one.
    static func twentieth(of count: Int) -> Int { (count + 19) / 20 }

    /// Of the twentieth of the pictures that the judge was most against, the answer that it was
    /// most against; the worst first. The last may be right, and only less surely than others.
    public var worst: [Answer] {
        var worst: [Int: Answer] = [:]
        for answer in answers {
            let item = answer.question.item
            if let other = worst[item], other.against >= answer.against { continue }
            worst[item] = answer
        }
        let sorted = worst.values.sorted {
            ($1.against, $0.question.item) < ($0.against, $1.question.item)
        }
        return Array(sorted.prefix(Self.twentieth(of: questionnaire.items.count)))
    }
}

extension Memorisation {
    /// The twentieth of the painted pictures that lie nearest to a training picture.
    public var nearest: [Pair] { Array(pairs.prefix(Findings.twentieth(of: pairs.count))) }

    /// Whether a picture looks copied: it lies nearer to a training picture than 95 % of the real
    /// pictures do.
    public func looksCopied(_ pair: Pair) -> Bool {
        pair.distance < Self.quantile(real, 0.05)
    }
}

extension Evaluator {
    private static let columns = 4

    /// The worst twentieth of the pictures, each beside a rendering of what was asked and of what
    /// was seen in its place, or nearly; nil without pictures.
    public func worstSheet(
        _ paintings: Paintings, _ findings: Findings, _ reference: Reference
    ) -> Picture? {
        let cards = findings.worst.map { answer -> Card in
            let (question, painted) = (answer.question, paintings.items[answer.question.item])
            func rendered(_ choice: Int) -> Picture {
                reference.composer.render(question.choices[choice], size: painted.width)
            }
            let blank = Picture(
                width: painted.width, height: painted.height, color: [255, 255, 255])
            return Card(
                pictures: [painted, rendered(0), answer.rival.map(rendered) ?? blank],
                label: "\(questionnaire.items[question.item].order.prompt): "
                    + answer.verdict(reference.composer.captions))
        }
        return Card.sheet(
            cards, columns: Self.columns,
            head: "Painted, as asked, as the nearest other answer; the worst first. Behind each, "
                + "how surely the judge is against it: from -1 (as asked) to 1 (as the other).")
    }

    /// The twentieth of the pictures of held-out combinations that lie nearest to a training
    /// picture, each beside that and the real picture of its prompt; nil where none was looked for.
    public func nearestSheet(
        _ paintings: Paintings, _ findings: Findings, _ reference: Reference
    ) -> Picture? {
        let cards = findings.memorisations.flatMap { found in
            found.nearest.map { pair -> Card in
                let (painted, item) = (paintings.items[pair.item], questionnaire.items[pair.item])
                let isByPixels = found.space == .pixels
                func said(_ distance: Double) -> String { fixedPoint(distance, isByPixels ? 1 : 3) }
                return Card(
                    pictures: [
                        painted, reference.trainingPicture(pair.training, size: painted.width),
                        reference.composer.render(item.spec, size: painted.width),
                    ],
                    label: "\(found.looksCopied(pair) ? "COPY? " : "")\(said(pair.distance)) "
                        + (isByPixels ? "levels" : "by embedding")
                        + ", real \(said(pair.realDistance)): \(item.order.prompt)")
            }
        }
        return Card.sheet(
            cards, columns: Self.columns,
            head: "Painted, the nearest of \(configuration.trainingPictures) training pictures, a "
                + "real picture of the prompt. COPY?: nearer than 95 % of the real ones are.")
    }
}

extension Answer {
    /// What was judged, in words.
    func verdict(_ captions: Captions) -> String {
        let attribute = question.attribute
        func words(_ choice: Int) -> String {
            attribute.value(of: question.choices[choice], captions)
        }
        let against = fixedPoint(against, 2)
        if isRight {
            let nearly = rival.map { ", nearly \(words($0))" } ?? ""
            return "\(attribute.rawValue) \(asked): right\(nearly) (\(against))"
        }
        return "\(attribute.rawValue): asked \(asked), seen \(seen ?? "nothing sure") (\(against))"
    }
}

/// Pictures side by side with words below.
private struct Card {
    var pictures: [Picture]
    var label: String

    private static let lines = 3

    /// - Returns: nil without cards.
    static func sheet(_ cards: [Card], columns: Int, head: String) -> Picture? {
        guard !cards.isEmpty else { return nil }
        let strips = cards.map {
            ContactSheet.make($0.pictures, columns: $0.pictures.count, gap: 2)
        }
        let font = LabelFont()
        let labels = font.map { font in
            zip(cards, strips).map {
                font.draw($0.label, width: $1.width, lines: Self.lines)
            }
        }
        let body = ContactSheet.make(strips, columns: columns, gap: 8, labels: labels ?? [])
        guard let font else { return body }
        let words = font.draw(head, width: body.width - 16, lines: 4)
        var sheet = Picture(
            width: body.width, height: body.height + words.height, color: [255, 255, 255])
        sheet.paste(words, x: 8, y: 4)
        sheet.paste(body, x: 0, y: words.height)
        return sheet
    }
}
