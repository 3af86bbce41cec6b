import ArgumentParser
import Pinxit
import PinxitDatasets
import PinxitImages
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

/// Runs what writes files: one that cannot be written is an ``OutputError``.
func writing(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let error as FileError {
        throw OutputError("\(error)")
    }
}

/// Something that is to be read and is not there; the message says where it comes from.
struct MissingInput: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Runs a command's work; errors become one line on standard error and an ``ExitStatus``.
func reportingErrors(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as ExitCode {
        Interruption.letEnd()
        throw error
    } catch let error as Interrupted {
        // The first of several processes says it, in its code too.
        guard !Launch.isFollower else { throw ExitStatus.done.code }
        note("stopped")
        throw ExitStatus(error).code
    } catch let error as BatchFailure {
        // Each was told as it came.
        Interruption.letEnd()
        throw error.status.code
    } catch {
        Interruption.letEnd()
        let code = ExitStatus(error).code
        Launch.endIfToldElsewhere(error, code: code)
        note(
            "error: \(Launch.place)\(error)\(options(error))".split(whereSeparator: \.isNewline)
                .joined(separator: " "))
        await Launch.endAll(code)
        throw code
    }
}

/// What the library asks for, as options of the command.
private func options(_ error: any Error) -> String {
    switch error {
    case is ChangedConfiguration: " (options: --run FOLDER, --accept-changes)"
    case PaintError.notFinite: " (option: --check-numerics)"
    case is NumericalFailure: " (option: --accept-changes)"
    case DatasetError.alteredSources:
        "; delete them and run with --download, or take them with --allow-altered"
    case ImageError.tooLarge: " (option: --max-pixels)"
    default: ""
    }
}
