import Pinxit
import PinxitFiles
import PinxitImages
import PinxitServing

extension DeclaredOption {
    /// What JSON may have for it, in bounds, whatever the model.
    func schema(_ limits: Limits) -> JSONValue {
        Schema.orNull(Schema.described(bounded(limits), help))
    }

    private func bounded(_ limits: Limits) -> JSONValue {
        switch self {
        case is RequestOption<UInt32>: return Schema.whole(-1, Int(UInt32.max))
        case is RequestOption<Int>:
            let most = ["steps", "hires_steps"].contains(key) ? limits.steps : Int.max
            let ends = ends ?? 0...0
            return Schema.whole(Int(ends.lowerBound), min(Int(ends.upperBound), most))
        case is RequestOption<Double>:
            guard let ends else { return Schema.number }
            return Schema.number
                .setting(leastIsRefused ? "exclusiveMinimum" : "minimum", .number(ends.lowerBound))
                .setting("maximum", .number(ends.upperBound))
        case is RequestOption<Bool>: return Schema.flag
        case is RequestOption<String>: return Schema.text
        case is RequestOption<ClosedRange<Double>>:
            return Schema.list(Schema.number).setting("minItems", 2).setting("maxItems", 2)
        case is RequestOption<Picture>: return Schemas.picture
        case is RequestOption<[Control]>: return Schema.list(Schemas.control)
        default:
            // Names, or a text such as 1024x768.
            let names = accepted.split(separator: ", ").map(String.init)
            return names.count > 1 && !accepted.contains("(") ? Schema.choice(names) : Schema.text
        }
    }

    /// Whether values have to be above the least, and it is none itself.
    private var leastIsRefused: Bool {
        var request = PaintRequest(prompt: "")
        guard let ends else { return false }
        return (try? set(text: "\(ends.lowerBound)", in: &request)) == nil
    }
}

extension JobMember {
    /// What JSON may have for it.
    var schema: JSONValue {
        let plain: JSONValue =
            switch value {
            case .text: Schema.text
            case .choice(let values): Schema.choice(values)
            case .whole(let range): Schema.whole(range.lowerBound, range.upperBound)
            case .number(let range):
                Schema.number.setting("minimum", .number(range.lowerBound))
                    .setting("maximum", .number(range.upperBound))
            case .flag: Schema.flag
            case .picture: Schemas.picture
            case .margins: Schemas.margins
            case .loras: Schema.list(Schemas.lora)
            }
        return Schema.orNull(Schema.described(plain, help))
    }
}
