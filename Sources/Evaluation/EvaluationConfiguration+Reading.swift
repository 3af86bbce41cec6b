import PinxitFiles

extension EvaluationConfiguration {
    /// Every setting, as its reader declares it.
    package static var settings: [Setting] {
        Setting.all(of: "evaluation") { _ = try EvaluationConfiguration($0) }
    }

    /// Reads a file; what it leaves out has its default.
    /// - Throws: `FileError` for a setting that is unknown, of another type or out of range.
    public init(file: String) throws {
        try self.init(SettingsReader(JSONFile.read(file)))
    }

    private init(_ s: SettingsReader) throws {
        self.init()
        seed = UInt64(
            try s.int("seed", or: 0, "Of what is asked, in which language, and every picture."))
        count = try s.int(
            "count", or: count, in: 1...100_000,
            "Pictures for each attribute, once of trained and once of held-out combinations, where "
                + "whole is not given or --short is.")
        let whole = try WholeForm(s.group("whole"))
        if s.field["whole"].exists { self.whole = whole }
        objects = try s.int(
            "objects", or: objects, in: 0...100_000,
            "How many objects are painted plainly; 0 is the whole vocabulary.")
        distractors = try s.int(
            "distractors", or: distractors, in: 1...1000,
            "Wrong objects offered beside the right one.")
        chineseShare = try s.double(
            "chinese_share", or: chineseShare, in: .share, "Share of Chinese prompts.")
        renderings = try s.int(
            "renderings", or: renderings, in: 1...100,
            "Renderings of each choice; the one nearest to the picture counts.")
        trainingPictures = try s.int(
            "training_pictures", or: trainingPictures, in: 0...10_000_000,
            "How many training pictures are searched for copies; 0 leaves that out.")
        composed = try s.int(
            "composed", or: composed, in: 0...10_000, "Prompts of several attributes at once.")
        candidates = try s.int(
            "candidates", or: candidates, in: 1...1000,
            "Wrong captions among which the right one is ranked.")
        prompts = try s.int(
            "prompts", or: prompts, in: 1...10_000,
            "Captions of a folder's held-out pictures that are painted.")
        commonSize = try s.int(
            "common_size", or: commonSize, in: 16...1024,
            "The side in pixels at which pictures of several models are compared.")
        try readSeeds(s.group("varied"))
        try readPictures(s.group("from_pictures"))
        kernelDistance = try KernelDistanceSettings(s.group("kernel_distance"))
        try readGrid(s.group("grid"))
        try s.finish()
    }

    private mutating func readSeeds(_ s: SettingsReader) throws {
        variedPrompts = try s.int(
            "prompts", or: variedPrompts, in: 0...1000,
            "How many prompts are painted with several seeds.")
        variedSeeds = try s.int(
            "seeds", or: variedSeeds, in: 1...64,
            "With how many; fewer than two measure nothing.")
        try s.finish()
    }

    private mutating func readPictures(_ s: SettingsReader) throws {
        variedPictures = try s.int(
            "varied", or: variedPictures, in: 0...10_000,
            "Pictures of each attribute that are varied, by models that paint from pictures.")
        blendedPairs = try s.int(
            "blended", or: blendedPairs, in: 0...10_000,
            "Pairs of pictures that such models blend, at two places each.")
        try s.finish()
    }

    private mutating func readGrid(_ s: SettingsReader) throws {
        gridPrompts = try s.strings("prompts", or: [], "The grid's rows.")
        gridSeeds = try s.ints(
            "seeds", or: gridSeeds.map(Int.init), count: 1...64, each: 0...Int(UInt32.max),
            "The grid's columns."
        ).map { UInt32($0) }
        try s.finish()
    }
}

extension WholeForm {
    fileprivate init(_ s: SettingsReader) throws {
        self.init()
        let numbers = 1...1_000_000
        trained = try s.int(
            "trained", or: trained, in: numbers,
            "Prompts in all, of combinations that training pictures have, shared out over the "
                + "attributes.")
        heldOut = try s.int(
            "held_out", or: heldOut, in: numbers,
            "The same of combinations that no training picture has.")
        paired = try s.int(
            "paired", or: paired, in: 0...numbers.upperBound,
            "Prompts of each attribute that are painted in both languages, as far as there are so "
                + "many.")
        try s.finish()
    }
}

extension KernelDistanceSettings {
    fileprivate init(_ s: SettingsReader) throws {
        self.init()
        subsets = try s.int(
            "subsets", or: subsets, in: 1...10_000, "How often the kernel distance is estimated.")
        size = try s.int("size", or: size, in: 2...10_000, "Pictures of either set in a subset.")
        try s.finish()
    }
}
