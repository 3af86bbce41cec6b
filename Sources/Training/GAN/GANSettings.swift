import PinxitCLIPGAN
import PinxitFiles

extension GeneratorConfiguration {
    /// The generator of a training configuration, for a CLIP.
    init(training s: SettingsReader, textSize: Int) throws {
        self.init()
        self.textSize = textSize
        noiseSize = try s.int("noise_size", or: noiseSize, in: 1...4096)
        conditionSize = try s.int("condition_size", or: conditionSize, in: 1...4096)
        widths = try s.ints("generator_widths", or: widths)
        convolutions = try s.ints("generator_convolutions", or: convolutions)
        attentionSides = try s.ints("generator_attention", or: attentionSides)
        headSize = try s.int("head_size", or: headSize, in: 1...1024)
        // The file a run writes must be readable; better to hear it now.
        self = try GeneratorConfiguration(JSONField(file: s.field.file, path: "model", value: json))
    }
}

extension DiscriminatorConfiguration {
    /// The discriminator of a training configuration, for a generator's pictures.
    init(training s: SettingsReader, _ generator: GeneratorConfiguration) throws {
        self.init()
        textSize = generator.textSize
        pictureSize = generator.pictureSize
        widths = try s.ints("discriminator_widths", or: widths)
        attentionSides = try s.ints("discriminator_attention", or: attentionSides)
        headSize = generator.headSize
        guard (2...8).contains(widths.count), pictureSize >> (widths.count - 1) >= 1,
            widths.allSatisfy({ (1...4096).contains($0) })
        else {
            throw s.field["discriminator_widths"].error(
                "2 to 8 widths, each but the first halving a side of \(pictureSize)")
        }
        for side in attentionSides {
            let level = widths.indices.dropFirst().first { pictureSize >> $0 == side }
            guard let level, widths[level] % headSize == 0 else {
                throw s.field["discriminator_attention"].error(
                    "sides of levels below the first whose widths \(headSize) divides")
            }
        }
    }
}

/// What the configuration of the `gan` stage says beside sizes and optimisation.
struct GANSettings {
    /// The CLIP folder; the model folder's `clip` if empty.
    var clip: String
    /// Pictures that are drawn once and kept.
    var pictures: Int
    var loss: AdversarialLoss
    /// The generator's learning rate in units of the discriminator's.
    var generatorRate: Float
    /// Weight of real pictures with wrong texts in the discriminator's loss.
    var mismatchWeight: Float
    /// How many of the wrong texts are wrong in one word only, 0 to 1; the others are those of
    /// other pictures.
    var nearMismatches: Float
    /// γ of R1 and R2 at the start and at the end of the run; a cosine leads from one to the other.
    var penalty: Float
    var penaltyEnd: Float
    /// Steps from one penalty to the next; it weighs as many times more.
    var penaltyEvery: Int
    /// The Euclidean distance of the differences that penalties are made of.
    var penaltyDistance: Float
    var augmentations: [Augmentation]
    /// How many pictures are augmented, 0 to 1.
    var augmentationShare: Float
    /// How many conditions are noisy CLIP embeddings of the picture in place of its caption's, 0 to
    /// 1 (LAFITE, Zhou et al. 2022).
    var pictureConditions: Float
    /// The size of that noise against the embedding.
    var conditionNoise: Float
    /// Weight of 1 - cosine between the CLIP embeddings of a generated picture and its text, in the
    /// generator's loss.
    var similarityWeight: Float
    /// How many of the noises are those that an encoder finds in the real picture, which the
    /// generator then is to paint again, 0 to 1; the others are drawn. Nothing of it without a
    /// weight.
    var reconstructionShare: Float
    /// Weight of the difference between those pictures and the real ones, in the generator's loss;
    /// 0 turns it off.
    var reconstructionWeight: Float
    /// Weight of the divergence of the encoder's noise from a normal one, summed over its numbers.
    var divergenceWeight: Float

    init(_ s: SettingsReader) throws {
        clip = try s.string("clip", or: "")
        pictures = try s.int("pictures", or: 60_000, in: 64...2_000_000)
        loss = try s.choice("loss", or: .relativistic)
        generatorRate = try s.float("generator_rate", or: 1)
        mismatchWeight = try s.float("mismatch_weight", or: 0.5)
        nearMismatches = try s.float("near_mismatches", or: 0.5)
        penalty = try s.float("penalty", or: 2)
        penaltyEnd = try s.float("penalty_end", or: 0.2)
        penaltyEvery = try s.int("penalty_every", or: 4, in: 1...1000)
        penaltyDistance = try s.float("penalty_distance", or: 1)
        augmentations = try s.choices("augmentations", or: [.translation, .colour])
        augmentationShare = try s.float("augmentation_share", or: 1)
        pictureConditions = try s.float("picture_conditions", or: 0)
        conditionNoise = try s.float("condition_noise", or: 0.5)
        similarityWeight = try s.float("similarity_weight", or: 0.1)
        reconstructionShare = try s.float("reconstruction_share", or: 0.5)
        reconstructionWeight = try s.float("reconstruction_weight", or: 10)
        divergenceWeight = try s.float("divergence_weight", or: 0.02)
        guard (0...1).contains(reconstructionShare) else {
            throw s.field["reconstruction_share"].error("a number from 0 to 1")
        }
        try s.finish()
    }
}
