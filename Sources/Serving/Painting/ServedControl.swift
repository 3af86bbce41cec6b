import Pinxit
import PinxitFiles

/// A ControlNet, T2I-Adapter or IP-Adapter that jobs may name.
public struct ServedControl: Sendable {
    /// What requests call it.
    public let name: String
    /// Where it is.
    let path: String
    private let facts: ControlFacts

    /// What it is.
    public var kind: ControlKind { facts.kind }

    /// - Throws: `FileError` for a file that is broken or of another kind, saying which.
    public init(name: String, path: String) throws(FileError) {
        (self.name, self.path) = (name, path)
        facts = try ControlFacts(path)
    }

    /// Why it does not go with a model, in words that follow its name; nil where it does.
    func misfit(with model: ServedModel) -> String? { facts.misfit(with: model.folder) }
}

/// All of them, and with which models they go.
public struct ServedControls: Sendable {
    /// In the order in which they are looked for.
    public let all: [ServedControl]
    /// Why a control does not go with a model, by the names of both.
    private var misfits: [String: [String: String]] = [:]

    init(_ all: [ServedControl], _ models: [ServedModel]) {
        self.all = all
        for control in all {
            for model in models {
                misfits[control.name, default: [:]][model.name] = control.misfit(with: model)
            }
        }
    }

    /// Those that go with a model and hold paintings to pictures, or let them be like pictures.
    public func fitting(_ model: ServedModel, prompts: Bool) -> [ServedControl] {
        all.filter { control in
            (control.kind == .ipAdapter) == prompts && misfits[control.name]?[model.name] == nil
        }
    }

    /// The one of that name, where it goes with a model.
    ///
    /// - Throws: `ServingError.invalid`, naming the field and those that do.
    func named(
        _ name: String, for model: ServedModel, prompts: Bool, field: String
    ) throws(ServingError) -> ServedControl {
        let fitting = fitting(model, prompts: prompts)
        if let found = fitting.first(where: { $0.name == name }) { return found }
        let known = all.first { $0.name == name }
        var problem = "\(name.prefix(200)) is not served"
        if let known, let misfit = misfits[name]?[model.name] {
            problem = "\(known.name) \(misfit)"
        } else if let known {
            problem = "\(known.name) is of another kind, \(known.kind.title)"
        }
        throw .invalid(field: field, problem: problem + "; " + Self.list(fitting, model, prompts))
    }

    /// What there is for a model, in words.
    static func list(_ fitting: [ServedControl], _ model: ServedModel, _ prompts: Bool) -> String {
        let names = fitting.map(\.name).joined(separator: ", ")
        guard fitting.isEmpty else {
            return "for \(model.name) \(names) \(fitting.count == 1 ? "is" : "are")"
        }
        return "this server has no \(prompts ? "IP-Adapter" : "ControlNet") for \(model.name)"
    }
}
