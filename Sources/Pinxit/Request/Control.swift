import PinxitImages

/// A picture that one of the painter's ControlNets holds a painting to: edges, depths, poses or
/// whatever the network was trained to follow.
///
///     let painter = try await Painter(folder: "sd15", controlNets: ["control-canny"])
///     var request = PaintRequest(prompt: "a house")
///     request.diffusion.controls = [Control(photo, preparation: .canny())]
public struct Control: Sendable, Equatable {
    /// Brought to the size of what is painted; its alpha is left out.
    public var picture: Picture
    /// What is made of the picture before.
    public var preparation: Preparation
    /// What all that the network adds is multiplied by, 0 to 10.
    public var scale: Double
    /// The part of the steps in which the network is asked, within 0 to 1.
    public var part: ClosedRange<Double>

    /// What is made of a picture before a ControlNet sees it.
    public enum Preparation: Sendable, Equatable {
        /// Nothing: the picture is what the network was trained on.
        case none
        /// Its edges, white on black: ``Picture/edges(low:high:)``, at the painted size.
        case canny(low: Double = 100, high: Double = 200)
        /// The picture, but -1 where the mask repaints: what ControlNets for inpainting learnt on
        /// (`make_inpaint_condition` in diffusers' documentation).
        case inpaint
    }

    /// A picture that is taken as it is, from the first step to the last.
    public init(
        _ picture: Picture, preparation: Preparation = .none, scale: Double = 1,
        part: ClosedRange<Double> = 0...1
    ) {
        self.picture = picture
        self.preparation = preparation
        self.scale = scale
        self.part = part
    }

    /// The thresholds of edges that are accepted.
    public static let thresholds = 0...10_000.0

    /// - Throws: `PaintError.request` for numbers that are out of bounds whatever the model.
    func check() throws(PaintError) {
        guard (0...10).contains(scale) else {
            throw .request(field: "control scale", problem: "\(scale) is not from 0 to 10")
        }
        guard part.lowerBound >= 0, part.upperBound <= 1, part.lowerBound < part.upperBound else {
            throw .request(
                field: "control part",
                problem: "\(part.lowerBound) to \(part.upperBound) is not accepted; a start before "
                    + "an end within 0 to 1 is")
        }
        guard case .canny(let low, let high) = preparation else { return }
        for (name, threshold) in [("canny low", low), ("canny high", high)]
        where !Self.thresholds.contains(threshold) {
            throw .request(field: name, problem: "\(threshold) is not from 0 to 10000")
        }
    }
}

/// `{"picture": …, "prepare": "canny", "low": 100, "high": 200, "scale": 1, "start": 0, "end": 1}`;
/// all but the picture may be left out.
extension Control: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case picture, prepare, low, high, scale, start, end
    }
    private enum Kind: String, Codable { case none, canny, inpaint }

    /// - Throws: `PaintError.request` for a name that is unknown, or a start behind the end;
    ///   `DecodingError` for a value of another type.
    public init(from decoder: any Decoder) throws {
        try decoder.container(keyedBy: RequestKey.self)
            .refuseUnknown(known: CodingKeys.allCases.map(\.stringValue), in: "controls")
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func number(_ key: CodingKeys, or usual: Double) throws -> Double {
            try values.decodeIfPresent(Double.self, forKey: key) ?? usual
        }
        let (start, end) = (try number(.start, or: 0), try number(.end, or: 1))
        guard start <= end else {
            throw PaintError.request(
                field: "controls", problem: "the start \(start) is behind the end \(end)")
        }
        let preparation: Preparation =
            switch try values.decodeIfPresent(Kind.self, forKey: .prepare) ?? .none {
            case .none: .none
            case .canny: .canny(low: try number(.low, or: 100), high: try number(.high, or: 200))
            case .inpaint: .inpaint
            }
        self.init(
            try values.decode(Picture.self, forKey: .picture), preparation: preparation,
            scale: try number(.scale, or: 1), part: start...end)
    }

    /// All of it; thresholds only with edges.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(picture, forKey: .picture)
        switch preparation {
        case .none: try values.encode(Kind.none, forKey: .prepare)
        case .inpaint: try values.encode(Kind.inpaint, forKey: .prepare)
        case .canny(let low, let high):
            try values.encode(Kind.canny, forKey: .prepare)
            try values.encode(low, forKey: .low)
            try values.encode(high, forKey: .high)
        }
        try values.encode(scale, forKey: .scale)
        try values.encode(part.lowerBound, forKey: .start)
        try values.encode(part.upperBound, forKey: .end)
    }
}

extension [Control]: RequestValue {
    /// Texts would be paths, which only the program there may open.
    public init?(text: String) { nil }
    /// In words.
    public static var accepted: String { "a picture for each ControlNet" }
}

extension RequestOptions {
    static let control: [any CodedOption] = [controls, guessMode]

    /// ``DiffusionOptions/controls``
    public static let controls = RequestOption(
        "controls", \.givenControls, flag: "control", families: [.diffusion],
        help: "The picture that a --controlnet holds the painting to; one for each, in order.")

    /// ``DiffusionOptions/guessMode``
    public static let guessMode = RequestOption(
        "guess mode", \.diffusion.guessMode, families: [.diffusion],
        help: "Let ControlNets alone say what is painted; for an empty prompt.")
}

extension PaintRequest {
    /// The controls where there are any.
    fileprivate var givenControls: [Control]? {
        get { diffusion.controls.isEmpty ? nil : diffusion.controls }
        set { diffusion.controls = newValue ?? [] }
    }
}
