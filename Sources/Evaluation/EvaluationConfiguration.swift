import PinxitFiles

/// The settings of an evaluation, as `Recipes/evaluation.json` holds them.
public struct EvaluationConfiguration: Sendable, Hashable {
    /// Decides which combinations are asked, in which language, and every picture's seed.
    public var seed: UInt64 = 0
    /// Pictures for each attribute, once of trained and once of held-out combinations.
    public var count = 50
    /// How much is asked in all, in place of ``count``; nil is the short form.
    public var whole: WholeForm?
    /// How many objects are painted plainly; 0 is the whole vocabulary.
    public var objects = 0
    /// Wrong objects offered beside the right one.
    public var distractors = 9
    /// Share of Chinese prompts.
    public var chineseShare = 0.25
    /// Renderings of each choice, of different jitter; the nearest counts.
    public var renderings = 3
    /// How many training pictures are searched for copies; 0 leaves that out.
    public var trainingPictures = 4000
    /// Prompts of several attributes at once.
    public var composed = 100
    /// Wrong captions among which the right one is ranked.
    public var candidates = 99
    /// Captions of a folder's held-out pictures that are painted.
    public var prompts = 100
    /// How many pictures of each attribute are varied, and how many pairs of pictures blended, by
    /// models that paint from pictures.
    public var variedPictures = 25
    /// Pairs; at two places each.
    public var blendedPairs = 50
    /// How many prompts are painted with several seeds, and with how many.
    public var variedPrompts = 24
    /// Seeds of each such prompt, 1 to 64; fewer than two measure nothing.
    public var variedSeeds = 4
    /// How the ``KernelDistance`` is estimated, where there is an embedder.
    public var kernelDistance = KernelDistanceSettings()
    /// The side at which pictures of several models are compared.
    public var commonSize = 64
    /// The grid's prompts, one row each.
    public var gridPrompts: [String] = []
    /// The grid's seeds, one column each.
    public var gridSeeds: [UInt32] = [0, 1, 2, 3]

    /// The defaults above, without a grid.
    public init() {}

    /// - Throws: `FileError` naming the field that is wrong. Fields left out keep their defaults.
    public init(file: String) throws(FileError) {
        let json = try JSONFile.read(file)
        let known = [
            "note", "seed", "count", "whole", "objects", "distractors", "chinese_share",
            "renderings", "training_pictures", "composed", "candidates", "prompts", "varied",
            "from_pictures", "kernel_distance", "common_size", "grid",
        ]
        for (name, field) in try json.members() where !known.contains(name) {
            throw FileError(
                path: file, field: field.path,
                problem: "is unknown; accepted are \(known.joined(separator: ", "))")
        }
        seed = UInt64(try Self.number(json["seed"], or: 0, in: 0...Int.max))
        count = try Self.number(json["count"], or: count, in: 1...100_000)
        if json["whole"].exists { whole = try WholeForm(json["whole"]) }
        objects = try Self.number(json["objects"], or: objects, in: 0...100_000)
        distractors = try Self.number(json["distractors"], or: distractors, in: 1...1000)
        renderings = try Self.number(json["renderings"], or: renderings, in: 1...100)
        trainingPictures = try Self.number(
            json["training_pictures"], or: trainingPictures, in: 0...10_000_000)
        chineseShare = try json["chinese_share"].double(or: chineseShare)
        guard (0...1).contains(chineseShare) else {
            throw json["chinese_share"].error("a share from 0 to 1")
        }
        try readComparisons(json)
        if json["grid"].exists { try readGrid(json["grid"]) }
    }

    private mutating func readComparisons(_ json: JSONField) throws(FileError) {
        composed = try Self.number(json["composed"], or: composed, in: 0...10_000)
        candidates = try Self.number(json["candidates"], or: candidates, in: 1...1000)
        prompts = try Self.number(json["prompts"], or: prompts, in: 1...10_000)
        commonSize = try Self.number(json["common_size"], or: commonSize, in: 16...1024)
        if json["varied"].exists {
            let varied = json["varied"]
            variedPrompts = try Self.number(varied["prompts"], or: variedPrompts, in: 0...1000)
            variedSeeds = try Self.number(varied["seeds"], or: variedSeeds, in: 1...64)
        }
        if json["from_pictures"].exists {
            let pictures = json["from_pictures"]
            variedPictures = try Self.number(
                pictures["varied"], or: variedPictures, in: 0...10_000)
            blendedPairs = try Self.number(pictures["blended"], or: blendedPairs, in: 0...10_000)
        }
        if json["kernel_distance"].exists {
            let settings = json["kernel_distance"]
            kernelDistance.subsets = try Self.number(
                settings["subsets"], or: kernelDistance.subsets, in: 1...10_000)
            kernelDistance.size = try Self.number(
                settings["size"], or: kernelDistance.size, in: 2...10_000)
        }
    }

    private mutating func readGrid(_ grid: JSONField) throws(FileError) {
        gridPrompts = try grid["prompts"].strings()
        var seeds: [UInt32] = []
        for seed in try grid["seeds"].array() {
            seeds.append(UInt32(try Self.number(seed, or: 0, in: 0...Int(UInt32.max))))
        }
        guard !seeds.isEmpty, seeds.count <= 64, gridPrompts.count <= 1000 else {
            throw grid.error("at most 1000 prompts and 1 to 64 seeds")
        }
        gridSeeds = seeds
    }

    static func number(
        _ field: JSONField, or fallback: Int, in range: ClosedRange<Int>
    ) throws(FileError) -> Int {
        let value = try field.int(or: fallback)
        guard range.contains(value) else {
            throw FileError(
                path: field.file, field: field.path,
                problem: "\(value); \(range.lowerBound) to \(range.upperBound) is accepted")
        }
        return value
    }
}
