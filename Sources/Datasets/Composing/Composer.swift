import PinxitImages
import PinxitTensors

/// Which side of ``HeldOut`` pictures are drawn from.
public enum DatasetSplit: Sendable {
    /// Pictures without any held-out combination.
    case train
    /// Pictures with at least one.
    case test
    /// Both, as the recipe mixes them.
    case everything
}

/// One caption with what it describes.
public struct Sample: Sendable, Hashable {
    /// Its place in the stream, from 0.
    public var index: Int
    /// What the picture shows, for ``Composer/render(_:size:)``.
    public var spec: PictureSpec
    /// What the picture is said to show, in `language`.
    public var caption: String
    /// Drawn by the recipe's `chineseShare`.
    public var language: CaptionLanguage
    /// Drawn by the recipe's `synonymShare` and `rephrasedShare`.
    public var wording: Wording
}

/// An endless, reproducible stream of captioned pictures: sample `i` of a seed is always the
/// same, whatever was asked before, so any range can be drawn on any thread.
public struct Composer: Sendable {
    /// The drawings and words everything is composed of.
    public let library: SpriteLibrary
    /// The shares and probabilities that are drawn by.
    public let recipe: DatasetRecipe
    /// What the stream begins from; another seed gives other pictures.
    public let seed: UInt64
    /// Which pictures are left out.
    public let split: DatasetSplit
    /// What puts a spec into words, made of the library's vocabulary.
    public let captions: Captions
    let cache: SpriteCache
    private let countable: [VocabularyEntry]
    /// Share of pairs' captions that say of each thing where it lies: what a model learns first,
    /// and the rest from it.
    private static let eachPlaceShare = 0.4

    /// - Parameters:
    ///   - recipe: the mix of pictures; by default the one the library was made with.
    ///   - seed: by default the recipe's.
    ///   - cacheBytes: how much memory tinted and scaled sprites may take.
    public init(
        library: SpriteLibrary, recipe: DatasetRecipe? = nil, seed: UInt64? = nil,
        split: DatasetSplit = .train, cacheBytes: Int = 256 << 20
    ) {
        precondition(library.vocabulary.count > 1, "pairs need at least two objects")
        self.library = library
        self.recipe = recipe ?? library.recipe
        self.seed = seed ?? self.recipe.seed
        self.split = split
        captions = Captions(library.vocabulary)
        cache = SpriteCache(capacity: cacheBytes)
        countable = library.vocabulary.filter { $0.english.plural != nil }
    }

    /// What picture `index` shows. Draws until one falls into the split.
    public func spec(at index: Int) -> PictureSpec {
        var random = SplitMix64(seed: seed, index: index)
        for _ in 0..<10_000_000 {
            let spec = draw(&random)
            if split == .everything || spec.isHeldOut == (split == .test) { return spec }
        }
        preconditionFailure("no picture of this vocabulary falls into the split \(split)")
    }

    /// Picture `index` and one caption of it, with the recipe's shares of languages and wordings.
    public func sample(at index: Int) -> Sample {
        let spec = spec(at: index)
        var random = SplitMix64(seed: seed ^ 0x6361_7074_696F_6E73, index: index)
        let language: CaptionLanguage = random.chance(recipe.chineseShare) ? .chinese : .english
        let synonym = random.chance(recipe.synonymShare) ? 1 + random.below(4) : 0
        var phrasing = random.chance(recipe.rephrasedShare) ? 1 + random.below(2) : 0
        if spec.parts.count == 2, random.chance(Self.eachPlaceShare) {
            phrasing = Wording.eachPlace
        }
        let wording = Wording(synonym: synonym, phrasing: phrasing)
        return Sample(
            index: index, spec: spec,
            caption: captions.caption(spec, language: language, wording: wording),
            language: language, wording: wording)
    }

    /// Pictures (RGB, `size` a side, by default the recipe's) and captions, drawn on all cores.
    public func batch(_ indices: Range<Int>, size: Int? = nil) -> [(
        picture: Picture, caption: String
    )] {
        inParallel(indices.count) { place in
            let sample = sample(at: indices.lowerBound + place)
            return (render(sample.spec, size: size ?? recipe.pictureSize), sample.caption)
        }
    }

    /// What `spec` shows in one language and wording; ``sample(at:)`` draws these.
    /// - Precondition: the spec's objects are in the library's vocabulary.
    public func caption(
        _ spec: PictureSpec, language: CaptionLanguage, wording: Wording = .plain
    ) -> String {
        captions.caption(spec, language: language, wording: wording)
    }

    /// Every different caption of the spec, English first.
    public func captions(_ spec: PictureSpec) -> [String] { captions.all(spec) }

    private func draw(_ random: inout SplitMix64) -> PictureSpec {
        let mix = recipe.mix
        let kind = random.weighted([mix.single, mix.place, mix.pair, mix.count])
        let styles = recipe.styles.drawn
        let style = styles[random.weighted(styles.map(recipe.styles.weight))]
        let layout: PictureSpec.Layout
        switch kind {
        case 0: layout = .single
        case 1:
            let position = Position.allCases[random.below(9)]
            layout = .place(position, random.chance(0.6) ? .small : .medium)
        case 2: layout = .pair(Relation.allCases[random.below(5)])
        default:
            let counts = recipe.counts
            layout =
                countable.isEmpty
                ? .single : .count(counts.lowerBound + random.below(counts.count))
        }
        var parts = drawParts(layout, &random)
        // A style holds for the whole picture; an object it lacks falls back to plain.
        let hasStyle = parts.allSatisfy { library.sprites[style]?[$0.object] != nil }
        let used = hasStyle ? style : .plain
        if used != .line { drawColors(&parts, &random) }
        let background = drawBackground(avoiding: parts, &random)
        return PictureSpec(
            layout: layout, parts: parts, style: used, background: background,
            jitter: random.next())
    }

    private func drawParts(
        _ layout: PictureSpec.Layout, _ random: inout SplitMix64
    ) -> [PictureSpec.Part] {
        var words = library.vocabulary
        if case .count = layout { words = countable }
        let first = random.below(words.count)
        guard case .pair = layout else { return [.init(object: words[first].key)] }
        let second = (first + 1 + random.below(words.count - 1)) % words.count
        return [.init(object: words[first].key), .init(object: words[second].key)]
    }

    // Pairs get two different colours more often than one, since binding two colours to two
    // objects is what a model finds hard.
    private func drawColors(_ parts: inout [PictureSpec.Part], _ random: inout SplitMix64) {
        guard random.chance(recipe.colorProbability) else { return }
        let tintable = parts.indices.filter { captions.entry(parts[$0]).canBeTinted }
        guard !tintable.isEmpty else { return }
        let colors = TintColor.allCases.shuffled(using: &random)
        if tintable.count == 1 || random.chance(0.65) {
            for i in tintable { parts[i].color = colors[i] }
        } else {
            parts[tintable[random.below(tintable.count)]].color = colors[0]
        }
    }

    private func drawBackground(
        avoiding parts: [PictureSpec.Part], _ random: inout SplitMix64
    ) -> Background {
        guard random.chance(recipe.backgroundProbability) else { return .white }
        let taken = parts.compactMap { $0.color?.rawValue }
        let free = Background.colored.filter { !taken.contains($0.rawValue) }
        return free[random.below(free.count)]
    }
}
