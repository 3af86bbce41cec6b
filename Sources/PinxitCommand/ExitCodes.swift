import ArgumentParser
import Pinxit
import PinxitDatasets
import PinxitEvaluation
import PinxitFiles
import PinxitImages
import PinxitPlatform
import PinxitTraining

/// What the program's exit code says, the same in every command: the numbers of `sysexits.h`, and
/// 128 with a signal's number as shells have it.
enum ExitStatus: Int32 {
    /// All was done.
    case done = 0
    /// An option or a request that is not accepted.
    case usage = 64
    /// A file was read, and what it holds is not accepted.
    case content = 65
    /// A file or model is not there, or the system does not let it be read.
    case missing = 66
    /// Something that the program needs is not there, as `pinxit doctor` finds it.
    case incomplete = 69
    /// A number that is not finite came out, or an error that has no other number.
    case failure = 70
    /// The system gives no more memory.
    case memory = 71
    /// Something cannot be written: a file, a folder, standard output; a full disk too.
    case unwritable = 73
    /// A file was changed while it was in use, or its disk fails.
    case vanished = 74
    /// Stopped by Ctrl-C.
    case interrupted = 130
    /// Stopped by `kill`.
    case terminated = 143

    init(_ error: any Error) {
        self =
            switch error {
            case is UsageError, PaintError.request: .usage
            case PaintError.missingModel, is MissingInput: .missing
            case PaintError.numerics, PaintError.notFinite, is NumericalFailure,
                is NotFiniteMeasure:
                .failure
            case is PaintError, is ChangedConfiguration: .content
            case is OutputError: .unwritable
            case is RemoteFailure: .incomplete
            case let error as BatchFailure: error.status
            case let error as DatasetError: ExitStatus(dataset: error)
            case let error as FileError: ExitStatus(file: error)
            case let error as ImageError: ExitStatus(image: error)
            case let error as Interrupted:
                error.signal == SIGTERM ? .terminated : .interrupted
            default: .failure
            }
    }

    private init(file error: FileError) {
        self =
            switch error.access {
            case .writing: .unwritable
            case .reading: fileExists(error.path) ? .content : .missing
            case .given: .content
            }
    }

    private init(image error: ImageError) {
        self =
            switch error {
            case .cannotWrite, .cannotEncode: .unwritable
            case .unreadable(let file, _): fileExists(file) ? .content : .missing
            case .unknownFormat, .tooLarge: .content
            }
    }

    private init(dataset error: DatasetError) {
        self =
            switch error {
            case .unreadable, .missingSources, .missingSprite: .missing
            case .cannotWrite: .unwritable
            case .alteredSources, .badTable, .badRecipe, .badFont, .badManifest: .content
            }
    }

    /// For the parser, which ends the program.
    var code: ExitCode { ExitCode(rawValue) }
}
