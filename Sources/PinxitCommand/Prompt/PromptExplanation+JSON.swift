import Pinxit
import PinxitCLIP
import PinxitFiles
import PinxitTokenizers

/// For programs.
extension PromptExplanation {
    func json(loras: [LoRATag]) -> JSONValue {
        [
            "prompt": .string(prompt), "model": .string(model),
            "emphasis": .string(reading.emphasis.rawValue),
            "long_prompts": .string(reading.longPrompts.rawValue),
            "clip_skip": .integer(reading.clipSkip), "steps": .integer(steps),
            "loras": .array(
                loras.map {
                    [
                        "name": .string($0.name), "weight": .number($0.weight),
                        "text_weight": .number($0.textWeight),
                    ]
                }),
            "texts": .array(texts.map(\.json)),
            "unlearnt": unlearnt.map { words in
                .array(
                    words.map {
                        [
                            "word": .string($0.word),
                            "nearest": .array($0.nearest.map { .string($0) }),
                        ]
                    })
            } ?? .null,
        ]
    }
}

extension PromptExplanation.Text {
    fileprivate var json: JSONValue {
        [
            "text": .string(text), "weight": .number(weight),
            "steps": .array(steps.map { .integer($0) }),
            "encodings": .array(encodings.map(\.json)),
        ]
    }
}

extension PromptExplanation.Encoding {
    fileprivate var json: JSONValue {
        [
            "tokenizer": .string(tokenizer), "room": .integer(room),
            "chunks": .array(
                chunks.map { chunk in
                    [
                        "ids": .array(chunk.ids.map { .integer(Int($0)) }),
                        "tokens": .array(chunk.tokens.map { .string($0.symbol) }),
                        "weights": .array(chunk.tokens.map { .number($0.weight) }),
                    ]
                }),
            "left_out": .string(leftOut),
            "words": .array(
                words.map {
                    ["word": .string($0.text), "pieces": .array($0.pieces.map { .string($0) })]
                }),
        ]
    }
}
