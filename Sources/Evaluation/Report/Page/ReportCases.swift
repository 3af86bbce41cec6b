import PinxitFiles
import PinxitImages

extension Report {
    private static let mistakesShown = 12
    private static let pairsShown = 8

    /// The first wrong answers of each painter, of every attribute in turn.
    func mistakes() throws(ImageError) -> HTML {
        var parts: [HTML] = []
        for model in models {
            let wrong = model.findings.answers.filter { !$0.isRight }
            var figures: [HTML] = []
            for answer in inTurn(wrong).prefix(Self.mistakesShown) {
                let item = evaluator.questionnaire.items[answer.question.item]
                let image = try HTML.image(
                    model.paintings.items[answer.question.item], alt: item.order.prompt)
                let attribute = answer.question.attribute.rawValue
                let seen = answer.seen.map { "seen \($0)" } ?? "nothing seen"
                figures.append(
                    """
                    <figure>\(image)<figcaption>\(HTML.prompt(item.order.prompt))<br>\
                    \(attribute): asked \(answer.asked), \(seen)</figcaption></figure>
                    """)
            }
            parts.append(
                """
                <h3>\(model.name)</h3>
                <p>\(wrong.count) of \(model.findings.answers.count) answers are wrong.</p>
                <div>\(figures)</div>
                """)
        }
        return """
            <section id="mistakes">
            <h2>Mistakes</h2>
            <p>Pictures in which something else was seen than was asked: the first of every attribute in turn.</p>
            \(parts)
            </section>
            """
    }

    private func inTurn(_ answers: [Answer]) -> [Answer] {
        var count: [Attribute: Int] = [:]
        let numbered = answers.enumerated().map { index, answer in
            count[answer.question.attribute, default: 0] += 1
            return (turn: count[answer.question.attribute]!, index: index, answer: answer)
        }
        return numbered.sorted { ($0.turn, $0.index) < ($1.turn, $1.index) }.map(\.answer)
    }

    /// The pictures that lie nearest to a training picture.
    func copies() throws(ImageError) -> HTML {
        var parts: [HTML] = []
        for model in models {
            for copies in model.findings.memorisations {
                parts.append(try pairs(copies, model))
            }
        }
        return """
            <section id="copies">
            <h2>Nearest training pictures</h2>
            <p>Left the painted picture of a held-out combination, right the training picture nearest to it: the \(Self.pairsShown) nearest pairs of each \
            painter. In brackets how near a real picture of the same prompt lies to its own nearest training picture.</p>
            \(parts)
            </section>
            """
    }

    private func pairs(_ copies: Memorisation, _ model: ModelReport) throws(ImageError) -> HTML {
        var figures: [HTML] = []
        let digits = copies.space == .pixels ? 1 : 3
        for pair in copies.pairs.prefix(Self.pairsShown) {
            let prompt = evaluator.questionnaire.items[pair.item].order.prompt
            let painted = try HTML.image(model.paintings.items[pair.item], alt: prompt)
            let training = try HTML.image(
                reference.trainingPicture(pair.training, size: evaluator.pictureSize),
                alt: "training picture \(pair.training)")
            let distances =
                "\(fixedPoint(pair.distance, digits)) (\(fixedPoint(pair.realDistance, digits)))"
            figures.append(
                """
                <figure><div class="pair">\(painted)\(training)</div><figcaption>\(HTML.prompt(prompt))<br>\(distances)</figcaption></figure>
                """)
        }
        let space =
            copies.space == .pixels
            ? "by pixels, in levels of 255" : "by embedding, one less the cosine"
        return """
            <h3>\(model.name), \(space)</h3>
            <div>\(figures)</div>
            """
    }
}
