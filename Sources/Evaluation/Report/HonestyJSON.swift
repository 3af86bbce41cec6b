import PinxitDatasets
import PinxitFiles

extension Findings {
    /// The pictures a reader should look at first.
    func pointedOut(_ captions: Captions, _ training: Composer) -> [JSONMember] {
        [
            JSONMember("worst", .array(worst.map { $0.json(captions) })),
            JSONMember("nearest", nearest(.pixels, training)),
            JSONMember("nearest_by_embedding", nearest(.embedding, training)),
        ]
    }

    private func nearest(_ space: Memorisation.Space, _ training: Composer) -> JSONValue {
        guard let found = memorisation(space) else { return .null }
        return .array(
            found.nearest.map { pair in
                [
                    "picture": .integer(pair.item), "training": .integer(pair.training),
                    "training_caption": .string(training.sample(at: pair.training).caption),
                    "distance": .number(rounded(pair.distance)),
                    "real_distance": .number(rounded(pair.realDistance)),
                    "looks_copied": .bool(found.looksCopied(pair)),
                ]
            })
    }
}

extension Answer {
    fileprivate func json(_ captions: Captions) -> JSONValue {
        let other = rival.map { question.attribute.value(of: question.choices[$0], captions) }
        return [
            "picture": .integer(question.item),
            "attribute": .string(question.attribute.rawValue), "asked": .string(asked),
            "other": other.map { .string($0) } ?? .null, "right": .bool(isRight),
            "against": .number(rounded(against)),
        ]
    }
}

extension LanguageComparison {
    var json: JSONValue {
        [
            "attribute": .string(attribute.rawValue), "english": share(.english).json,
            "chinese": share(.chinese).json, "only_english": .integer(onlyEnglish),
            "only_chinese": .integer(onlyChinese), "difference": .number(rounded(difference)),
            "difference_interval_95": [
                .number(rounded(interval.lowerBound)), .number(rounded(interval.upperBound)),
            ],
        ]
    }
}

extension PictureFinding {
    var json: JSONValue {
        [
            "from": .string(kind.rawValue), "attribute": .string(attribute.rawValue),
            "painted": painted.json, "chance": .number(rounded(chance)), "real": real.json,
        ]
    }
}
