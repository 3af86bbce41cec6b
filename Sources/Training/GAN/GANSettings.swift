import PinxitCLIPGAN
import PinxitFiles

extension GeneratorConfiguration {
    /// The generator of a training configuration, for a CLIP.
    init(training s: SettingsReader, textSize: Int) throws {
        self.init()
        self.textSize = textSize
        noiseSize = try s.int(
            "noise_size", or: noiseSize, in: 1...4096, "Numbers of the noise z.")
        conditionSize = try s.int(
            "condition_size", or: conditionSize, in: 1...4096,
            "Numbers of what modulates every convolution.")
        widths = try s.ints(
            "generator_widths", or: widths, count: 1...9, each: 1...4096,
            "Channels at 4x4 cells, 8x8 and so on up to the pictures.")
        convolutions = try s.ints(
            "generator_convolutions", or: convolutions, count: 1...9, each: 1...16,
            "Convolutions of each level's residual block.")
        attentionSides = try s.ints(
            "generator_attention", or: attentionSides, count: 0...9, each: 1...1024,
            "Sides of the levels with self-attention.")
        headSize = try s.int(
            "head_size", or: headSize, in: 1...512,
            "Channels of an attention head, in both networks; divides those of levels with it.")
        self = try s.readBack(
            json,
            names: [
                "widths": "generator_widths", "convolutions": "generator_convolutions",
                "attention_sides": "generator_attention",
            ], GeneratorConfiguration.init)
    }
}

extension DiscriminatorConfiguration {
    /// The discriminator of a training configuration, for a generator's pictures.
    init(training s: SettingsReader, _ generator: GeneratorConfiguration) throws {
        self.init()
        textSize = generator.textSize
        pictureSize = generator.pictureSize
        widths = try s.ints(
            "discriminator_widths", or: widths, count: 2...8, each: 1...4096,
            "Channels of the discriminator's levels; each but the first halves the picture.")
        attentionSides = try s.ints(
            "discriminator_attention", or: attentionSides, count: 0...8, each: 1...1024,
            "Sides of its levels with self-attention, below the first.")
        headSize = generator.headSize
        guard pictureSize >> (widths.count - 1) >= 1 else {
            throw s.field["discriminator_widths"].unsupported(
                "a list of \(widths.count)",
                ["2 to 8 widths, each but the first halving a side of \(pictureSize)"])
        }
        for side in attentionSides {
            let level = widths.indices.dropFirst().first { pictureSize >> $0 == side }
            guard let level, widths[level] % headSize == 0 else {
                throw s.field["discriminator_attention"].unsupported(
                    "\(side)",
                    ["sides of levels below the first whose widths \(headSize), head_size, divides"]
                )
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
        clip = try s.string(
            "clip", or: "", "The CLIP folder; the model folder's clip if empty.")
        pictures = try s.pictures(or: 60_000, kept: "pixels and embeddings", upTo: 2_000_000)
        loss = try s.choice("loss", or: .relativistic, "Of both players.")
        generatorRate = try s.float(
            "generator_rate", or: 1, in: .notNegative,
            "The generator's learning rate in units of the discriminator's.")
        mismatchWeight = try s.float(
            "mismatch_weight", or: 0.5, in: .notNegative,
            "Weight of real pictures with wrong texts in the discriminator's loss.")
        nearMismatches = try s.float(
            "near_mismatches", or: 0.5, in: .share,
            "How many of the wrong texts are wrong in one word only.")
        penalty = try s.float(
            "penalty", or: 2, in: .notNegative, "Gamma of R1 and R2 at the start.")
        penaltyEnd = try s.float(
            "penalty_end", or: 0.2, in: .notNegative, "Gamma at the end; a cosine leads there.")
        penaltyEvery = try s.int(
            "penalty_every", or: 4, in: 1...1000,
            "Steps from one penalty to the next; it weighs as many times more.")
        penaltyDistance = try s.float(
            "penalty_distance", or: 1, in: .positive,
            "The Euclidean distance of the differences that penalties are made of.")
        augmentations = try s.choices(
            "augmentations", or: [.translation, .colour], "How pictures are augmented.")
        augmentationShare = try s.float(
            "augmentation_share", or: 1, in: .share, "How many pictures are augmented.")
        pictureConditions = try s.float(
            "picture_conditions", or: 0, in: .share,
            "How many conditions are noisy embeddings of the picture in place of its caption's.")
        conditionNoise = try s.float(
            "condition_noise", or: 0.5, in: .notNegative,
            "The size of that noise against the embedding.")
        similarityWeight = try s.float(
            "similarity_weight", or: 0.1, in: .notNegative,
            "Weight of 1 - cosine between CLIP's embeddings of a painted picture and its text.")
        reconstructionShare = try s.float(
            "reconstruction_share", or: 0.5, in: .share,
            "How many noises are found in real pictures, which then are to be painted again.")
        reconstructionWeight = try s.float(
            "reconstruction_weight", or: 10, in: .notNegative,
            "Weight of the difference between those pictures and the real ones; 0 for none.")
        divergenceWeight = try s.float(
            "divergence_weight", or: 0.02, in: .notNegative,
            "Weight of the divergence of that noise from a normal one.")
        try s.finish()
    }
}
