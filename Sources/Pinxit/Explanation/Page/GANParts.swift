import PinxitFiles
import PinxitImages

/// The parts of a GAN's page that others do not have.
extension ExplanationPage {
    private var said: GANWording { GANWording(language) }

    /// What the picture was without each word.
    func without() throws(ImageError) -> HTML {
        var figures: [HTML] = []
        for word in explanation.texts.flatMap(\.words) {
            guard let other = word.without else { continue }
            let change = "\(decimals(word.map.mean)) \(said.levels)"
            figures.append(
                try small(other, "\(said.without) “\(word.text)”", "\(change)"))
        }
        return figures.isEmpty ? "" : "<div class=\"steps\">\(figures)</div>"
    }

    /// What parts of the picture looked at, a picture to point at for each level.
    func looks(_ gan: PictureExplanation.GAN) throws(ImageError) -> HTML {
        guard !gan.looks.isEmpty else { return "" }
        var choosers: [HTML] = []
        for level in gan.looks.indices { choosers.append(try look(gan.looks[level], level)) }
        return """
            <section id="looks">
            <h2>\(said.looks)</h2>
            <p class="lead">\(said.looksMeaning)</p>
            <p>\(said.looksHint)</p>
            <div class="looks">\(choosers)</div>
            </section>
            """
    }

    private func look(
        _ look: PictureExplanation.Look, _ level: Int
    ) throws(ImageError) -> HTML {
        let shown = picture.picture
        let size = shown.fitting(256)
        var (inputs, maps, labels) = ([HTML](), [HTML](), [HTML]())
        for (part, map) in look.maps.enumerated() {
            let id = "l\(level)-\(part)"
            let (row, column) = (part / look.columns + 1, part % look.columns + 1)
            inputs.append(
                "<input type=\"radio\" name=\"l\(level)\" id=\"\(id)\" aria-label=\"\(row), \(column)\">"
            )
            labels.append("<label for=\"\(id)\"></label>")
            maps.append(
                try HTML.image(
                    map.overlay(width: size.width, height: size.height), alt: "",
                    width: shown.width, height: shown.height, kind: "map \(id)"))
        }
        let base = try HTML.image(
            shown.rgb(), alt: picture.request.prompt, width: shown.width, height: shown.height)
        return """
            <div class="chooser look">
            \(inputs)
            <div class="stage">\(base)
            \(maps)
            <div class="parts">\(labels)</div></div>
            <p>\(look.side)x\(look.side) \(said.cells)</p>
            </div>
            """
    }

    /// The ways through the noise, and how much it decided.
    func walks(_ gan: PictureExplanation.GAN) throws(ImageError) -> HTML {
        var strips: [HTML] = []
        for walk in gan.walks { strips.append(try strip(walk)) }
        return """
            <section id="walks">
            <h2>\(said.walks)</h2>
            <p class="lead">\(strips.isEmpty ? said.noWalks : said.walksMeaning)</p>
            \(strips)
            <p class="lead">\(said.changes)</p>
            <p class="facts">\(said.otherSentences) <b>\(decimals(gan.changes.words))</b> · \
            \(said.otherSeeds) <b>\(decimals(gan.changes.chance))</b> \(said.levels)</p>
            </section>
            """
    }

    private func strip(_ walk: PictureExplanation.Walk) throws(ImageError) -> HTML {
        var figures: [HTML] = []
        for (place, other) in zip(walk.places, walk.pictures) {
            let text =
                switch walk.kind {
                case .truncation: "\(said.truncation) \(decimals(place))"
                case .seed where place == 0: "\(said.seed) \(picture.seed)"
                case .seed where place == 1: "\(said.seed) \(picture.seed &+ 1)"
                case .seed: percent(place)
                }
            figures.append(try small(other, text))
        }
        return "<div class=\"steps\">\(figures)</div>"
    }

    private func small(_ picture: Picture, _ lines: String...) throws(ImageError) -> HTML {
        let size = picture.fitting(96)
        let image = try HTML.image(
            picture, alt: lines[0], width: size.width, height: size.height)
        let caption = lines.map { line -> HTML in "\(line)" }.joined(separator: "<br>")
        return "<figure>\(image)<figcaption>\(caption)</figcaption></figure>"
    }
}
