import PinxitDatasets
import PinxitFiles
import PinxitImages

extension Report {
    /// One row of a grid of pictures.
    private struct Row {
        let prompt: String
        let seed: UInt32
        /// What it should show, where that can be rendered.
        let spec: PictureSpec?
        let picture: (Paintings) -> Picture
    }

    /// Prompts in rows, painters in columns.
    func pictures() throws(ImageError) -> HTML {
        var grids: [HTML] = []
        for (title, rows) in [
            ("Written by hand", writtenRows), ("Trained combinations", itemRows(.trained)),
            ("Held-out combinations", itemRows(.heldOut)),
            ("Composed: three attributes and more", composedRows),
        ] where !rows.isEmpty {
            grids.append(try grid(title, rows))
        }
        return """
            <section id="pictures">
            <h2>Pictures</h2>
            <p>The first seed of each prompt, nothing selected.</p>
            <input type="checkbox" id="nearest"> <label for="nearest">Show below each picture the nearest training picture (16x16 RGB)</label>
            \(grids)
            </section>
            """
    }

    private var writtenRows: [Row] {
        let configuration = evaluator.configuration
        let seeds = configuration.gridSeeds
        return configuration.gridPrompts.enumerated().map { index, prompt in
            Row(prompt: prompt, seed: seeds[0], spec: nil) { $0.grid[index * seeds.count] }
        }
    }

    /// The first picture asked for each attribute.
    private func itemRows(_ group: PromptGroup) -> [Row] {
        let questionnaire = evaluator.questionnaire
        var items: [Int] = []
        for attribute in Attribute.allCases {
            let fitting = questionnaire.questions.filter {
                $0.attribute == attribute
                    && questionnaire.items[$0.item].isHeldOut == (group == .heldOut)
            }
            if let item = fitting.first(where: { !items.contains($0.item) })?.item {
                items.append(item)
            }
        }
        return items.map { index in row(questionnaire.items[index]) { $0.items[index] } }
    }

    private var composedRows: [Row] {
        evaluator.composedPrompts.items.prefix(8).enumerated().map { index, item in
            row(item) { $0.composed[index] }
        }
    }

    private func row(_ item: Item, _ picture: @escaping (Paintings) -> Picture) -> Row {
        Row(prompt: item.order.prompt, seed: item.order.seed, spec: item.spec, picture: picture)
    }

    private func grid(_ title: String, _ rows: [Row]) throws(ImageError) -> HTML {
        let hasReal = rows.contains { $0.spec != nil }
        let heads = models.map { model -> HTML in "<th scope=\"col\">\(model.name)</th>" }
        let real: HTML = hasReal ? "<th scope=\"col\">a real picture</th>" : ""
        var lines: [HTML] = []
        for row in rows {
            var cells: [HTML] = []
            for model in models {
                cells.append(try cell(row.picture(model.paintings), "\(model.name): \(row.prompt)"))
            }
            if let spec = row.spec {
                let picture = reference.composer.render(spec, size: evaluator.pictureSize)
                let image = try HTML.image(picture, alt: "real: \(row.prompt)")
                cells.append("<td>\(image)</td>")
            }
            let seed = "seed \(row.seed)"
            lines.append(
                """
                <tr><th scope="row">\(HTML.prompt(row.prompt))<br><small>\(seed)</small></th>
                \(cells)</tr>
                """)
        }
        return """
            <div class="scroll" role="region" aria-label="\(title)" tabindex="0">
            <table class="grid">
            <caption>\(title)</caption>
            <thead><tr><th scope="col">prompt</th>\(heads)\(real)</tr></thead>
            <tbody>
            \(lines)
            </tbody>
            </table>
            </div>
            """
    }

    private func cell(_ picture: Picture, _ alt: String) throws(ImageError) -> HTML {
        let image = try HTML.image(picture, alt: alt)
        guard let found = reference.nearestTrainingPicture(to: picture) else {
            return "<td>\(image)</td>"
        }
        let nearest = try HTML.image(
            reference.trainingPicture(found.index, size: evaluator.pictureSize),
            alt: "the training picture nearest to it")
        return """
            <td>\(image)<div class="near">\(nearest)<small>\(fixedPoint(found.distance, 1)) levels</small></div></td>
            """
    }
}
