import PinxitFiles
import PinxitPlatform
import PinxitTraining
import Synchronization

/// The user asked to stop, by this signal.
struct Interrupted: Error {
    var signal = Interruption.signal
}

/// Whether the user asked to stop: by Ctrl-C, or as `kill` and a system that shuts down do.
///
/// Where nothing is lost by it, that ends the program at once, whatever it is at: what is half
/// written is taken away. A command whose work can stop in order looks for the wish itself.
enum Interruption {
    private static let received = Atomic<Int32>(0)
    private static let isWatched = Atomic<Bool>(false)
    private static let isEnding = Atomic<Bool>(false)
    /// Another program that ends with this one.
    static let child = Mutex<ChildProcess?>(nil)
    /// Written to by the handler of signals, which may do next to nothing else; -1 for none.
    private static let pipe = Atomic<Int32>(-1)

    static var isRequested: Bool { received.load(ordering: .sequentiallyConsistent) != 0 }

    /// The signal that asked, or Ctrl-C's.
    fileprivate static var signal: Int32 {
        let signal = received.load(ordering: .sequentiallyConsistent)
        return signal == 0 ? SIGINT : signal
    }

    /// From now on the first signal asks to stop, and a second one ends the program without more
    /// ado.
    static func begin() {
        // Made before a handler may look at it.
        received.store(0, ordering: .sequentiallyConsistent)
        var ends: [Int32] = [-1, -1]
        if PinxitPlatform.pipe(&ends) == 0, startWaiting(at: ends[0]) {
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            pipe.store(ends[1], ordering: .sequentiallyConsistent)
        }
        for signal in [SIGINT, SIGTERM] {
            PinxitPlatform.signal(signal) { signal in
                let isFirst =
                    Interruption.received.exchange(signal, ordering: .sequentiallyConsistent) == 0
                let pipe = Interruption.pipe.load(ordering: .sequentiallyConsistent)
                var byte: UInt8 = 0
                if !isFirst || write(pipe, &byte, 1) != 1 { _exit(128 + signal) }
            }
        }
    }

    /// From here on the command stops by itself when it is asked to.
    static func watch() { isWatched.store(true, ordering: .sequentiallyConsistent) }

    /// From here on being asked to stop ends the program at once, as it does from its start.
    static func endAtOnce() {
        isWatched.store(false, ordering: .sequentiallyConsistent)
        if isRequested { end() }
    }

    /// Where an error may be of what the end took away, the end comes first.
    static func letEnd() {
        while isEnding.load(ordering: .sequentiallyConsistent) { pause() }
    }

    /// Starts the thread that waits for the handler.
    private static func startWaiting(at descriptor: Int32) -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 512 << 10)
        var thread = pthread_t()
        let start = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
        start.pointee = descriptor
        let code = pthread_create(
            &thread, &attributes,
            { context in
                let descriptor = context!.load(as: Int32.self)
                var byte: UInt8 = 0
                while true {
                    let count = read(descriptor, &byte, 1)
                    if count == 1, !Interruption.isWatched.load(ordering: .sequentiallyConsistent) {
                        Interruption.end()
                    }
                    if count == 0 { return nil }
                }
            }, start)
        return code == 0
    }

    private static func end() -> Never {
        isEnding.store(true, ordering: .sequentiallyConsistent)
        Unfinished.takeAwayForEnd()
        child.withLock { $0?.kill(by: SIGTERM) }
        // mpirun asks all to end, of which one has said why.
        if Launch.isOneOfSeveral { _exit(128 + signal) }
        // A line of progress may stand there.
        note(canRedraw() ? "\r\u{1B}[Kstopped" : "stopped")
        _exit(128 + signal)
    }
}

/// Runs `body` in a task that Ctrl-C cancels.
///
/// - Throws: `Interrupted` then; otherwise what `body` throws.
func interruptible<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    Interruption.watch()
    let work = Task { try await body() }
    let watcher = Task {
        while !Interruption.isRequested { try await Task.sleep(for: .milliseconds(20)) }
        work.cancel()
    }
    defer { watcher.cancel() }
    let result = await work.result
    if Interruption.isRequested { throw Interrupted() }
    Interruption.endAtOnce()
    return try result.get()
}
