import ArgumentParser
import Pinxit
import PinxitSamplers

/// What pictures begin with, and how their edges meet.
struct NoiseArguments: ParsableArguments {
    @Option(RequestOptions.noise)
    var noise: NoiseKind?

    @Option(RequestOptions.variationSeed)
    var variationSeed: UInt32?

    @Option(RequestOptions.variationStrength)
    var variationStrength: Double?

    @Option(RequestOptions.tile)
    var tile: TileAxes?

    var options: NoiseOptions {
        NoiseOptions(
            kind: noise, variationSeed: variationSeed, variationStrength: variationStrength,
            tile: tile)
    }
}

/// A second pass at a larger size.
struct HiresArguments: ParsableArguments {
    @Option(RequestOptions.hiresScale)
    var hires: Double?

    @Option(RequestOptions.hiresStrength)
    var hiresStrength: Double?

    @Option(RequestOptions.hiresSteps)
    var hiresSteps: Int?

    @Option(RequestOptions.hiresSampler)
    var hiresSampler: Sampler?

    @Option(RequestOptions.hiresUpscaler)
    var hiresUpscaler: HiresUpscaler?

    var options: HiresOptions {
        HiresOptions(
            scale: hires, strength: hiresStrength, steps: hiresSteps, sampler: hiresSampler,
            upscaler: hiresUpscaler)
    }
}

/// How the words are read.
struct TextArguments: ParsableArguments {
    @Option(RequestOptions.emphasis)
    var emphasis: Emphasis?

    @Option(RequestOptions.longPrompts)
    var longPrompts: LongPrompts?

    @Option(RequestOptions.clipSkip)
    var clipSkip: Int?

    var options: TextOptions {
        TextOptions(emphasis: emphasis, longPrompts: longPrompts, clipSkip: clipSkip)
    }
}

/// What SDXL is told of a picture beside its text.
struct ConditionArguments: ParsableArguments {
    @Option(RequestOptions.originalSize)
    var originalSize: PictureSize?

    @Option(RequestOptions.crop)
    var crop: PicturePlace?

    @Option(RequestOptions.targetSize)
    var targetSize: PictureSize?

    @Option(RequestOptions.negativeOriginalSize)
    var negativeOriginalSize: PictureSize?

    @Option(RequestOptions.negativeCrop)
    var negativeCrop: PicturePlace?

    @Option(RequestOptions.negativeTargetSize)
    var negativeTargetSize: PictureSize?

    @Option(RequestOptions.aestheticScore)
    var aestheticScore: Double?

    @Option(RequestOptions.negativeAestheticScore)
    var negativeAestheticScore: Double?

    var conditions: PictureConditions {
        PictureConditions(
            originalSize: originalSize, crop: crop, targetSize: targetSize,
            negativeOriginalSize: negativeOriginalSize, negativeCrop: negativeCrop,
            negativeTargetSize: negativeTargetSize, aestheticScore: aestheticScore,
            negativeAestheticScore: negativeAestheticScore)
    }
}
