import ArgumentParser
import Pinxit
import PinxitPlatform
import PinxitTensors
import PinxitTraining
import Synchronization

/// The processes that `mpirun` started together with this one, of which one speaks for all.
enum Launch {
    private static let joined = Mutex<Ranks?>(nil)

    /// Whether this command is one that joins others: what `mpirun` left in the environment means
    /// nothing to any other.
    private static let isTraining =
        CommandLine.arguments.dropFirst().first == TrainCommand.configuration.commandName

    /// Whether this trains together with others and is not the first of them.
    static var isFollower: Bool { isTraining && (Ranks.started?.rank ?? 0) > 0 }

    /// Whether another process may say why all end.
    static var isOneOfSeveral: Bool { isFollower || joined.withLock { $0 != nil } }

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
        guard ranks.size == started.size else {
            throw UsageError(
                "\(started.size) processes were started and MPI knows of \(ranks.size); accepted: "
                    + "the mpirun of the OpenMPI that this pinxit was built with")
        }
        joined.withLock { $0 = ranks }
        return ranks
    }

    /// Says where `mpirun` leaves processors idle, or has processes contend for them.
    ///
    /// How many threads compute is never chosen by where processes run: it changes the last bits.
    static func checkThreads(_ given: Int?) async {
        guard let started = Ranks.started, started.rank == 0, given == nil else { return }
        let threads = await Processor.threads
        let processors = max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1)
        let here = started.sizeHere
        if threads * here > processors {
            note(
                "\(here) processes of \(threads) threads share \(processors) processors; "
                    + "--threads \(max(processors / here, 1)) gives each its part")
        } else if threads * here < processors {
            note(
                "\(threads * here) of \(processors) processors compute; mpirun --bind-to none "
                    + "lets all of them")
        }
    }

    /// Leaves the others, at the end.
    static func leave() async { await joined.withLock { $0 }?.leave() }

    /// What stands before an error's line.
    static var place: String {
        joined.withLock { $0 }.map { "process \($0.rank) of \($0.size): " } ?? ""
    }

    /// Ends quietly where another process says why all end.
    ///
    /// Before they have joined, what is wrong with one is most often wrong with all: the first says
    /// it, and `mpirun` ends the others. One that lives on says it itself.
    static func endIfToldElsewhere(_ error: (any Error)? = nil, code: ExitCode) {
        if error is ToldElsewhere {
            sleep(10)
            _exit(code.rawValue)
        }
        guard isFollower, joined.withLock({ $0 == nil }) else { return }
        // A signal, which is how mpirun ends the others, ends the wait.
        if sleep(3) > 0 { _exit(code.rawValue) }
    }

    /// Ends all other processes with this code.
    static func endAll(_ code: ExitCode) async {
        await joined.withLock { $0 }?.endAll(code: code.rawValue)
    }
}
