/// An option of a request, declared once: what it is called in errors, in JSON and on a command
/// line, what it accepts, and which models have it. Command lines, JSON, servers and pages are made
/// from it.
public struct RequestOption<Value: RequestValue>: CodedOption {
    /// In words, as errors name it.
    public let name: String
    /// In JSON.
    public let key: String
    /// The JSON object it lies in; nil is the request itself.
    public let group: String?
    /// On a command line, without dashes.
    public let flag: String
    /// The same in one letter, where it has one.
    public let short: Character?
    /// One sentence for a help page.
    public let help: String
    /// The families of models that have it.
    public let families: Set<ModelFamily>
    /// What is accepted.
    public let bounds: RequestBounds<Value>
    private let place: any WritableKeyPath<PaintRequest, Value?> & Sendable

    /// - Parameters:
    ///   - name: In words, such as "top p"; the other names follow from it where they are not
    ///     given.
    ///   - place: Where it lies in a request.
    ///   - group: The JSON object it is in; nil is the request itself.
    ///   - families: The families of models that have it.
    init(
        _ name: String, _ place: any WritableKeyPath<PaintRequest, Value?> & Sendable,
        group: String? = nil, flag: String? = nil, short: Character? = nil,
        families: Set<ModelFamily> = Set(ModelFamily.allCases), help: String,
        bounds: RequestBounds<Value> = .any
    ) {
        self.name = name
        self.place = place
        self.group = group
        self.short = short
        self.families = families
        self.help = help
        self.bounds = bounds
        key = name.replacing(" ", with: "_")
        self.flag = flag ?? name.replacing(" ", with: "-")
    }

    /// What is accepted, in words.
    public var accepted: String {
        bounds.text.isEmpty ? Value.accepted : "\(Value.accepted) \(bounds.text)"
    }

    /// The least and the largest number that is accepted, where it is a number.
    public var ends: ClosedRange<Double>? { bounds.ends }

    /// The value a request has; nil where it leaves the choice to the model.
    public subscript(_ request: PaintRequest) -> Value? { request[keyPath: place] }

    /// Whether a request does not leave it to the model.
    public func isGiven(in request: PaintRequest) -> Bool { self[request] != nil }

    /// Whether some model accepts a value.
    func accepts(_ value: Value) -> Bool { bounds.contains(value) }

    /// What a text of values may be.
    public var kind: OptionKind {
        if Value.self == Int.self || Value.self == UInt32.self { return .whole }
        return Value.self == Double.self ? .decimal : .text
    }

    /// - Throws: `PaintError.request` for a text that says no value that is accepted.
    public func set(text: String, in request: inout PaintRequest) throws(PaintError) {
        guard let value = Value(text: text) else {
            throw .request(field: name, problem: "\(text): \(accepted) is accepted")
        }
        set(value, in: &request)
        try check(request)
    }

    /// Asks for a value, which is not checked.
    func set(_ value: Value, in request: inout PaintRequest) { request[keyPath: place] = value }

    /// - Throws: `PaintError.request` for a value that no model accepts.
    public func check(_ request: PaintRequest) throws(PaintError) {
        guard let value = self[request], !bounds.contains(value) else { return }
        throw .request(
            field: name,
            problem: bounds.text.isEmpty
                ? "\(accepted) is accepted" : "\(value) is not \(bounds.text)")
    }

    func encode(_ request: PaintRequest, to container: inout RequestContainer) throws {
        if let value = self[request] { try container.encode(value, forKey: RequestKey(key)) }
    }

    func copy(from other: PaintRequest, to request: inout PaintRequest) {
        request[keyPath: place] = other[keyPath: place]
    }

    func decode(
        _ container: KeyedDecodingContainer<RequestKey>, into request: inout PaintRequest
    ) throws {
        func refused() -> PaintError {
            .request(field: group.map { "\($0).\(key)" } ?? key, problem: "\(accepted) is accepted")
        }
        do {
            request[keyPath: place] = try container.decodeIfPresent(
                Value.self, forKey: RequestKey(key))
        } catch DecodingError.dataCorrupted where Value.self is any RawRepresentable.Type {
            throw refused()
        } catch let error where Value.self is any BinaryInteger.Type && !(error is DecodingError) {
            // Foundation does not say where a number is that the type does not hold.
            throw refused()
        }
    }
}

/// What can be told of an option without knowing its type.
public protocol DeclaredOption: Sendable {
    /// In words, as errors name it: "guidance scale".
    var name: String { get }
    /// In JSON: "guidance_scale".
    var key: String { get }
    /// The JSON object it lies in; nil is the request itself.
    var group: String? { get }
    /// On a command line, without dashes: "cfg-scale".
    var flag: String { get }
    /// The same in one letter, where it has one.
    var short: Character? { get }
    /// One sentence for a help page.
    var help: String { get }
    /// The families of models that have it.
    var families: Set<ModelFamily> { get }
    /// What is accepted, in words.
    var accepted: String { get }
    /// The least and the largest number that is accepted, where it is a number.
    var ends: ClosedRange<Double>? { get }

    /// Whether a request does not leave it to the model.
    func isGiven(in request: PaintRequest) -> Bool
    /// - Throws: `PaintError.request` for a value that no model accepts.
    func check(_ request: PaintRequest) throws(PaintError)
    /// What its values are.
    var kind: OptionKind { get }
    /// Asks for the value that a text says.
    ///
    /// - Throws: `PaintError.request` for a text that says no value that is accepted.
    func set(text: String, in request: inout PaintRequest) throws(PaintError)
}

/// What an option's values are, as far as lists of them care.
public enum OptionKind: Sendable {
    /// Numbers without a fraction.
    case whole
    /// Numbers.
    case decimal
    /// Anything else.
    case text
}

/// What values an option accepts, whatever the model.
public struct RequestBounds<Value: Sendable>: Sendable {
    let contains: @Sendable (Value) -> Bool
    /// In words, after "is not"; empty where the type's own say it.
    let text: String
    /// The least and the largest number, where it is a number between two.
    var ends: ClosedRange<Double>?

    static var any: RequestBounds { RequestBounds(contains: { _ in true }, text: "") }
}

extension RequestBounds where Value: Comparable {
    static func range(_ range: ClosedRange<Value>) -> RequestBounds {
        RequestBounds(
            contains: range.contains, text: "from \(range.lowerBound) to \(range.upperBound)",
            ends: ends(range.lowerBound, range.upperBound))
    }

    static func above(_ low: Value, upTo high: Value) -> RequestBounds {
        RequestBounds(
            contains: { $0 > low && $0 <= high }, text: "above \(low) and up to \(high)",
            ends: ends(low, high))
    }

    private static func ends(_ low: Value, _ high: Value) -> ClosedRange<Double>? {
        switch (low, high) {
        case (let low as Double, let high as Double): low...high
        case (let low as Int, let high as Int): Double(low)...Double(high)
        default: nil
        }
    }
}

extension RequestBounds where Value == ClosedRange<Double> {
    static func within(_ whole: ClosedRange<Double>) -> RequestBounds {
        RequestBounds(
            contains: { whole.contains($0.lowerBound) && whole.contains($0.upperBound) },
            text: "within \(decimal(whole.lowerBound)) to \(decimal(whole.upperBound))")
    }

    private static func decimal(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }
}
