import PinxitCLIP
import PinxitCLIPGAN
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitLayers
import PinxitTensors

/// What the GAN stage takes from earlier stages, and the folder it completes.
struct GANParts {
    let configuration: GeneratorConfiguration
    let discriminator: DiscriminatorConfiguration
    let clip: CLIP
    /// Tells whether cached embeddings belong to this CLIP.
    let clipIdentity: String
    /// Pictures in a row of a sample sheet.
    let columns: Int
    private let prompts: [String]
    private let clipFolder: String
    private let folder: String
    private let real: Spread
    /// Pictures painted of each prompt.
    private static let each = 4

    /// - Parameters:
    ///   - s: The `model` group of the configuration.
    ///   - clip: The CLIP folder.
    ///   - folder: The model folder that is written.
    init(
        _ s: SettingsReader, _ settings: GANSettings, prompts: [String], library: SpriteLibrary,
        folder: String
    ) throws {
        self.folder = folder
        self.prompts = prompts
        columns = 4 * Self.each
        clipFolder = settings.clip.isEmpty ? "\(folder)/clip" : settings.clip
        clip = try CLIP(folder: clipFolder)
        clipIdentity = try weightsIdentity(clipFolder)
        configuration = try GeneratorConfiguration(
            training: s, textSize: clip.model.projectionSize)
        discriminator = try DiscriminatorConfiguration(training: s, configuration)
        try s.finish()
        real = Self.realSpread(library, side: configuration.pictureSize)
        let sides = (configuration.pictureSize, clip.model.pictureSize)
        guard settings.similarityWeight == 0 || sides.0 == sides.1 else {
            throw FileError(
                path: s.field.file, field: "task.similarity_weight",
                problem: "needs pictures of CLIP's side \(sides.1), not \(sides.0); 0 is accepted")
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

    /// Pictures of the fixed prompts, several of each, from fixed noise.
    struct Samples {
        let tensor: Tensor
        let texts: Tensor
        var pictures: [Picture] { Picture.pictures(from: tensor) }
    }

    func paint(_ generator: Generator, precision: ElementType) -> Samples {
        var random = SplitMix64(seed: 11)
        let noise = random.normal([Self.each, configuration.noiseSize])
        let texts = clip.embed(texts: prompts)
        let rows = prompts.indices.flatMap { [Int](repeating: $0, count: Self.each) }
        let repeated = texts.gathered(rows, type: .f32)
        let pictures = generator(
            noise: concatenate(prompts.map { _ in noise }, axis: 0), text: repeated,
            type: precision)
        return Samples(tensor: pictures, texts: texts)
    }

    /// Measures of samples, and the same in words.
    func judge(_ samples: Samples) -> (scalars: [String: Float], text: String) {
        let spread = Spread(of: samples.tensor, each: Self.each)
        var scalars = [
            "samples/spread_within": spread.within, "samples/spread_across": spread.across,
            "samples/real_spread_within": real.within, "samples/real_spread_across": real.across,
        ]
        var text = spread.verdict(against: real)
        if clip.model.pictureSize == configuration.pictureSize {
            let images = clip.model.embed(pictures: samples.tensor)
            let cosines = matmul(images, samples.texts, transposeB: true)
            let (similarity, recognised) = recognition(cosines)
            scalars["samples/clip_similarity"] = similarity
            scalars["samples/clip_recognised"] = recognised
            text += "; CLIP knows the prompt of \(Int((recognised * 100).rounded())) %"
        }
        return (scalars, text)
    }

    /// The mean cosine of pictures and their prompts, and the share of pictures whose own prompt comes first.
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

    /// Writes `generator/`, `clip/` and `model_index.json`, so that the folder paints.
    func write(generator weights: [String: Tensor]) throws {
        try writeComponent("\(folder)/generator", weights, configuration.json)
        try copyCLIP()
        try JSONFile.write(CLIPGANPipeline.modelIndex, to: "\(folder)/model_index.json")
    }

    /// The CLIP the generator was trained with belongs to the model: another one has other places for the same words.
    private func copyCLIP() throws {
        let target = "\(folder)/clip"
        guard clipFolder != target else { return }
        try copyFolder(clipFolder, to: target)
    }
}
