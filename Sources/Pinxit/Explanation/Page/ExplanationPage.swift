import PinxitFiles
import PinxitImages

/// One page that explains a picture and needs nothing else: no script, no file beside it, pictures
/// within.
public struct ExplanationPage {
    let picture: PaintedPicture
    let explanation: PictureExplanation
    let wording: ExplanationWording
    let language: ExplanationLanguage

    /// - Parameter picture: With its explanation; nil comes of one without.
    public init?(_ picture: PaintedPicture, language: ExplanationLanguage) {
        guard let explanation = picture.explanation else { return nil }
        (self.picture, self.explanation, self.language) = (picture, explanation, language)
        let wording = ExplanationWording(language)
        self.wording =
            explanation.gan == nil ? wording : wording.said(of: GANWording(language))
    }

    /// The page.
    ///
    /// - Throws: `ImageError` for a picture that cannot be encoded.
    public func html() throws(ImageError) -> String {
        var texts: [HTML] = []
        for index in explanation.texts.indices { texts.append(try words(ofText: index)) }
        let parts: HTML =
            if let entropy = explanation.entropy {
                try choices(of: entropy)
            } else if let gan = explanation.gan {
                "\(try looks(gan))\n\(try walks(gan))"
            } else {
                "\(try way())\n\(try guidance())"
            }
        let body: HTML = """
            <header>
            <h1>\(wording.title)</h1>
            <p class="prompt">\(HTML.prompt(picture.request.prompt))</p>
            \(facts)
            <p class="lead">\(wording.introduction)</p>
            </header>
            <main>
            <section id="words">
            <h2>\(wording.words)</h2>
            <p class="lead">\(wording.wordsMeaning)</p>
            \(texts)
            \(try without())
            </section>
            \(parts)
            \(tokens)
            \(time)
            </main>
            """
        return HTML.page(
            language: language.rawValue, title: "\(wording.title): \(picture.request.prompt)",
            style: "\(Self.style)\n\(choices)", body: body
        ).text
    }

    private var facts: HTML {
        var values = [
            picture.model, "\(picture.seed)",
            "\(picture.picture.width)x\(picture.picture.height)",
        ]
        var names = wording.settings
        switch picture.request.settings {
        case .diffusion(let settings):
            values += [
                "\(settings.steps)", settings.sampler.title, "\(settings.guidanceScale)",
            ]
        case .gan(let settings):
            names.replaceSubrange(values.count..., with: [GANWording(language).truncation])
            values.append("\(settings.truncation)")
        case .tokens: break
        }
        let facts = zip(names, values).map { name, value -> HTML in
            "<span>\(name) <b>\(value)</b></span>"
        }
        return "<p class=\"facts\">\(facts.joined(separator: " · "))</p>"
    }

    /// Which map is seen when which word or part is chosen or pointed at.
    private var choices: HTML {
        let words = explanation.texts.enumerated().flatMap { text, content in
            content.words.indices.map { "w\(text)-\($0)" }
        }
        let parts = (explanation.gan?.looks ?? []).enumerated().flatMap { level, look in
            look.maps.indices.map { "l\(level)-\($0)" }
        }
        let rules = (words + parts).map { id -> HTML in
            """
            :where(#\(id)):checked ~ .stage .\(id), .chooser:has(label[for="\(id)"]:hover) .stage .\(id) { opacity: 1; }
            #\(id):checked ~ .chips label[for="\(id)"] { background: #e8762b; color: #fff; border-color: #e8762b; }
            #\(id):checked ~ .stage label[for="\(id)"] { outline: 2px solid #e8762b; }
            """
        }
        // What is pointed at hides what is chosen.
        return """
            .chooser:has(label:hover) .stage .map { opacity: 0; }
            .chooser > input:focus-visible ~ .chips { outline: 2px solid #e8762b; outline-offset: 4px; }
            .look > input:focus-visible ~ .stage { outline: 2px solid #e8762b; outline-offset: 4px; }
            \(rules)
            """
    }

    private func words(ofText index: Int) throws(ImageError) -> HTML {
        let text = explanation.texts[index]
        let shown = picture.picture
        var (inputs, maps, labels) = ([HTML](), [HTML](), [HTML]())
        let base = try HTML.image(
            shown.rgb(), alt: picture.request.prompt, width: shown.width, height: shown.height)
        func add(_ id: String, _ label: HTML) {
            let checked: HTML = inputs.isEmpty ? " checked" : ""
            inputs.append("<input type=\"radio\" name=\"t\(index)\" id=\"\(id)\"\(checked)>")
            labels.append("<label for=\"\(id)\">\(label)</label>")
        }
        add("w\(index)-none", "\(wording.everything)")
        for (place, word) in text.words.enumerated() {
            let id = "w\(index)-\(place)"
            let small = shown.fitting(96)
            let thumb = try HTML.image(
                word.map.over(
                    shown.resized(width: small.width, height: small.height, filter: .bicubic)),
                alt: "", width: small.width, height: small.height)
            add(id, "\(thumb)\(word.text)<small>\(percent(word.share))</small>")
            let size = shown.fitting(256)
            maps.append(
                try HTML.image(
                    word.map.overlay(width: size.width, height: size.height), alt: "",
                    width: shown.width, height: shown.height, kind: "map \(id)"))
        }
        let head: HTML =
            explanation.texts.count > 1
            ? "<h3>\(text.text) <small>\(wording.weighed) \(decimals(text.weight))</small></h3>"
            : ""
        return """
            \(head)
            <div class="chooser">
            \(inputs)
            <div class="stage">\(base)
            \(maps)</div>
            <div class="chips"><p>\(wording.wordsHint)</p>
            \(labels)</div>
            </div>
            """
    }
}

extension [HTML] {
    /// One after the other with literal text between.
    func joined(separator: HTML) -> HTML {
        guard var all = first else { return "" }
        for next in dropFirst() { all = "\(all)\(separator)\(next)" }
        return all
    }
}

extension Picture {
    /// Its size, or smaller of the same shape so that no side is longer.
    func fitting(_ most: Int) -> PictureSize {
        let scale = Swift.min(1, Double(most) / Double(Swift.max(width, height)))
        return PictureSize(
            width: Swift.max(1, Int((Double(width) * scale).rounded())),
            height: Swift.max(1, Int((Double(height) * scale).rounded())))
    }
}
