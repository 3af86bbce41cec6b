import PinxitPlatform
import PinxitTensors

/// How this process uses the processor: settings for all painters in it.
public enum Processor {
    /// Threads that share the work of an operation; all processors at first.
    public static var threads: Int {
        get async { await Engine.run { Engine.threads } }
    }

    /// Sets how many threads share the work of an operation.
    ///
    /// - Throws: `PaintError.request` for less than 1 or more than 1024.
    public static func setThreads(_ count: Int) async throws {
        guard (1...1024).contains(count) else {
            throw PaintError.request(field: "threads", problem: "\(count) is not from 1 to 1024")
        }
        await Engine.run { Engine.threads = count }
    }

    /// Has OpenMP's threads sleep soon while they wait for one another, which the `pinxit` command
    /// does too. To be called first in `main`, since it starts the program once more.
    ///
    /// By default they spin for long, and where another program holds one of the processors, each
    /// of the thousands of short parallel regions of a picture then waits for a turn of the
    /// scheduler: a second becomes a minute. Five thousand rounds bridge the gap between regions on
    /// an idle machine; where other programs want to run just now, none is better, since who sleeps
    /// lets them finish and is woken at once. libgomp reads the setting before `main`, so it is put
    /// into the environment and the program executed anew. Nothing happens where the environment
    /// says how to wait (`OMP_WAIT_POLICY`, `GOMP_SPINCOUNT`).
    ///
    /// How threads wait does not change what is computed. How many there are does, in the last
    /// bits, so that is never chosen by the load.
    public static func settleWaiting() {
        guard getenv("OMP_WAIT_POLICY") == nil, getenv("GOMP_SPINCOUNT") == nil else { return }
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { return }
        setenv("GOMP_SPINCOUNT", MachineLoad.settled.isShared ? "0" : "5000", 1)
        var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
        // Goes on as it is if this fails: slower on a busy machine, not wrong.
        execv(path, &arguments)
        for argument in arguments { free(argument) }
    }
}
