import PinxitFiles
import PinxitImages

extension ExplanationPage {
    /// The strip of what the picture looked like.
    func way() throws(ImageError) -> HTML {
        var figures: [HTML] = []
        for step in explanation.steps {
            guard let picture = step.picture else { continue }
            let size = picture.fitting(120)
            let small = picture.resized(
                width: 2 * size.width > picture.width ? picture.width : 2 * size.width,
                height: 2 * size.height > picture.height ? picture.height : 2 * size.height,
                filter: .bicubic)
            let image = try HTML.image(
                small, alt: "\(wording.step) \(step.number)", width: size.width,
                height: size.height)
            let guidance: HTML =
                step.guidance.map { "<br>\(wording.guidanceShare) \(percent($0))" } ?? ""
            figures.append(
                """
                <figure>\(image)<figcaption>\(wording.step) \(step.number)<br>\
                \(decimals(step.seconds)) \(wording.seconds)\(guidance)</figcaption></figure>
                """)
        }
        return """
            <section id="way">
            <h2>\(wording.way)</h2>
            <p class="lead">\(wording.wayMeaning)</p>
            <div class="steps">\(figures)</div>
            </section>
            """
    }

    /// The map of what guidance changed.
    func guidance() throws(ImageError) -> HTML {
        guard let map = explanation.guidance else {
            return """
                <section id="guidance"><h2>\(wording.guidance)</h2>
                <p class="lead">\(wording.unguided)</p></section>
                """
        }
        let size = picture.picture.fitting(384)
        let image = try HTML.image(
            map.over(picture.picture), alt: wording.guidance, width: max(256, size.width),
            height: max(256, size.width) * size.height / size.width)
        return """
            <section id="guidance">
            <h2>\(wording.guidance)</h2>
            <p class="lead">\(wording.guidanceMeaning)</p>
            \(image)
            </section>
            """
    }

    /// The map of where a DALL·E had a choice.
    func choices(of entropy: HeatMap) throws(ImageError) -> HTML {
        let size = picture.picture.fitting(384)
        let image = try HTML.image(
            entropy.over(picture.picture), alt: wording.choice, width: max(256, size.width),
            height: max(256, size.width) * size.height / size.width)
        let (least, most) = (entropy.values.min() ?? 0, entropy.values.max() ?? 0)
        return """
            <section id="choice">
            <h2>\(wording.choice)</h2>
            <p class="lead">\(wording.choiceMeaning)</p>
            \(image)
            <p class="facts">\(decimals(Double(least)))–\(decimals(Double(most))) \
            \(wording.bits) · ∅ <b>\(decimals(entropy.mean))</b></p>
            </section>
            """
    }

    /// The table of tokens.
    var tokens: HTML {
        let heads = wording.tokenHeads.map { head -> HTML in "<th scope=\"col\">\(head)</th>" }
        let bodies = explanation.texts.map { text -> HTML in
            let most = max(
                text.tokens.map(\.share).max() ?? 0, text.paddingShare, text.pictureShare, 1e-9)
            let rows = text.tokens.map { row($0, most) }
            return """
                <tbody>
                \(rows)
                \(padding(text.paddingShare, most))
                \(ofPicture(text.pictureShare, most))
                </tbody>
                """
        }
        return """
            <section id="tokens">
            <h2>\(wording.tokens)</h2>
            <p class="lead">\(wording.tokensMeaning)</p>
            <div class="scroll"><table class="tokens"><thead><tr>\(heads)</tr></thead>
            \(bodies)
            </table></div>
            </section>
            """
    }

    private func padding(_ share: Double, _ most: Double) -> HTML {
        // Of a GAN's sentence it is no word that could be left out.
        guard explanation.gan == nil else { return "" }
        return """
            <tr><td></td><td class="around" colspan="3">\(wording.padding)</td>\
            <td>\(bar(share, most))</td></tr>
            """
    }

    private func ofPicture(_ share: Double, _ most: Double) -> HTML {
        guard explanation.entropy != nil else { return "" }
        return """
            <tr><td></td><td class="around" colspan="3">\(wording.ofPicture)</td>\
            <td>\(bar(share, most))</td></tr>
            """
    }

    private func row(_ token: PictureExplanation.Token, _ most: Double) -> HTML {
        let symbol: HTML =
            switch token.kind {
            case .text: "\(HTML.prompt(token.shown))"
            case .start: "<span class=\"around\">\(wording.start)</span>"
            case .end: "<span class=\"around\">\(wording.end)</span>"
            }
        return """
            <tr><td>\(token.position)</td><td>\(symbol)</td><td>\(Int(token.id))</td>\
            <td>\(decimals(token.weight))</td><td>\(bar(token.share, most))</td></tr>
            """
    }

    private func bar(_ share: Double, _ most: Double) -> HTML {
        let width = Int((100 * share / most).rounded())
        return "\(percent(share))<div class=\"bar\" style=\"width:\(width)%\"></div>"
    }

    /// Seconds of each stage.
    var time: HTML {
        let times = explanation.times
        let values = [
            times.text, times.encoding, times.sampling, times.decoding, times.explaining,
        ]
        let parts = values.map { value -> HTML in
            "<div style=\"flex-grow:\(Int((value * 1000).rounded()))\"></div>"
        }
        let key = zip(wording.stages, values).filter { $0.1 > 0 }.map { name, value -> HTML in
            "<li>\(name) <b>\(decimals(value)) \(wording.seconds)</b></li>"
        }
        return """
            <section id="time">
            <h2>\(wording.time)</h2>
            <p class="lead">\(wording.timeMeaning)</p>
            <div class="stages">\(parts)</div>
            <ul class="key">\(key)</ul>
            </section>
            """
    }

    func decimals(_ value: Double) -> String { fixedPoint(value, 2) }

    func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }
}

extension PictureExplanation.Token {
    /// Without the mark of a word's end; pieces that go on show that.
    fileprivate var shown: String {
        let mark = "</w>"
        if symbol.hasSuffix(mark) { return String(symbol.dropLast(mark.count)) }
        return HTML.isChinese(symbol) ? symbol : symbol + "…"
    }
}
