import Pinxit
import PinxitFiles
import PinxitSamplers
import PinxitServing

/// A declared option as a page shows it: what kind of value it takes, in which bounds, and what the
/// model does where nobody says.
struct OptionField {
    private let option: any DeclaredOption
    private let model: ServedModel
    private let defaults: JSONValue?
    private let limits: Limits

    /// Nil for options that this model has no use for.
    init?(
        _ option: any DeclaredOption, _ model: ServedModel, _ defaults: JSONValue?, _ limits: Limits
    ) {
        let pipeline = model.folder.pipeline
        guard option.families.contains(pipeline.family) else { return nil }
        if Self.ofPictures.contains(option.key) || Self.kind(option) == nil { return nil }
        let isConditions = RequestOptions.conditionKeys.contains(option.key)
        if isConditions, pipeline != .stableDiffusionXL { return nil }
        self.option = option
        self.model = model
        self.defaults = defaults
        self.limits = limits
    }

    /// Options that only mean something with parts or pictures that a page has no place for.
    private static let ofPictures = [
        "refiner_at", "image_guidance_scale", "image_prompt_scale", "keep_rows",
    ]

    var json: JSONValue {
        var json: JSONValue = [
            "id": .string((option.group.map { $0 + "." } ?? "") + option.key),
            "type": .string(Self.kind(option)?.name ?? "text"),
        ]
        if let ends = option.ends {
            let isWhole = Self.kind(option)?.name == "integer"
            func number(_ value: Double) -> JSONValue {
                isWhole ? .integer(Int(value)) : .number(value)
            }
            let most =
                option.key == "steps" ? min(ends.upperBound, Double(limits.steps)) : ends.upperBound
            json = json.setting("min", number(ends.lowerBound)).setting("max", number(most))
                .setting("step", isWhole ? 1 : .number(ends.upperBound > 10 ? 0.5 : 0.01))
        }
        if let choices = Self.kind(option)?.choices {
            json = json.setting("choices", .array(choices.map { .string($0) }))
        }
        return json.setting("default", usual).setting("group", .string(group))
            .setting("title", .string(option.help))
    }

    private var usual: JSONValue {
        let place = option.group.map { defaults?[$0] } ?? defaults
        if let known = place?[option.key] { return known }
        switch option.key {
        case "steps": return .integer(model.folder.settings.steps)
        case "guidance_scale": return .number(model.folder.settings.guidanceScale)
        case "temperature": return .number(model.folder.settings.temperature)
        case "top_p": return .number(model.folder.settings.topP)
        case "candidates": return .integer(model.folder.settings.candidates)
        case "width", "height": return model.side.map { .integer($0) } ?? .null
        case "negative_prompt": return ""
        case "precision": return .string(Precision.usual.rawValue)
        case "truncation":
            return .number(ResolvedRequest.GAN(PaintRequest(prompt: "")).truncation)
        default: return .null
        }
    }

    private var group: String {
        switch option.key {
        case "width", "height": "size"
        case "seed": "seed"
        case "negative_prompt", "guidance_scale", "emphasis", "long_prompts", "clip_skip": "words"
        case "precision", "deep_cache_interval", "token_merging", "guidance_interval": "speed"
        default: "picture"
        }
    }

    private static func kind(
        _ option: any DeclaredOption
    ) -> (name: String, choices: [String]?)? {
        switch option {
        case is RequestOption<Int>, is RequestOption<UInt32>: ("integer", nil)
        case is RequestOption<Double>: ("number", nil)
        case is RequestOption<String>: ("text", nil)
        case is RequestOption<ClosedRange<Double>>: ("range", nil)
        case is RequestOption<Sampler>, is RequestOption<TimestepSpacing>,
            is RequestOption<PredictionType>, is RequestOption<Precision>,
            is RequestOption<Emphasis>, is RequestOption<LongPrompts>:
            ("choice", option.accepted.split(separator: ", ").map(String.init))
        default: nil
        }
    }
}

extension RequestOptions {
    /// What SDXL is told of a picture, and other models are not.
    fileprivate static let conditionKeys = Set(
        all.map(\.key).filter {
            $0.hasSuffix("original_size") || $0.hasSuffix("target_size") || $0.hasSuffix("crop")
                || $0.hasSuffix("aesthetic_score")
        })
}
