import PinxitDatasets
import PinxitTensors

/// Draws the questions of an evaluation. Every value of an attribute is asked equally often, so a
/// model that ignores the prompt gets exactly the chance level; a longer questionnaire holds the
/// shorter one.
struct QuestionWriter {
    let library: SpriteLibrary
    let configuration: EvaluationConfiguration
    private let captions: Captions
    private var result = Questionnaire()

    init(library: SpriteLibrary, configuration: EvaluationConfiguration) {
        self.library = library
        self.configuration = configuration
        captions = Captions(library.vocabulary)
    }

    static func write(
        _ library: SpriteLibrary, _ configuration: EvaluationConfiguration
    ) -> Questionnaire {
        var writer = QuestionWriter(library: library, configuration: configuration)
        for attribute in composed {
            let values = writer.specs(attribute)
            for isHeldOut in [false, true] { writer.ask(attribute, values, isHeldOut) }
        }
        writer.askObjects()
        if let whole = configuration.whole { writer.result.pair(whole.paired, writer.captions) }
        return writer.result
    }

    /// What pictures of their own are painted for; shapes are asked of those of colours.
    private static let composed: [Attribute] = [
        .color, .background, .count, .position, .side, .style,
    ]

    /// Pictures of an attribute on one split. Those of the whole form are shared out evenly.
    private func count(_ attribute: Attribute, _ isHeldOut: Bool) -> Int {
        guard let whole = configuration.whole else { return configuration.count }
        let all = isHeldOut ? whole.heldOut : whole.trained - objectCount
        let (share, rest) = all.quotientAndRemainder(dividingBy: Self.composed.count)
        return share + (Self.composed.firstIndex(of: attribute)! < rest ? 1 : 0)
    }

    /// Objects that are painted plainly.
    private var objectCount: Int {
        let all = library.vocabulary.count
        let wanted = configuration.objects == 0 ? all : min(configuration.objects, all)
        return min(wanted, configuration.whole?.trained ?? wanted)
    }

    /// The specs to choose from, one list for each value. Nothing else in them could be held out.
    private func specs(_ attribute: Attribute) -> [[PictureSpec]] {
        let words = library.vocabulary
        func single(_ entry: VocabularyEntry, _ color: TintColor? = nil) -> PictureSpec {
            PictureSpec(layout: .single, parts: [.init(object: entry.key, color: color)])
        }
        switch attribute {
        case .color:
            let tintable = words.filter(\.canBeTinted)
            return TintColor.allCases.map { color in tintable.map { single($0, color) } }
        case .background:
            return Background.allCases.map { background in
                words.map {
                    var spec = single($0)
                    spec.background = background
                    return spec
                }
            }
        case .count:
            let countable = words.filter { $0.english.plural != nil }
            return library.recipe.counts.map { count in
                countable.map {
                    PictureSpec(layout: .count(count), parts: [.init(object: $0.key)])
                }
            }
        case .position:
            return Position.allCases.map { position in
                words.enumerated().map { index, entry in
                    let size = ObjectSize.allCases[index % 2]
                    return PictureSpec(
                        layout: .place(position, size), parts: [.init(object: entry.key)])
                }
            }
        case .side:
            return Self.sides.map { side in
                words.flatMap { first in
                    words.filter { $0.key != first.key }.map {
                        PictureSpec(
                            layout: .pair(side),
                            parts: [.init(object: first.key), .init(object: $0.key)])
                    }
                }
            }
        case .style:
            return library.drawnStyles.map { style in
                words.filter { library.sprites[style]?[$0.key] != nil }.map {
                    var spec = single($0)
                    spec.style = style
                    return spec
                }
            }
        case .object, .shape:
            return [words.map { single($0) }]
        }
    }

    private static let sides: [Relation] = [.left, .right, .above, .below]

    private mutating func ask(
        _ attribute: Attribute, _ values: [[PictureSpec]], _ isHeldOut: Bool
    ) {
        let split = isHeldOut ? "held out" : "trained"
        var lists: [[PictureSpec]] = []
        for (index, specs) in values.enumerated() {
            var random = random("\(attribute)|\(split)|\(index)")
            let fitting = specs.filter { $0.isHeldOut == isHeldOut }
            if !fitting.isEmpty { lists.append(random.shuffled(fitting)) }
        }
        guard !lists.isEmpty else { return }
        for number in 0..<count(attribute, isHeldOut) {
            let list = lists[number % lists.count]
            let spec = list[number / lists.count % list.count]
            let item = add(spec, "\(attribute)|\(split)|\(number)")
            let choices = choices(attribute, result.items[item].spec)
            add(Question(attribute: attribute, item: item, choices: choices))
            // The same pictures show whether an object is known without its colour, and on
            // backgrounds it was never seen on.
            if attribute == .color { askObject(.shape, item) }
            if attribute == .background && isHeldOut { askObject(.object, item) }
        }
    }

    private mutating func askObjects() {
        var random = random("object")
        let specs = random.shuffled(specs(.object)[0])
        for number in 0..<objectCount {
            askObject(.object, add(specs[number], "object|\(number)"))
        }
    }

    private mutating func add(_ spec: PictureSpec, _ name: String) -> Int {
        var random = random("item|" + name)
        var spec = spec
        spec.jitter = random.next()
        let language: CaptionLanguage =
            random.chance(configuration.chineseShare) ? .chinese : .english
        let order = PaintingOrder(
            prompt: captions.caption(spec, language: language),
            seed: UInt32(truncatingIfNeeded: random.next()))
        result.items.append(Item(spec: spec, order: order, language: language))
        return result.items.count - 1
    }

    private mutating func add(_ question: Question) { result.questions.append(question) }

    private func choices(_ attribute: Attribute, _ spec: PictureSpec) -> [PictureSpec] {
        func variants<Value>(_ values: [Value], _ change: (inout PictureSpec, Value) -> Void)
            -> [PictureSpec]
        {
            let all = values.map { value in
                var other = spec
                change(&other, value)
                return other
            }
            return [spec] + all.filter { $0 != spec }
        }
        switch attribute {
        case .color: return variants(TintColor.allCases) { $0.parts[0].color = $1 }
        case .background: return variants(Background.allCases) { $0.background = $1 }
        case .count:
            return variants([.single] + library.recipe.counts.map { .count($0) }) { $0.layout = $1 }
        case .position:
            guard case .place(_, let size) = spec.layout else { return [spec] }
            return variants(Position.allCases) { $0.layout = .place($1, size) }
        case .side: return variants(Self.sides) { $0.layout = .pair($1) }
        case .style:
            let styles = library.drawnStyles.filter {
                library.sprites[$0]?[spec.parts[0].object] != nil
            }
            return variants(styles) { $0.style = $1 }
        case .object, .shape: return [spec]
        }
    }

    private mutating func askObject(_ attribute: Attribute, _ item: Int) {
        let spec = result.items[item].spec
        let isTinted = spec.parts[0].color != nil
        let others = library.vocabulary.filter {
            $0.key != spec.parts[0].object && (!isTinted || $0.canBeTinted)
        }
        var random = random("\(attribute)|distractors|\(result.items[item].order)")
        let distractors = random.shuffled(others).prefix(configuration.distractors).map {
            var other = spec
            other.parts[0].object = $0.key
            return other
        }
        add(Question(attribute: attribute, item: item, choices: [spec] + distractors))
    }

    private func random(_ name: String) -> SplitMix64 {
        SplitMix64(seed: configuration.seed ^ fnv1a64(name))
    }
}
