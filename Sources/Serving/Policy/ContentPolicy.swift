import Pinxit
import PinxitFiles

/// What is not painted for whoever asks. Its rules are data, in `Rules`, by the names that OpenAI
/// gives categories; each has a score from 0 to 1, and a level says from which score on a prompt is
/// refused.
public struct ContentPolicy: Sendable {
    /// How much is refused.
    public enum Level: String, Sendable, CaseIterable {
        /// Nothing but what is never painted.
        case off
        /// What is explicit.
        case low
        /// What is explicit or suggests it. The server's default.
        case standard
        /// What merely touches it, too.
        case strict

        /// Whether pictures that a safety checker flags are kept back.
        var withholds: Bool { self == .standard || self == .strict }

        fileprivate var least: Double {
            switch self {
            case .off: 2
            case .low: 0.9
            case .standard: 0.7
            case .strict: 0.4
            }
        }
    }

    /// What was found in words.
    public struct Verdict: Sendable, Equatable {
        /// The highest score of each category that was found.
        public var scores: [String: Double] = [:]
        /// The categories for which it is refused.
        public var refused: [String] = []
    }

    /// What is refused at every level, from this score on.
    private static let never = (category: "sexual/minors", score: 0.9)

    /// How much is refused.
    public let level: Level
    private let lists: [PolicyRules]

    /// The rules of the program.
    ///
    /// - Throws: `FileError` for rules that are not well formed.
    public init(_ level: Level) throws {
        self.level = level
        lists = try [
            ("en.json", PackageResources.en_json), ("zh.json", PackageResources.zh_json),
        ].map { try PolicyRules(String(decoding: $0.1, as: UTF8.self), file: $0.0) }
    }

    /// Looks at all that will be read of a request.
    public func verdict(on texts: [String]) -> Verdict {
        var verdict = Verdict()
        for text in texts where !text.isEmpty {
            for rules in lists {
                verdict.scores.merge(rules.scores(of: text)) { max($0, $1) }
            }
        }
        verdict.refused = verdict.scores.filter { category, score in
            score >= level.least || category == Self.never.category && score >= Self.never.score
        }.keys.sorted()
        return verdict
    }
}

extension ContentPolicy {
    /// Bytes of all texts' forms that are looked through.
    private static let mostBytes = 384 << 10

    /// - Parameter usualSteps: Where the request does not say how many it takes.
    /// - Throws: `ServingError.blocked`; `invalid` for a prompt that changes too often.
    func check(_ request: PaintRequest, usualSteps: Int) throws(ServingError) {
        guard let texts = request.readTexts(usualSteps: usualSteps, most: Self.mostBytes) else {
            throw .invalid(
                field: "prompt",
                problem: "has more, or changes to more on the way, than is looked through; less is "
                    + "accepted, or fewer steps")
        }
        let verdict = verdict(on: texts)
        guard verdict.refused.isEmpty else { throw .blocked(verdict, level) }
    }
}

extension ContentPolicy.Verdict {
    /// The scores by category.
    public var json: JSONValue {
        .object(scores.sorted { $0.key < $1.key }.map { JSONMember($0.key, .number($0.value)) })
    }
}

/// The rules of a language.
struct PolicyRules: Sendable {
    private struct Rule: Sendable {
        let category: String
        let score: Double
        /// One phrase of each list has to be there.
        let lists: [[PolicyPhrase]]
    }

    private let rules: [Rule]
    private let innocent: [PolicyPhrase]
    private let same: [Character: Character]

    init(_ json: String, file: String) throws {
        let whole = JSONField(file: file, path: "", value: try JSONValue(parsing: json))
        func phrases(_ field: JSONField) throws -> [PolicyPhrase] {
            try field.strings().map { PolicyPhrase($0) }
        }
        rules = try whole["rules"].array().map { rule in
            let together = rule["together"]
            return Rule(
                category: try rule["category"].string(), score: try rule["score"].double(or: 1),
                lists: together.exists
                    ? try together.array().map { try phrases($0) } : [try phrases(rule["words"])])
        }
        innocent = try phrases(whole["innocent"])
        var same: [Character: Character] = [:]
        for (name, other) in whole["same"].exists ? try whole["same"].members() : [] {
            if let one = name.first, let simple = try other.string().first { same[one] = simple }
        }
        self.same = same
    }

    /// The highest score of each category that is found.
    func scores(of text: String) -> [String: Double] {
        let plain = PolicyText(text, same: same)
        var scores: [String: Double] = [:]
        let unmasked = plain.unmasked
        let forms = unmasked.plain == plain.plain ? [plain] : [plain, unmasked]
        for form in forms.map({ $0.without(innocent) }) {
            for rule in rules
            where rule.lists.allSatisfy({ $0.contains { $0.isFound(in: form) } }) {
                scores[rule.category] = max(scores[rule.category] ?? 0, rule.score)
            }
        }
        return scores
    }
}
