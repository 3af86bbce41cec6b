import FoundationEssentials
import PinxitPlatform
import PinxitTensors

/// What the program does where it may take only so much memory.
enum MemoryLimit {
    /// What loading a small model and its threads need at least, in bytes of address space.
    private static let least = 256 << 20

    /// From now on a lack of memory is a line and an exit code, where it can be.
    static func watch() {
        StoragePool.shared.whenExhausted { bytes in
            note("error: out of memory: the system does not give \(bytes >> 20) MiB more")
            _exit(ExitStatus.memory.rawValue)
        }
        guard let limit else { return }
        // Without memory for a thread, Dispatch waits for ever.
        if limit < addressSpaceInUse() + least {
            note("error: out of memory: \(limit >> 20) MiB of address space are too few")
            _exit(ExitStatus.memory.rawValue)
        }
    }

    /// Before the program starts itself once more: each thread's heap would take 64 MiB of address
    /// space, and glibc reads that they shall not before `main`.
    static func settleHeaps() {
        if limit != nil { setenv("MALLOC_ARENA_MAX", "1", 0) }
    }

    /// Of the address space in bytes; nil for none.
    private static var limit: Int? {
        var limit = rlimit()
        guard getrlimit(addressSpace, &limit) == 0 else { return nil }
        return Int(exactly: limit.rlim_cur)
    }

    #if canImport(Glibc)
        private static let addressSpace = __rlimit_resource_t(RLIMIT_AS.rawValue)
    #else
        private static let addressSpace = RLIMIT_AS
    #endif

    /// The first field of `/proc/self/statm` counts pages.
    private static func addressSpaceInUse() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").first.flatMap({ Int($0) })
        else { return 0 }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
