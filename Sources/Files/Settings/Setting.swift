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
    public package(set) var condition = ""

    /// What a reader asks for.
    ///
    /// - Parameters:
    ///   - name: Of the recipe, for messages.
    ///   - recipe: What decides which settings are read; all others may be left out.
    ///   - read: The reader. It may refuse nothing of an empty recipe.
    package static func all(
        of name: String, in recipe: JSONValue = .object([]), read: (SettingsReader) throws -> Void
    ) -> [Setting] {
        let record = SettingsRecord(isDescribing: true)
        do {
            try read(
                SettingsReader(JSONField(file: name, path: "", value: recipe), record: record))
        } catch {
            preconditionFailure("an empty recipe of \(name) is refused: \(error)")
        }
        return record.settings
    }
}

/// What the readers of one recipe asked for, in that order. A group shares its file's.
package final class SettingsRecord {
    /// Whether nothing is to be read but what could be: a setting that must be there has some
    /// accepted value.
    package let isDescribing: Bool
    package private(set) var settings: [Setting] = []

    package init(isDescribing: Bool = false) { self.isDescribing = isDescribing }

    /// The values of settings that are left out, by their path.
    package var standards: [String: JSONValue] {
        Dictionary(
            settings.compactMap { setting in setting.standard.map { (setting.path, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    func note(_ setting: Setting) {
        if !settings.contains(where: { $0.path == setting.path }) { settings.append(setting) }
    }
}

/// Which numbers are accepted.
package struct NumberRange {
    let range: ClosedRange<Double>
    let text: String

    /// - Parameter text: The range in words; by default "0 to 45".
    package init(_ range: ClosedRange<Double>, _ text: String? = nil) {
        self.range = range
        self.text = text ?? "\(range.lowerBound.words) to \(range.upperBound.words)"
    }

    package static let any = NumberRange(-1e30...1e30, "any")
    package static let notNegative = NumberRange(0...1e30, "0 or more")
    package static let positive = NumberRange(1e-30...1e30, "above 0")
    package static let share = NumberRange(0...1)
    /// Of averages: at 1 nothing would ever come in.
    package static let decay = NumberRange(0...(1 - 1e-7), "0 to below 1")
}

extension Double {
    /// A whole number without its fraction of 0.
    fileprivate var words: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}

extension ClosedRange<Int> {
    /// "8 to 4096", "1 or more", "3".
    var words: String {
        if upperBound == .max { return "\(lowerBound) or more" }
        return lowerBound == upperBound ? "\(lowerBound)" : "\(lowerBound) to \(upperBound)"
    }
}
