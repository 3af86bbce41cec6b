import PinxitDatasets
import PinxitFiles

extension TrainingContext {
    /// The same, whose captions are what is learnt.
    ///
    /// - Throws: `FileError` for a folder in which nothing says what pictures show.
    func captionedPictures(
        _ seed: UInt64? = nil, _ split: DatasetSplit = .train
    ) throws -> any CaptionedPictures {
        switch data {
        case .composed(let library):
            return Composer(library: library, seed: seed, split: split)
        case .folder(let folder):
            try folder.requireCaptions()
            return folder.stream(seed: seed ?? 0, split: split)
        }
    }

    /// The stream of training pictures of a seed.
    func pictures(_ seed: UInt64) -> any CaptionedPictures { data.pictures(seed) }

    /// Pictures of combinations that no training picture has, or files of a folder that are not
    /// learnt from; always the same ones.
    func heldOutPictures() -> any CaptionedPictures { data.pictures(1, .test) }

    /// Of so many pictures those that differ: a folder may have fewer.
    func distinct(_ count: Int, of pictures: any CaptionedPictures) -> Int {
        let count = min(count, pictures.distinctCount ?? count)
        if let all = (pictures as? PictureStream)?.epochCount, count < all {
            log.message("\(count) of \(all) samples are learnt from: the recipe's task has no more")
        }
        return count
    }

    /// The texts that sample sheets are painted for: the recipe's, or, where it has none, captions
    /// of a folder's held-out pictures.
    func prompts() throws -> [String] {
        let prompts = try settings.prompts()
        guard prompts.isEmpty, case .folder(let folder) = data else { return prompts }
        let heldOut = folder.stream(seed: 1, split: .test)
        return (0..<min(16, heldOut.epochCount)).map(heldOut.caption)
    }

    /// The cache of the run for what is made of the first `count` pictures of a stream.
    ///
    /// - Parameters:
    ///   - name: Of the file.
    ///   - maker: Identity of what it is made with, such as an encoder's ``weightsIdentity(_:)``.
    func cache(
        _ name: String, of count: Int, _ pictures: any CaptionedPictures, madeWith maker: String
    )
        -> PictureCache
    {
        PictureCache(
            name: name, count: count, pictures: pictures,
            identity: "\(maker) \(pictures.identity)", folder: folder,
            log: log, ranks: ranks)
    }
}

extension PictureFolder {
    /// - Throws: `FileError` where nothing says what pictures show.
    func requireCaptions() throws(FileError) {
        guard !hasCaptions else { return }
        throw FileError(
            path: path,
            problem: "holds pictures without captions; accepted: a .txt beside each, "
                + "metadata.jsonl or metadata.csv, or folders named after what they show")
    }
}
