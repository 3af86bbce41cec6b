import Pinxit
import PinxitFiles
import PinxitSamplers

/// What differs along one side of a plot.
struct PlotAxis: Sendable {
    /// As labels have it: "steps".
    let name: String
    /// In their order.
    let values: [String]
    private let target: Target

    private enum Target: Sendable {
        case option(any DeclaredOption)
        case sampler, replace, model, size
    }

    /// What a request and the model's name are at one place of an axis.
    typealias Place = (request: PaintRequest, model: String?)

    /// - Parameters:
    ///   - text: `NAME=VALUES`.
    ///   - side: The option it was given with.
    /// - Throws: `UsageError` for a name or values that are not accepted.
    init(_ text: String, side: String) throws {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw UsageError("\(side) \(text): NAME=VALUES is accepted, such as steps=4,8,16")
        }
        let wanted = String(text[..<equals])
        guard let (name, target) = Self.target(wanted) else {
            let near = Self.names.nearest(to: wanted)
            throw UsageError(
                "\(side) \(wanted): is no axis; "
                    + (near.isEmpty
                        ? "\(Self.names.joined(separator: ", ")) are"
                        : "is \(near.joined(separator: " or ")) meant?"))
        }
        let kind: OptionKind = if case .option(let option) = target { option.kind } else { .text }
        (self.name, self.target) = (name, target)
        values = try PlotValues.read(
            String(text[text.index(after: equals)...]), kind, axis: "\(side) \(wanted)")
    }

    /// A side that was not given: one value that changes nothing.
    static let none = PlotAxis()

    private init() { (name, values, target) = ("", [""], .replace) }

    /// Puts a value in.
    func applied(_ value: String, to place: Place) throws -> Place {
        var (request, model) = place
        switch target {
        case .option(let option):
            do { try option.set(text: value, in: &request) } catch {
                throw UsageError("\(name)=\(value): \(error)")
            }
        case .sampler:
            let said = SamplerName(value)
            guard let sampler = said.sampler else {
                throw UsageError(Sampler.refusal(of: value))
            }
            request.diffusion.sampler = sampler
            if let curve = said.schedule.curve {
                request.diffusion.schedule = curve
                request.diffusion.scheduleOptional = true
            }
            if let spacing = said.schedule.spacing { request.diffusion.spacing = spacing }
        case .model: model = value
        case .size:
            guard let size = PictureSize(text: value) else {
                throw UsageError("size=\(value): \(PictureSize.accepted) is accepted")
            }
            (request.width, request.height) = (size.width, size.height)
        case .replace:
            guard !name.isEmpty else { break }
            let searched = values[0]
            guard request.prompt.contains(searched) || request.negativePrompt.contains(searched)
            else {
                throw UsageError(
                    "prompt=\(searched): the first value is what is replaced, and no prompt has it")
            }
            request.prompt = request.prompt.replacing(searched, with: value)
            request.negativePrompt = request.negativePrompt.replacing(searched, with: value)
        }
        return (request, model)
    }

    /// What stands beside a row or above a column.
    func label(_ value: String) -> String {
        switch target {
        case .replace, .model: value
        case .option, .sampler, .size: "\(name) \(value)"
        }
    }

    // MARK: Names

    /// Pictures are no values that can be typed.
    private static let options = RequestOptions.all.filter { option in
        ![
            RequestOptions.controls.key, RequestOptions.imagePrompt.key,
            RequestOptions.complete.key,
        ].contains(option.key)
    }
    private static let names = ["prompt", "model", "size"] + options.map(\.flag)

    private static func target(_ wanted: String) -> (String, Target)? {
        let key = letters(wanted)
        switch key {
        case "sampler", "samplername": return ("sampler", .sampler)
        case "prompt", "promptsr": return ("prompt", .replace)
        case "model", "checkpoint", "checkpointname": return ("model", .model)
        case "size": return ("size", .size)
        case "cfg": return ("cfg", .option(RequestOptions.guidanceScale))
        default: break
        }
        let found = options.first { option in
            [option.name, option.key, option.flag].contains { letters($0) == key }
        }
        return found.map { ($0.name, .option($0)) }
    }

    private static func letters(_ text: String) -> String {
        text.lowercased().filter { $0.isLetter || $0.isNumber }
    }
}
