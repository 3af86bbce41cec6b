import ArgumentParser
import Pinxit
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitLayers
import PinxitTraining

/// Something wrong with an option; the message says what would be accepted.
struct UsageError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A file that cannot be written.
struct OutputError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Something that is to be read and is not there; the message says where it comes from.
struct MissingInput: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Runs a command's work; errors become one line on standard error and an exit code of
/// `sysexits.h`.
func reportingErrors(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as ExitCode {
        throw error
    } catch is Interrupted {
        note("stopped")
        throw ExitCode(130)
    } catch {
        note(
            "error: \(error)\(options(error))".split(whereSeparator: \.isNewline).joined(
                separator: " "))
        throw ExitCode(exitCode(error))
    }
}

/// What the library asks for, as options of the command.
private func options(_ error: any Error) -> String {
    switch error {
    case is ChangedConfiguration: " (options: --run FOLDER, --accept-changes)"
    default: ""
    }
}

private func exitCode(_ error: any Error) -> Int32 {
    switch error {
    case is UsageError: 64
    case PaintError.request: 64
    case PaintError.missingModel: 66
    case PaintError.numerics: 70
    case is PaintError, is ChangedConfiguration: 65
    case is OutputError: 73
    case is MissingInput: 66
    case let error as DatasetError: error.exitCode
    case is NumericalFailure: 70
    case let error as FileError: error.isMissing ? 66 : 65
    case let error as ImageError:
        switch error {
        case .cannotWrite, .cannotEncode: 73
        case .unreadable(let file, _): fileExists(file) ? 65 : 66
        case .unknownFormat: 65
        }
    default: 70
    }
}

extension FileError {
    /// Whether the file is simply not there.
    fileprivate var isMissing: Bool { !fileExists(path) }
}
