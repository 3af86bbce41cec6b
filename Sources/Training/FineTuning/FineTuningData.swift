import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitStableDiffusion
import PinxitTensors

/// Captioned pictures as latents, some of which each step sees.
struct FineTuningData {
    let captions: any CaptionedPictures
    /// `[count, height, width, channels]` in f32, scaled to unit variance.
    let latents: Tensor
    private var order: EpochOrder

    var count: Int { latents.shape[0] }

    /// Encodes the pictures, or reads what the run has kept of them.
    ///
    /// - Parameters:
    ///   - name: Of the file that keeps the latents.
    ///   - limit: Most pictures.
    init(
        _ context: TrainingContext, _ name: String, _ captions: any CaptionedPictures,
        limit: Int, _ model: LatentDiffusion, madeWith maker: String, seed: UInt64
    ) throws {
        self.captions = captions
        let count = context.distinct(limit, of: captions)
        latents = try context.cache(name, of: count, captions, madeWith: maker).encoded {
            model.autoencoder.scaled(try model.posterior(Tensor(pictures: $0), type: .compute).mean)
        }
        order = EpochOrder(count: count, seed: seed)
    }

    /// Which pictures a step sees.
    mutating func batch(_ step: Int, size: Int) -> [Int] { order.batch(step: step, size: size) }

    /// How often each tag of the captions was read, as kohya's files tell it: JSON of the data set's
    /// name, and below it of tags, which are captions cut at commas; the thousand that are read most.
    func tagFrequency(_ name: String) -> String {
        var counts: [String: Int] = [:]
        for index in 0..<count {
            for tag in captions.caption(at: index).split(separator: ",") {
                let words = tag.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                if !words.isEmpty { counts[words, default: 0] += 1 }
            }
        }
        let tags = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(1000).map {
            JSONMember($0.key, .integer($0.value))
        }
        return JSONValue.object([JSONMember(name, .object(tags))]).encoded(indented: false)
    }
}
