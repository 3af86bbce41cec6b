import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitStableDiffusion
import PinxitTensors

/// Captioned pictures as latents, some of which each step sees: of one shape at a time.
struct FineTuningData {
    /// Pictures of one shape.
    struct Bucket {
        let shape: PictureShape
        let pictures: any CaptionedPictures
        /// Each `[height, width, channels]` in f32, scaled to unit variance.
        let latents: EncodedPictures
    }

    private let buckets: [Bucket]
    private var order: BucketOrder
    /// Of sample sheets.
    let side: Int

    /// Samples of which steps are made; a picture may be several.
    var count: Int { buckets.reduce(0) { $0 + $1.latents.count } }

    /// The shapes of its pictures, with so many samples each.
    var shapes: [(shape: PictureShape, count: Int)] {
        buckets.map { ($0.shape, $0.latents.count) }
    }

    /// Encodes the pictures, or reads what the run has kept of them.
    ///
    /// - Parameters:
    ///   - name: Of the files that keep the latents.
    ///   - limit: Most samples.
    init(
        _ context: TrainingContext, _ name: String, _ captions: any CaptionedPictures,
        limit: Int, _ model: LatentDiffusion, madeWith maker: String, seed: UInt64
    ) throws {
        let count = context.distinct(limit, of: captions)
        let places = Dictionary(grouping: 0..<count) { captions.view(at: $0).shape }
        let shapes = places.keys.sorted { ($0.width, $0.height) < ($1.width, $1.height) }
        buckets = try shapes.map { shape in
            let pictures = PictureSelection(base: captions, places: places[shape] ?? [])
            let own = shapes.count == 1 ? name : "\(name)-\(shape.width)x\(shape.height)"
            return Bucket(
                shape: shape, pictures: pictures,
                latents: try context.cache(
                    own, of: pictures.places.count, pictures, madeWith: maker
                ).encoded {
                    model.autoencoder.scaled(
                        try model.posterior(Tensor(pictures: $0), type: .compute).mean)
                })
        }
        side = captions.pictureSize
        order = BucketOrder(counts: buckets.map(\.latents.count), seed: seed)
    }

    /// What a step sees: a bucket, and which of its samples.
    mutating func batch(_ step: Int, size: Int) -> (bucket: Bucket, samples: [Int]) {
        let (bucket, samples) = order.batch(step: step, size: size)
        return (buckets[bucket], samples)
    }

    /// How often each tag of the captions was read, as kohya's files tell it: JSON of the data
    /// set's name, and below it of tags, which are captions cut at commas; the thousand that are
    /// read most.
    func tagFrequency(_ name: String) -> String {
        var counts: [String: Int] = [:]
        for bucket in buckets {
            for index in 0..<bucket.latents.count {
                for tag in bucket.pictures.caption(at: index).split(separator: ",") {
                    let words = tag.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                    if !words.isEmpty { counts[words, default: 0] += 1 }
                }
            }
        }
        let tags = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(1000).map {
            JSONMember($0.key, .integer($0.value))
        }
        return JSONValue.object([JSONMember(name, .object(tags))]).encoded(indented: false)
    }
}
