import PinxitCLIP
import PinxitDatasets
import PinxitImages
import PinxitTensors

/// The training pictures of the GAN with the CLIP embeddings of captions and pictures.
struct GANData {
    /// `[count, side, side, 3]`, 8 bits each.
    let pictures: Tensor
    /// `[count, features]`, rows of length one.
    let texts: Tensor
    /// Those of captions that are wrong in one word, `[count, features]`; see
    /// ``CaptionedPictures/wrongCaption(at:)``.
    let wrongTexts: Tensor
    /// The pictures' own embeddings, moved so that their mean is the texts' mean: the two kinds lie
    /// in different places.
    let images: Tensor

    var count: Int { pictures.shape[0] }

    /// Reads the data of a run, or makes them.
    ///
    /// - Parameter side: The pictures'.
    init(_ cache: PictureCache, side: Int, _ clip: CLIP) throws {
        self = try cache.value(
            reading: { GANData($0, cache, side: side) },
            making: { try Self.make(cache, side: side, clip) })
    }

    private init?(_ tensors: [String: Tensor], _ cache: PictureCache, side: Int) {
        guard let pictures = tensors["pictures"], pictures.shape == [cache.count, side, side, 3],
            let texts = cache.rows(tensors["texts"]),
            let wrongTexts = cache.rows(tensors["wrong_texts"]),
            let images = cache.rows(tensors["images"])
        else { return nil }
        (self.pictures, self.texts) = (pictures, texts)
        (self.wrongTexts, self.images) = (wrongTexts, images)
    }

    private static func make(_ cache: PictureCache, side: Int, _ clip: CLIP) throws -> [String:
        Tensor]
    {
        let stream = cache.pictures
        var tensors = try cache.inChunks(of: 256) { range in
            let batch = try stream.batch(range, size: side)
            let (pictures, captions) = (batch.map(\.picture), batch.map(\.caption))
            let wrong = range.map(stream.wrongCaption)
            return [
                "pictures": bytes(pictures), "texts": clip.embed(texts: captions, type: .compute),
                "wrong_texts": clip.embed(texts: wrong, type: .compute),
                "images": clip.embed(pictures: pictures, type: .compute),
            ]
        }
        if let texts = tensors["texts"], let images = tensors["images"] {
            let gap = texts.mean(axis: 0) - images.mean(axis: 0)
            tensors["images"] = normalised(images + gap)
        }
        return tensors
    }

    /// Pictures of one size as they are, `[pictures, side, side, 3]` in 8 bits.
    private static func bytes(_ pictures: [Picture]) -> Tensor {
        let first = pictures[0]
        let result = Tensor(
            uninitialized: [pictures.count, first.height, first.width, first.channels], type: .u8)
        let target = UnsafeMutableRawBufferPointer(
            start: result.pointer, count: result.byteCount)
        withExtendedLifetime(result) { target.copyBytes(from: pictures.flatMap(\.pixels)) }
        return result
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
