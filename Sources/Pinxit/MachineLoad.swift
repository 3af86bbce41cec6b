import PinxitPlatform

/// Who else wants to run on this machine.
public struct MachineLoad: Sendable, Equatable {
    /// Processors that this process may use.
    public let processors: Int
    /// Threads of other programs that want to run; nil where the system does not say.
    public let others: Int?

    /// The load at this moment.
    public static var now: MachineLoad {
        MachineLoad(
            processors: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
            others: others(in: contents("/proc/loadavg")))
    }

    /// The load without what ran for less than two milliseconds.
    static var settled: MachineLoad {
        var least = now
        for _ in 0..<2 where least.isShared {
            usleep(1000)
            let next = now
            if (next.others ?? 0) < (least.others ?? 0) { least = next }
        }
        return least
    }

    /// Whether a team with a thread for every processor has to share one of them.
    public var isShared: Bool { (others ?? 0) > 0 }

    /// The other runnable threads, from `0.20 0.18 0.12 2/345 11206`, where 2 counts this one.
    static func others(in loadavg: String) -> Int? {
        let fields = loadavg.split(separator: " ")
        guard fields.count > 3, let running = fields[3].split(separator: "/").first,
            let count = Int(running)
        else { return nil }
        return max(0, count - 1)
    }

    /// The first bytes of a small file, by the C library alone; empty where there is none.
    private static func contents(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
