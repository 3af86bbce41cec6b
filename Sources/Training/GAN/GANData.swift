import PinxitCLIP
import PinxitCheckpoints
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitTensors

/// The training pictures of the GAN with the CLIP embeddings of captions and pictures, made once and kept.
struct GANData {
    /// `[count, side, side, 3]`, 8 bits each.
    let pictures: Tensor
    /// `[count, features]`, rows of length one.
    let texts: Tensor
    /// Those of captions that are wrong in one word, `[count, features]`; see ``Composer/distractor(of:_:)``.
    let wrongTexts: Tensor
    /// The pictures' own embeddings, moved so that their mean is the texts' mean: the two kinds lie in different places.
    let images: Tensor

    var count: Int { pictures.shape[0] }

    /// Reads the data of a run, or makes them.
    ///
    /// - Parameter identity: What they depend on beside the composer's library and seed; another means making them anew.
    static func load(
        count: Int, side: Int, from composer: Composer, _ clip: CLIP, identity: String,
        folder: String, log: RunLog
    ) throws -> GANData {
        let path = "\(folder)/data.safetensors"
        if fileExists(path), let file = try? SafetensorsFile(path: path),
            file.metadata["identity"] == identity
        {
            let tensors = try file.tensors()
            if let pictures = tensors["pictures"], let texts = tensors["texts"],
                let wrongTexts = tensors["wrong_texts"], let images = tensors["images"],
                pictures.shape == [count, side, side, 3]
            {
                return GANData(
                    pictures: pictures, texts: texts, wrongTexts: wrongTexts, images: images)
            }
        }
        let data = make(count: count, side: side, from: composer, clip, log: log)
        try Checkpoint.save(
            [
                "pictures": data.pictures, "texts": data.texts, "wrong_texts": data.wrongTexts,
                "images": data.images,
            ], to: path,
            metadata: ["identity": identity])
        return data
    }

    private static func make(
        count: Int, side: Int, from composer: Composer, _ clip: CLIP, log: RunLog
    ) -> GANData {
        let pictures = Tensor(uninitialized: [count, side, side, 3], type: .u8)
        var (texts, wrongTexts, images): ([Tensor], [Tensor], [Tensor]) = ([], [], [])
        let chunk = 256
        for start in stride(from: 0, to: count, by: chunk) {
            let range = start..<min(start + chunk, count)
            let batch = composer.batch(range, size: side)
            for (place, item) in zip(range, batch) {
                let target = pictures.pointer + place * item.picture.pixels.count
                item.picture.pixels.withUnsafeBytes {
                    target.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
                }
            }
            texts.append(clip.embed(texts: batch.map(\.caption), type: .compute))
            let wrong = range.map { wrongCaption(of: composer.sample(at: $0), composer) }
            wrongTexts.append(clip.embed(texts: wrong, type: .compute))
            images.append(clip.embed(pictures: batch.map(\.picture), type: .compute))
            if start % 4096 == 0 { log.progress("pictures \(start)/\(count)") }
        }
        let text = concatenate(texts, axis: 0)
        let image = concatenate(images, axis: 0)
        let gap = text.mean(axis: 0) - image.mean(axis: 0)
        return GANData(
            pictures: pictures, texts: text, wrongTexts: concatenate(wrongTexts, axis: 0),
            images: normalised(image + gap))
    }

    private static func wrongCaption(of sample: Sample, _ composer: Composer) -> String {
        var random = SplitMix64(seed: composer.seed &+ 1, index: sample.index)
        let spec = composer.distractor(of: sample.spec, &random)
        return composer.caption(spec, language: sample.language)
    }

    /// Pictures by number, `[indices, side, side, 3]` in [-1, 1].
    func pictures(_ indices: [Int]) -> Tensor {
        let (_, side, _, channels) = pictures.picture
        let size = side * side * channels
        let result = Tensor(uninitialized: [indices.count, side, side, channels])
        let bytes = pictures.pointer.assumingMemoryBound(to: UInt8.self)
        for (place, index) in indices.enumerated() {
            let (source, target) = (bytes + index * size, result.f32 + place * size)
            for i in 0..<size { target[i] = Float(source[i]) * (2 / 255) - 1 }
        }
        return result
    }
}
