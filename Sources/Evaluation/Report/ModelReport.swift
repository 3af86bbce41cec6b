import PinxitFiles
import PinxitImages

/// One painter of a report: what it is, what it painted and what was measured.
public struct ModelReport: Sendable {
    /// What columns and pages call it.
    public var name: String
    /// What `model_index.json` calls it.
    public var family: String
    /// Of the painting, such as steps and guidance.
    public var settings: [JSONMember]
    /// Counted from the weights.
    public var parameters: Int
    /// Of the clock on the wall, as `pinxit.json` says; nil where it does not.
    public var trainingHours: Double?
    /// The pictures as painted, for grids and pages.
    public var paintings: Paintings
    /// What was measured of them.
    public var findings: Findings

    /// - Precondition: the findings are those of the paintings, with the evaluator of the report.
    public init(
        name: String, family: String, settings: [JSONMember], parameters: Int,
        trainingHours: Double?, paintings: Paintings, findings: Findings
    ) {
        self.name = name
        self.family = family
        self.settings = settings
        self.parameters = parameters
        self.trainingHours = trainingHours
        self.paintings = paintings
        self.findings = findings
    }

    /// `128x128`, as the pictures are painted.
    var size: String {
        paintings.items.first.map { "\($0.width)x\($0.height)" } ?? ""
    }

    /// `steps 20, sampler euler, …`
    var settingsInWords: String {
        settings.map { member in
            if case .string(let text) = member.value { return "\(member.name) \(text)" }
            return "\(member.name) \(member.value.encoded(indented: false))"
        }.joined(separator: ", ")
    }

    var json: JSONValue {
        .object(
            [
                JSONMember("model", .string(name)),
                JSONMember("family", .string(family)),
                JSONMember("settings", .object(settings)),
                JSONMember("seconds_per_picture", .number(rounded(paintings.secondsPerPicture))),
                JSONMember("parameters", .integer(parameters)),
                JSONMember("training_hours", trainingHours.map { .number($0) } ?? .null),
            ] + findings.figures)
    }

    /// What it costs, in the manner of the figures.
    var costs: [(title: String, value: String)] {
        [
            ("painted at", size),
            ("seconds a picture", fixedPoint(paintings.secondsPerPicture, 3)),
            ("parameters", "\(fixedPoint(Double(parameters) / 1e6, 1))M"),
            ("training hours", trainingHours.map { fixedPoint($0, 1) } ?? "not said"),
        ]
    }
}
