import PinxitFiles
import PinxitImages

extension Report {
    /// One page that needs nothing else: no script, no file beside it, pictures within.
    public func html() throws(ImageError) -> String {
        let names = models.map(\.name).joined(separator: ", ")
        let body: HTML = """
            <header>
            <h1>Painters compared</h1>
            \(introduction)
            <nav aria-label="On this page"><a href="#figures">Figures</a> <a href="#meanings">What they mean</a> <a \
            href="#pictures">Pictures</a> <a href="#mistakes">Mistakes</a> <a href="#copies">Nearest training pictures</a></nav>
            </header>
            <main>
            \(figures)
            \(meanings)
            \(try pictures())
            \(try mistakes())
            \(try copies())
            </main>
            """
        return HTML.page(
            language: "en", title: "Pinxit: painters compared (\(names))", style: Self.style,
            body: body
        ).text
    }

    private var introduction: HTML {
        let size = "\(reference.size)x\(reference.size)"
        let judge: HTML =
            embedder.map {
                "The evaluator is the CLIP <b>\($0)</b>, whose weights are in none of the painters' folders."
            } ?? "No evaluator CLIP was given, so R-precision and KID are missing."
        let painters = models.map { model -> HTML in
            "<li><b>\(model.name)</b> (\(model.family)): \(model.settingsInWords)</li>"
        }
        return """
            <p>Each painter painted the same \(evaluator.orderCount) pictures: the same prompts with the same seeds, nothing selected, with its \
            usual settings and at its own size. For the figures every picture is resized to \(size) (bicubic, as PIL does it). \(judge)</p>
            <ul>
            \(painters)
            </ul>
            """
    }

    private var figures: HTML {
        let heads = models.map { model -> HTML in
            "<th scope=\"col\">\(model.name)<br><small>\(model.family)</small></th>"
        }
        return """
            <section id="figures">
            <h2>Figures</h2>
            <div class="scroll" role="region" aria-labelledby="caption" tabindex="0">
            <table class="figures">
            <caption id="caption">All figures, with 95 % intervals of shares and the spread of KID in small print. \
            <i>Held out</i>: combinations that no training picture has.</caption>
            <thead><tr><th scope="col">figure</th><th scope="col">prompts</th>
            \(heads)
            <th scope="col">chance</th><th scope="col">real pictures</th></tr></thead>
            <tbody>
            \(figureLines)
            </tbody>
            <tbody>
            \(costRows)
            </tbody>
            </table>
            </div>
            </section>
            """
    }

    private var figureLines: [HTML] {
        figureRows.map { row, own in
            let cells = own.map { own -> HTML in
                own.map { "<td>\($0.painted) <small>\($0.detail)</small></td>" } ?? "<td></td>"
            }
            return """
                <tr><th scope="row">\(row.title)</th><td>\(row.prompts)</td>\(cells)<td>\(row.chance)</td><td>\(row.real)</td></tr>
                """
        }
    }

    private var costRows: [HTML] {
        guard let first = models.first else { return [] }
        return first.costs.enumerated().map { index, cost in
            let cells = models.map { model -> HTML in "<td>\(model.costs[index].value)</td>" }
            return
                "<tr><th scope=\"row\">\(cost.title)</th><td></td>\(cells)<td></td><td></td></tr>"
        }
    }

    private var meanings: HTML {
        let entries = explanations.map { entry -> HTML in
            "<dt>\(entry.title)</dt><dd>\(entry.text)</dd>"
        }
        return """
            <section id="meanings">
            <h2>What the figures mean</h2>
            <dl>
            \(entries)
            </dl>
            </section>
            """
    }
}
