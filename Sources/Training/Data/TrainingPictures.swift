import PinxitDatasets

extension TrainingContext {
    /// The stream of training pictures of a seed.
    func pictures(_ seed: UInt64) -> Composer { Composer(library: library, seed: seed) }

    /// Pictures of combinations that no training picture has, always the same ones.
    func heldOutPictures() -> Composer { Composer(library: library, seed: 1, split: .test) }

    /// The cache of the run for what is made of the first `count` pictures of a stream.
    ///
    /// - Parameters:
    ///   - name: Of the file.
    ///   - maker: Identity of what it is made with, such as an encoder's ``weightsIdentity(_:)``.
    func cache(_ name: String, of count: Int, _ pictures: Composer, madeWith maker: String)
        -> PictureCache
    {
        PictureCache(
            name: name, count: count, pictures: pictures,
            identity: "\(maker) \(library.manifest.recipe) \(pictures.seed)", folder: folder,
            log: log)
    }
}
