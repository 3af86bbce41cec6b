import FoundationEssentials
import PinxitFiles

/// Why a picture could not be painted.
public enum PaintError: Error, Equatable, CustomStringConvertible {
    /// A field of the request is out of bounds, or nothing for this model.
    case request(field: String, problem: String)
    /// There is no model where one was looked for.
    case missingModel(path: String, problem: String)
    /// The model cannot do what its files should let it do.
    case model(path: String, problem: String)
    /// The settings that a picture carries do not paint it again.
    case settings(file: String, problem: String)
    /// An operation gave a number that is not finite; found only where it is asked for.
    case numerics(stage: String, operation: String)
    /// What was painted holds a number that is not finite: `latents` or `picture`.
    case notFinite(stage: String)

    /// One line: the field or file, what was found, and what would be accepted.
    public var description: String {
        switch self {
        case .request(let field, let problem): "\(field): \(problem)"
        case .missingModel(let path, let problem), .model(let path, let problem):
            "\(path): \(problem)"
        case .settings(let file, let problem): "\(file): the settings: \(problem)"
        case .numerics(let stage, let operation):
            "\(stage): not a finite number, first in \(operation); f32 or other weights may help"
        case .notFinite(let stage):
            "\(stage): not a finite number; checking numerics tells which operation made it"
        }
    }
}

extension PaintError {
    /// What a file of the model says cannot be done.
    static func model(_ error: FileError) -> PaintError {
        let field = error.field.isEmpty ? "" : "\(error.field): "
        return .model(path: error.path, problem: field + error.problem)
    }
}

extension PaintError: LocalizedError {
    /// The same as the description.
    public var errorDescription: String? { description }
}
