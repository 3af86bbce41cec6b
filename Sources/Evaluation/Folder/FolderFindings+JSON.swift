import PinxitFiles

extension FolderFindings {
    /// The report as JSON, without dates and times: the same model gives the same file.
    ///
    /// - Parameters:
    ///   - evaluator: The embedder's name: figures can be compared where it is the same.
    ///   - settings: of the painting, such as steps and guidance.
    public func json(
        model: String, dataset: String, evaluator: String, configuration: EvaluationConfiguration,
        settings: [JSONMember]
    ) -> JSONValue {
        .object(
            [
                JSONMember("format", 1), JSONMember("model", .string(model)),
                JSONMember("settings", .object(settings)),
                JSONMember("dataset", .string(dataset)),
                JSONMember("evaluator", .string(evaluator)),
                JSONMember("configuration", configuration.folderJSON),
                JSONMember("captions", .integer(orders.count)),
                JSONMember("training_pictures", .integer(trainingPictures)),
                JSONMember("held_out", .bool(isHeldOut)),
            ] + figures + [JSONMember("pictures", .array(pictures))])
    }

    private var figures: [JSONMember] {
        [
            JSONMember("clip_score", scores?.json ?? .null),
            JSONMember("caption_retrieval", .array(recall.map(\.json))),
            JSONMember("kernel_distance", kernelDistance?.json ?? .null),
            JSONMember("kernel_distance_of_real", kernelDistanceFloor?.json ?? .null),
            JSONMember("memorisation", memorisation(.pixels)?.json ?? .null),
            JSONMember("memorisation_by_embedding", memorisation(.embedding)?.json ?? .null),
            JSONMember("diversity", diversity(.pixels)?.json ?? .null),
            JSONMember("diversity_by_embedding", diversity(.embedding)?.json ?? .null),
            JSONMember(
                "not_measured",
                .array(
                    notMeasured.map {
                        ["measure": .string($0.measure), "reason": .string($0.reason)]
                    })),
        ]
    }

    private var pictures: [JSONValue] {
        let found = Dictionary(
            zip(nearest, nearestFiles).map { ($0.item, ($0.distance, $1)) },
            uniquingKeysWith: { first, _ in first })
        return orders.indices.map { index in
            .object(
                [
                    JSONMember("prompt", .string(orders[index].prompt)),
                    JSONMember("seed", .integer(Int(orders[index].seed))),
                    JSONMember("real", .string(realFiles[index])),
                    JSONMember("clip_score", .number(rounded(each[index]))),
                ]
                    + (found[index].map {
                        [
                            JSONMember("nearest_training_picture", .string($0.1)),
                            JSONMember("nearest_by_embedding", .number(rounded($0.0))),
                        ]
                    } ?? []))
        }
    }
}

extension CaptionScores {
    var json: JSONValue {
        [
            "painted": painted.json, "real": real.json, "other_captions": others?.json ?? .null,
        ]
    }
}

extension CaptionScores.Mean {
    var json: JSONValue {
        [
            "mean": .number(rounded(value)), "deviation": .number(rounded(deviation)),
            "n": .integer(count), "margin_95": .number(rounded(margin)),
        ]
    }
}

extension CaptionRecall {
    var json: JSONValue {
        [
            "rank": .integer(rank), "painted": .number(rounded(painted)),
            "real": .number(rounded(real)), "chance": .number(rounded(chance)),
            "captions": .integer(captions),
        ]
    }
}

extension EvaluationConfiguration {
    /// What of it is used for folders of pictures.
    fileprivate var folderJSON: JSONValue {
        [
            "seed": .integer(Int(seed)), "prompts": .integer(prompts),
            "training_pictures": .integer(trainingPictures),
            "varied": ["prompts": .integer(variedPrompts), "seeds": .integer(variedSeeds)],
            "kernel_distance": [
                "subsets": .integer(kernelDistance.subsets), "size": .integer(kernelDistance.size),
            ],
        ]
    }
}
