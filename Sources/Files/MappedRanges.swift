import PinxitPlatform
import Synchronization

/// Which addresses belong to which mapped file, for the handler of a signal, which may neither
/// wait for a lock nor take memory.
enum MappedRanges {
    private struct Entry {
        var start: UInt = 0
        var end: UInt = 0
        var path: UnsafeMutablePointer<CChar>?
    }

    /// Files beyond these are not named when they vanish.
    private static let capacity = 4096
    private nonisolated(unsafe) static let entries: UnsafeMutablePointer<Entry> = {
        let entries = UnsafeMutablePointer<Entry>.allocate(capacity: capacity)
        entries.initialize(repeating: Entry(), count: capacity)
        return entries
    }()
    private static let changes = Mutex(())
    private nonisolated(unsafe) static var exitCode: Int32 = 0

    static func add(_ bytes: UnsafeRawBufferPointer, _ path: String) {
        changes.withLock { _ in
            guard let free = (0..<capacity).first(where: { entries[$0].path == nil }) else {
                return
            }
            let start = UInt(bitPattern: bytes.baseAddress)
            entries[free] = Entry(
                start: start, end: start + UInt(bytes.count), path: strdup(path))
        }
    }

    static func remove(_ bytes: UnsafeRawBufferPointer) {
        changes.withLock { _ in
            let start = UInt(bitPattern: bytes.baseAddress)
            guard let index = (0..<capacity).first(where: { entries[$0].start == start }) else {
                return
            }
            let path = entries[index].path
            entries[index] = Entry()
            free(path)
        }
    }

    /// Installs the handler of `SIGBUS`.
    fileprivate static func watch(exitCode: Int32) {
        self.exitCode = exitCode
        _ = entries  // Made before a handler needs it.
        var action = sigaction()
        action.sa_flags = SA_SIGINFO
        #if canImport(Glibc)
            action.__sigaction_handler.sa_sigaction = { _, info, _ in
                MappedRanges.fail(at: UInt(bitPattern: info?.pointee._sifields._sigfault.si_addr))
            }
            sigaction(SIGBUS, &action, nil)
        #endif
    }

    /// One line and the end; or back to the fault without a handler, if it is none of ours.
    private static func fail(at address: UInt) {
        for index in 0..<capacity where entries[index].end > address {
            guard entries[index].start <= address, let path = entries[index].path else { continue }
            say("error: ")
            write(STDERR_FILENO, path, strlen(path))
            say(": can no longer be read: it was changed while it was in use, or its disk fails\n")
            _exit(exitCode)
        }
        signal(SIGBUS, SIG_DFL)
    }

    private static func say(_ text: StaticString) {
        write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
    }
}

/// From now on a mapped file that another process shortens ends the program with one line that
/// names it and with this exit code, in place of a signal.
public func exitWhenMappedFilesVanish(code: Int32) { MappedRanges.watch(exitCode: code) }
