import PinxitDatasets
import PinxitFiles

/// The recipe's group `dataset`: how a folder's pictures and captions come.
struct FolderSettings {
    var framing: PictureFraming
    var tags: TagOrder

    /// - Parameter base: What is usual for the model that is fine-tuned; nil for other stages.
    init(_ s: SettingsReader, usual base: FineTuningBase.Usual? = nil) throws {
        let size = try s.int(
            "size", or: 128, in: 8...2048,
            "The side in pixels that pictures are brought to; in fine-tuning the model's, unless it is "
                + "given."
        )
        let crop: PictureFraming.Crop = try s.choice(
            "crop", or: base == nil ? .center : .bucket,
            "What is taken of a picture: the square in its middle, a square anywhere in it, all of it "
                + "between borders, or, in fine-tuning only, nearly all of it in the shape of the "
                + "bucket whose aspect ratio is nearest.")
        let step = try s.int(
            "bucket_step", or: 0, in: 0...1024,
            "What the sides of buckets are multiples of; 0 is the least that the model can halve: 64 "
                + "for Stable Diffusion 1.5 and 2.1, 32 for SDXL.")
        let mirrors = try s.bool(
            "mirror", or: false, "Whether half of the pictures are turned left to right.")
        let background = try s.ints(
            "background", or: [255, 255, 255], count: 3...3, each: 0...255,
            "The colour behind transparent pictures and of borders: red, green, blue.")
        tags = TagOrder(
            shuffles: try s.bool(
                "shuffle_tags", or: false,
                "Whether what stands between a caption's commas comes in another order each time, "
                    + "up to a hundred."),
            kept: try s.int(
                "keep_tokens", or: 0, in: 0...1000,
                "So many of a caption's tags stay at its front when they are shuffled."))
        try s.finish()
        framing = PictureFraming(
            size: size, crop: crop, bucketStep: step, mirrors: mirrors,
            background: background.map { UInt8($0) })
        if let base {
            if !s.field["size"].exists { framing.size = base.size }
            if step == 0 { framing.bucketStep = base.step }
        }
        try checkUse(s)
    }

    /// Refuses what would do nothing.
    private func checkUse(_ s: SettingsReader) throws(FileError) {
        for (name, other, isUsed) in [
            ("bucket_step", "crop \"bucket\"", framing.crop == .bucket),
            ("keep_tokens", "shuffle_tags", tags.shuffles),
        ] where s.field[name].exists && !isUsed && !s.record.isDescribing {
            throw FileError(
                path: s.field.file, field: s.field[name].path, problem: "goes with \(other) only")
        }
    }
}
