import FoundationEssentials
import PinxitFiles

extension DatasetRecipe {
    /// Every setting, as its reader declares it.
    public static var settings: [Setting] {
        Setting.all(of: "dataset") { _ = try DatasetRecipe($0) }
    }

    /// Reads a recipe; what it leaves out has its default.
    /// - Throws: `FileError` for a setting that is unknown, of another type or out of range.
    public static func load(_ file: String) throws -> DatasetRecipe {
        try DatasetRecipe(SettingsReader(JSONFile.read(file)))
    }

    /// Refuses values that no file may have.
    func check(_ file: String) throws(DatasetError) {
        do {
            let json = try JSONValue(
                parsing: String(decoding: try JSONEncoder().encode(self), as: UTF8.self))
            _ = try DatasetRecipe(
                SettingsReader(JSONField(file: file, path: "", value: json)))
        } catch let error as FileError {
            throw .badRecipe(file: file, reason: "\(error.field): \(error.problem)")
        } catch {
            throw .badRecipe(file: file, reason: "\(error)")
        }
    }

    init(_ s: SettingsReader) throws {
        objects = try s.string(
            "objects", or: objects, "The table of objects, a file beside the recipe.")
        vocabulary = try s.choice(
            "vocabulary", or: vocabulary,
            "Which objects are drawn: common ones (core), those and all others whose drawings can "
                + "be told apart (told), or every line of the table.")
        mix = try Mix(s.group("mix"))
        styles = try Styles(s.group("styles"))
        let most = try s.int(
            "largestCount", or: 4, in: 4...6, "The most of one object on a picture.")
        largestCount = most == 4 ? nil : most
        colorProbability = try s.double(
            "colorProbability", or: colorProbability, in: .share,
            "How often an object is tinted.")
        backgroundProbability = try s.double(
            "backgroundProbability", or: backgroundProbability, in: .share,
            "How often the background is not white.")
        chineseShare = try s.double(
            "chineseShare", or: chineseShare, in: .share, "Share of Chinese captions.")
        synonymShare = try s.double(
            "synonymShare", or: synonymShare, in: .share,
            "Share of captions with a synonym in place of the plain noun.")
        rephrasedShare = try s.double(
            "rephrasedShare", or: rephrasedShare, in: .share,
            "Share of captions with another wording of colour, place or background.")
        pictureSize = try s.int(
            "pictureSize", or: pictureSize, in: 16...1024, "Side of the pictures in pixels.")
        let varied = try Variety(s.group("variety"))
        variety = varied == Variety() ? nil : varied
        seed = UInt64(
            try s.int("seed", or: Int(seed), "What the stream of pictures begins from."))
        try s.finish()
    }
}

extension DatasetRecipe.Mix {
    fileprivate init(_ s: SettingsReader) throws {
        single = try s.weight(
            "single", or: single, "Weight of pictures of one object that fills the canvas.")
        place = try s.weight(
            "place", or: place, "Weight of those of one smaller object at one of nine places.")
        pair = try s.weight(
            "pair", or: pair, "Weight of those of two objects that lie in a relation.")
        count = try s.weight("count", or: count, "Weight of those of two and more of one object.")
        try s.finish(weights: [single, place, pair, count])
    }
}

extension DatasetRecipe.Styles {
    fileprivate init(_ s: SettingsReader) throws {
        plain = try s.weight("plain", or: plain, "Weight of Noto Color Emoji's drawings.")
        cartoon = try s.weight(
            "cartoon", or: cartoon,
            "Weight of OpenMoji's in colour; what it lacks is drawn plain.")
        line = try s.weight("line", or: line, "Weight of OpenMoji's outlines, never tinted.")
        let some = try s.weight(
            "flat", or: 0, "Weight of Twemoji's, whose font is fetched for it (80 MB).")
        flat = some > 0 ? some : nil
        try s.finish(weights: [plain, cartoon, line, some])
    }
}

extension DatasetRecipe.Variety {
    fileprivate init(_ s: SettingsReader) throws {
        mirroredShare = try s.double(
            "mirroredShare", or: 0, in: .share,
            "Share of the drawings whose left and right are exchanged, of things that may be.")
        turn = try s.int(
            "turn", or: 0, in: 0...45, "Degrees that a drawing is turned by at most, either way.")
        // Placed things of medium size stay larger than small ones.
        shrink = try s.double(
            "shrink", or: 0, in: NumberRange(0...0.25),
            "Share of its usual side that a drawing lacks at most.")
        try s.finish()
    }
}

extension SettingsReader {
    fileprivate func weight(
        _ name: String, or standard: Double, _ effect: String
    ) throws -> Double {
        try double(name, or: standard, in: .notNegative, effect)
    }

    /// The end of a group of weights, of which one is above zero.
    fileprivate func finish(weights: [Double]) throws {
        try finish()
        guard weights.contains(where: { $0 > 0 }) else {
            throw field.unsupported("a group of weights of 0", ["one above 0"])
        }
    }
}
