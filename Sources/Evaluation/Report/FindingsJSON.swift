import PinxitDatasets
import PinxitFiles

extension Findings {
    /// The report as JSON, without dates and times: the same model gives the same file.
    /// - Parameters:
    ///   - library: What the questions were drawn from.
    ///   - settings: of the painting, such as steps and guidance.
    public func json(
        model: String, library: SpriteLibrary, configuration: EvaluationConfiguration,
        settings: [JSONMember]
    ) -> JSONValue {
        let training = Composer(library: library, split: .train)
        return .object(
            [
                JSONMember("format", 1),
                JSONMember("model", .string(model)),
                JSONMember("settings", .object(settings)),
                JSONMember("configuration", configuration.json),
                JSONMember("questions", .string(questionnaire.fingerprint)),
            ] + figures + pointedOut(training.captions, training) + [
                JSONMember("kernel_distance_of_real", kernelDistanceFloors?.json ?? .null),
                JSONMember("pictures", .array(questionnaire.items.map(\.json))),
                JSONMember("answers", .array(answers.map(json))),
            ])
    }

    /// Everything measured, without the single answers.
    var figures: [JSONMember] {
        [
            JSONMember("compared_at", .integer(size)),
            JSONMember("attributes", .array(findings.map(\.json))),
            JSONMember("languages", .array(languages.map(\.json))),
            JSONMember("from_pictures", .array(fromPictures.map(\.json))),
            JSONMember("object_retrieval", .array(retrieval.map(\.json))),
            JSONMember("r_precision", .array(rPrecision.map(\.json))),
            JSONMember("kernel_distance", kernelDistance?.json ?? .null),
            JSONMember("memorisation", memorisation(.pixels)?.json ?? .null),
            JSONMember("memorisation_by_embedding", memorisation(.embedding)?.json ?? .null),
            JSONMember("diversity", diversity?.json ?? .null),
        ]
    }

    private func json(_ answer: Answer) -> JSONValue {
        .object([
            JSONMember("picture", .integer(answer.question.item)),
            JSONMember("attribute", .string(answer.question.attribute.rawValue)),
            JSONMember("asked", .string(answer.asked)),
            JSONMember("seen", answer.seen.map { .string($0) } ?? .null),
            JSONMember("right", .bool(answer.isRight)),
        ])
    }
}

extension Finding {
    var json: JSONValue {
        let languages = CaptionLanguage.allCases.compactMap { language in
            byLanguage[language].map { JSONMember(language.rawValue, $0.json) }
        }
        return .object([
            JSONMember("attribute", .string(attribute.rawValue)),
            JSONMember("combinations", .string(isHeldOut ? "held out" : "trained")),
            JSONMember("painted", painted.json),
            JSONMember("chance", .number(rounded(chance))),
            JSONMember("real", real.json),
            JSONMember("noise", noise.json),
            JSONMember("painted_by_pixels", paintedByPixels.json),
            JSONMember("unanswered", .integer(unanswered)),
            JSONMember("by_language", .object(languages)),
        ])
    }
}

extension Proportion {
    var json: JSONValue {
        [
            "accuracy": .number(rounded(value)), "right": .integer(right), "n": .integer(count),
            "interval_95": [
                .number(rounded(interval.lowerBound)), .number(rounded(interval.upperBound)),
            ],
        ]
    }
}

extension Retrieval {
    var json: JSONValue {
        [
            "rank": .integer(rank), "painted": painted.json, "real": real.json,
            "chance": .number(rounded(chance)),
        ]
    }
}

extension Memorisation {
    var json: JSONValue {
        func quantiles(_ values: [Double]) -> JSONValue {
            .object(
                [1, 5, 25, 50, 75, 95].map {
                    JSONMember(
                        "\($0)%", .number(rounded(Self.quantile(values, Double($0) / 100))))
                })
        }
        return [
            "training_pictures": .integer(trainingPictures),
            "n": .integer(pairs.count),
            "painted_distance": quantiles(painted),
            "real_distance": quantiles(real),
            "painted_below_1%_of_real": .number(rounded(shareBelow(quantile: 0.01))),
            "painted_below_5%_of_real": .number(rounded(shareBelow(quantile: 0.05))),
        ]
    }
}

extension RPrecision {
    var json: JSONValue {
        [
            "prompts": .string(group.rawValue), "painted": painted.json, "real": real.json,
            "chance": .number(rounded(chance)), "median_rank": .integer(medianRank),
            "real_median_rank": .integer(realMedianRank),
        ]
    }
}

extension KernelDistance {
    var json: JSONValue {
        // To seven digits: values between sets of real pictures are of the order of 1e-4.
        func short(_ value: Double) -> JSONValue { .number((value * 1e7).rounded() / 1e7) }
        return [
            "mean": short(mean), "deviation": short(deviation), "subsets": .integer(subsets),
            "size": .integer(size),
        ]
    }
}

extension KernelDistanceFloors {
    var json: JSONValue {
        [
            "real_same_prompts": real.json, "training_halves": trainingHalves.json,
            "training_and_held_out": heldOut.json,
        ]
    }
}

extension Diversity {
    var json: JSONValue {
        [
            "prompts": .integer(prompts), "seeds": .integer(seeds),
            "within_prompts": .number(rounded(withinPrompts)),
            "real_within_prompts": realWithinPrompts.map { .number(rounded($0)) } ?? .null,
            "across_prompts": .number(rounded(acrossPrompts)),
            "real_across_prompts": .number(rounded(realAcrossPrompts)),
        ]
    }
}

extension Item {
    var json: JSONValue {
        [
            "prompt": .string(order.prompt), "seed": .integer(Int(order.seed)),
            "language": .string(language.rawValue),
            "held_out": .array(
                spec.heldOutKeys.filter(HeldOut.isHeld).map { .string($0) }),
        ]
    }
}

extension EvaluationConfiguration {
    var json: JSONValue {
        [
            "seed": .integer(Int(seed)), "count": .integer(count),
            "whole": whole?.json ?? .null, "objects": .integer(objects),
            "distractors": .integer(distractors), "chinese_share": .number(chineseShare),
            "renderings": .integer(renderings),
            "training_pictures": .integer(trainingPictures), "composed": .integer(composed),
            "candidates": .integer(candidates), "prompts": .integer(prompts),
            "from_pictures": [
                "varied": .integer(variedPictures), "blended": .integer(blendedPairs),
            ],
            "varied": ["prompts": .integer(variedPrompts), "seeds": .integer(variedSeeds)],
            "kernel_distance": [
                "subsets": .integer(kernelDistance.subsets), "size": .integer(kernelDistance.size),
            ],
            "common_size": .integer(commonSize),
            "grid": [
                "prompts": .array(gridPrompts.map { .string($0) }),
                "seeds": .array(gridSeeds.map { .integer(Int($0)) }),
            ],
        ]
    }
}

/// To four digits behind the point.
func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
