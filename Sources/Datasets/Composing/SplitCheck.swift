extension SpriteLibrary {
    /// Pictures that are drawn in search of one of each split.
    private static let tries = 20_000

    /// - Parameter file: Where the recipe came from.
    /// - Throws: `DatasetError.badRecipe` if no picture is for training, or none is held out.
    func checkSplits(_ file: String) throws(DatasetError) {
        let composer = Composer(library: self, split: .everything, cacheBytes: 0)
        var found: Set<Bool> = []
        for index in 0..<Self.tries where found.count < 2 {
            found.insert(composer.spec(at: index).isHeldOut)
        }
        guard found.count < 2 else { return }
        let missing = found.contains(true) ? "is for training" : "is held out for testing"
        throw .badRecipe(
            file: file,
            reason: "no picture of its \(vocabulary.count) objects and mix \(missing); accepted: "
                + "more objects, or more of colours, backgrounds, places, pairs and counts")
    }
}
