import PinxitFiles

/// A setting of a recipe as its reader declares it.
public struct Setting: Sendable {
    /// Its place in the file, such as `optimisation.batch`.
    public let path: String
    /// What kind of value it has: "whole number", "number", "text", "true or false", or a list.
    public let type: String
    /// Which values are accepted.
    public let accepted: String
    /// The value where the file has none; nil if there must be one.
    public let standard: JSONValue?
    /// What it does, in a sentence or two.
    public let effect: String
    /// The choice it belongs to, such as `model._class_name: AutoencoderKL`; empty if it is always
    /// read.
    public internal(set) var condition = ""
}

/// What the readers of one recipe asked for, in that order. A group shares its file's.
final class SettingsRecord {
    /// Whether nothing is to be read but what could be: a setting that must be there has some
    /// accepted value.
    let isDescribing: Bool
    private(set) var settings: [Setting] = []

    init(isDescribing: Bool = false) { self.isDescribing = isDescribing }

    /// The values of settings that are left out, by their path.
    var standards: [String: JSONValue] {
        Dictionary(
            settings.compactMap { setting in setting.standard.map { (setting.path, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    func note(_ setting: Setting) {
        if !settings.contains(where: { $0.path == setting.path }) { settings.append(setting) }
    }
}

/// Which numbers are accepted.
struct NumberRange {
    let range: ClosedRange<Double>
    let text: String

    static let any = NumberRange(range: -1e30...1e30, text: "any")
    static let notNegative = NumberRange(range: 0...1e30, text: "0 or more")
    static let positive = NumberRange(range: 1e-30...1e30, text: "above 0")
    static let share = NumberRange(range: 0...1, text: "0 to 1")
    /// Of averages: at 1 nothing would ever come in.
    static let decay = NumberRange(range: 0...(1 - 1e-7), text: "0 to below 1")
}

extension ClosedRange<Int> {
    /// "8 to 4096", "1 or more".
    var words: String {
        upperBound == .max ? "\(lowerBound) or more" : "\(lowerBound) to \(upperBound)"
    }
}
