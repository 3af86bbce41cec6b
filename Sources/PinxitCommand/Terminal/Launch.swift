import ArgumentParser
import PinxitPlatform
import PinxitTensors
import PinxitTraining
import Synchronization

/// The processes that `mpirun` started together with this one, of which one speaks for all.
enum Launch {
    private static let joined = Mutex<Ranks?>(nil)

    /// Whether this is not the first process. Before they have joined, what is wrong with one is
    /// wrong with all.
    private static var isFollower: Bool { (Ranks.started?.rank ?? 0) > 0 }

    /// Has this process train together with the others.
    ///
    /// - Throws: `UsageError` for a stage that one process does, and in a program without MPI.
    static func join(_ stage: TrainingRun.Stage) async throws -> Ranks {
        guard let started = Ranks.started else { return .alone }
        guard stage != .tokenizer else {
            throw UsageError(
                "the tokenizer is trained by one process, in seconds; accepted: without mpirun")
        }
        guard Ranks.isBuiltIn else {
            throw UsageError(
                "mpirun started \(started.size) processes, and this pinxit was built without MPI; "
                    + "accepted: one process, or a program that make build MPI=1 made")
        }
        guard let ranks = await Ranks.join(isAskedToStop: { Interruption.isRequested }) else {
            throw UsageError("MPI does not begin; mpirun -np 2 hostname tells more")
        }
        joined.withLock { $0 = ranks }
        return ranks
    }

    /// Leaves the others, at the end.
    static func leave() async { await joined.withLock { $0 }?.leave() }

    /// What stands before an error's line.
    static var place: String {
        joined.withLock { $0 }.map { "process \($0.rank) of \($0.size): " } ?? ""
    }

    /// Ends quietly where another process says why all end.
    static func endIfToldElsewhere(_ error: (any Error)? = nil, code: ExitCode) {
        guard error is ToldElsewhere || isFollower && joined.withLock({ $0 == nil }) else { return }
        // The one that tells ends this one too.
        sleep(10)
        _exit(code.rawValue)
    }

    /// Ends all other processes with this code.
    static func endAll(_ code: ExitCode) async {
        await joined.withLock { $0 }?.endAll(code: code.rawValue)
    }
}
