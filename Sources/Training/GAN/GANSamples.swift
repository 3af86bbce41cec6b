import PinxitCLIP
import PinxitCLIPGAN
import PinxitDatasets
import PinxitImages
import PinxitTensors

/// Pictures of fixed prompts, several of each from fixed noise, and what there is to say about
/// them.
struct GANSamples {
    /// Pictures of each prompt.
    private static let each = 4

    /// Pictures in a row of a sample sheet.
    let columns = 4 * Self.each
    private let prompts: [String]
    private let clip: CLIP
    private let configuration: GeneratorConfiguration
    /// Nil for a folder's pictures, of which one caption has one picture.
    private let real: Spread?

    init(
        _ prompts: [String], _ clip: CLIP, _ configuration: GeneratorConfiguration,
        _ data: TrainingData
    ) {
        self.prompts = prompts
        self.clip = clip
        self.configuration = configuration
        real =
            switch data {
            case .composed(let library):
                Self.realSpread(library, side: configuration.pictureSize)
            case .folder: nil
            }
    }

    /// The spread of real pictures: the same descriptions drawn several times.
    private static func realSpread(_ library: SpriteLibrary, side: Int) -> Spread {
        let composer = Composer(library: library, seed: 2)
        let pictures = (0..<32).flatMap { index in
            let spec = composer.spec(at: index)
            return (0..<each).map { draw in
                var other = spec
                other.jitter = spec.jitter &+ UInt64(draw)
                return composer.render(other, size: side)
            }
        }
        return Spread(of: Tensor(pictures: pictures), each: each)
    }

    /// What was painted.
    struct Painted {
        /// `[prompts · each, side, side, 3]`, those of one prompt in a row.
        let pictures: Tensor
        /// `[prompts, features]`.
        let texts: Tensor
    }

    /// Nil without prompts.
    func paint(_ generator: Generator, precision: ElementType) -> Painted? {
        guard !prompts.isEmpty else { return nil }
        var random = SplitMix64(seed: 11)
        let noise = random.normal([Self.each, configuration.noiseSize])
        let texts = clip.embed(texts: prompts)
        let rows = prompts.indices.flatMap { [Int](repeating: $0, count: Self.each) }
        let pictures = generator(
            noise: concatenate(prompts.map { _ in noise }, axis: 0),
            text: texts.gathered(rows, type: .f32), type: precision)
        return Painted(pictures: pictures, texts: texts)
    }

    /// Measures of what was painted, and the same in words.
    func judge(_ painted: Painted) -> (scalars: [String: Float], text: String) {
        let spread = Spread(of: painted.pictures, each: Self.each)
        var scalars = [
            "samples/spread_within": spread.within, "samples/spread_across": spread.across,
        ]
        var text = spread.words
        if let real {
            scalars["samples/real_spread_within"] = real.within
            scalars["samples/real_spread_across"] = real.across
            text = spread.verdict(against: real)
        }
        if clip.model.pictureSize == configuration.pictureSize {
            let images = clip.model.embed(pictures: painted.pictures)
            let cosines = matmul(images, painted.texts, transposeB: true)
            let (similarity, recognised) = recognition(cosines)
            scalars["samples/clip_similarity"] = similarity
            scalars["samples/clip_recognised"] = recognised
            text += "; CLIP knows the prompt of \(Int((recognised * 100).rounded())) %"
        }
        return (scalars, text)
    }

    /// The mean cosine of pictures and their prompts, and the share of pictures whose own prompt
    /// comes first.
    private func recognition(_ cosines: Tensor) -> (similarity: Float, recognised: Float) {
        let (rows, prompts) = (cosines.floats, cosines.shape[1])
        var (sum, right): (Float, Int) = (0, 0)
        for picture in 0..<cosines.shape[0] {
            let row = rows[picture * prompts..<(picture + 1) * prompts]
            let own = row[row.startIndex + picture / Self.each]
            sum += own
            if !row.contains(where: { $0 > own }) { right += 1 }
        }
        let count = Float(cosines.shape[0])
        return (sum / count, Float(right) / count)
    }
}
