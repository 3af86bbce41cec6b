import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Memory for tensors, recycled by size class, so that a training or sampling step after the first takes
/// nothing from the system.
public final class StoragePool: Sendable {
    public static let shared = StoragePool()

    /// What the pool holds, in bytes.
    public struct Statistics: Sendable {
        /// Held by living tensors.
        public var inUse = 0
        /// The most that living tensors have held since the last `resetPeak`.
        public var peak = 0
        /// Taken from the system: in use or waiting to be.
        public var reserved = 0
        /// How often the system was asked.
        public var systemAllocations = 0
    }

    private struct State: ~Copyable {
        var free: [Int: [UInt]] = [:]
        var statistics = Statistics()
        var mostWaiting = Int.max
    }

    private let state = Mutex(State())

    /// Rounds up to one of eight sizes per power of two: at most an eighth is wasted.
    static func sizeClass(_ bytes: Int) -> Int {
        guard bytes > 512 else { return bytes <= 64 ? 64 : (bytes + 63) & ~63 }
        let step = 1 << (Int.bitWidth - 1 - (bytes - 1).leadingZeroBitCount - 3)
        return (bytes + step - 1) & ~(step - 1)
    }

    func take(_ bytes: Int) -> UnsafeMutableRawPointer {
        let size = Self.sizeClass(bytes)
        let recycled = state.withLock { state -> UInt? in
            state.statistics.inUse += size
            state.statistics.peak = max(state.statistics.peak, state.statistics.inUse)
            if let pointer = state.free[size]?.popLast() { return pointer }
            state.statistics.reserved += size
            state.statistics.systemAllocations += 1
            return nil
        }
        if let recycled { return UnsafeMutableRawPointer(bitPattern: recycled)! }
        return Self.allocate(size)
    }

    func give(_ pointer: UnsafeMutableRawPointer, bytes: Int) {
        let size = Self.sizeClass(bytes)
        let isKept = state.withLock { state in
            state.statistics.inUse -= size
            let waiting = state.statistics.reserved - state.statistics.inUse
            guard waiting <= state.mostWaiting else {
                state.statistics.reserved -= size
                return false
            }
            state.free[size, default: []].append(UInt(bitPattern: pointer))
            return true
        }
        if !isKept { free(pointer) }
    }

    /// Runs `body` with at most so many bytes waiting for the next tensor of their size; what is beyond goes back to the
    /// system, so that little memory is held, and more of it is asked for.
    public func limitingWaiting<Result>(to bytes: Int, _ body: () throws -> Result) rethrows
        -> Result
    {
        func set(_ bytes: Int) -> Int {
            state.withLock { state in
                defer { state.mostWaiting = bytes }
                return state.mostWaiting
            }
        }
        let before = set(bytes)
        defer { _ = set(before) }
        return try body()
    }

    private static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        // Huge pages save page faults and TLB misses on large activations.
        let huge = 2 << 20
        let alignment = size >= 2 * huge ? huge : 64
        var pointer: UnsafeMutableRawPointer?
        guard posix_memalign(&pointer, alignment, size) == 0, let pointer else {
            fatalError("out of memory: \(size) bytes")
        }
        if alignment == huge { madvise(pointer, size, MADV_HUGEPAGE) }
        return pointer
    }

    public var statistics: Statistics { state.withLock { $0.statistics } }

    /// Starts counting the peak anew.
    public func resetPeak() {
        state.withLock { $0.statistics.peak = $0.statistics.inUse }
    }

    /// Gives memory that no tensor uses back to the system.
    public func trim() {
        let waiting = state.withLock { state -> [UInt] in
            let waiting = state.free.flatMap(\.value)
            state.statistics.reserved -= state.free.reduce(0) { $0 + $1.key * $1.value.count }
            state.free = [:]
            return waiting
        }
        for pointer in waiting { free(UnsafeMutableRawPointer(bitPattern: pointer)) }
    }
}
