import PinxitKernels
import PinxitPlatform
import Synchronization

/// Memory for tensors, recycled by size class, so that a training or sampling step after the first
/// takes nothing from the system.
public final class StoragePool: Sendable {
    /// The only one: all tensors have their memory from it, but for what is borrowed.
    public static let shared = StoragePool()

    /// Blocks from here on are mappings of their own, so that what is given back goes back: from a
    /// heap they would leave gaps of hundreds of megabytes that fit nothing.
    private static let large = 4 << 20

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

    /// Blocks of one size that no tensor uses.
    private struct Waiting {
        var blocks: [UInt] = []
        /// When one was last taken or given, in takings and givings of blocks.
        var lastUse = 0
    }

    private struct State: ~Copyable {
        var free: [Int: Waiting] = [:]
        var statistics = Statistics()
        var mostWaiting = Int.max
        var uses = 0

        mutating func recycle(_ size: Int) -> UInt? {
            uses += 1
            free[size]?.lastUse = uses
            return free[size]?.blocks.popLast()
        }

        mutating func wait(_ size: Int, _ block: UInt) {
            uses += 1
            free[size, default: Waiting()].blocks.append(block)
            free[size]!.lastUse = uses
        }

        /// Takes out what waits beyond the limit, of the sizes first that have not been wanted for
        /// longest.
        mutating func excess() -> [(size: Int, block: UInt)] {
            var result: [(Int, UInt)] = []
            while statistics.reserved - statistics.inUse > mostWaiting,
                let size = free.lazy.filter({ !$0.value.blocks.isEmpty })
                    .min(by: { $0.value.lastUse < $1.value.lastUse })?.key
            {
                result.append((size, free[size]!.blocks.removeLast()))
                statistics.reserved -= size
            }
            return result
        }
    }

    private let state = Mutex(State())

    /// Rounds up to one of eight sizes per power of two: at most an eighth is wasted.
    static func sizeClass(_ bytes: Int) -> Int {
        guard bytes > 512 else { return bytes <= 64 ? 64 : (bytes + 63) & ~63 }
        let step = 1 << (Int.bitWidth - 1 - (bytes - 1).leadingZeroBitCount - 3)
        return (bytes + step - 1) & ~(step - 1)
    }

    /// The size of a block for something that stays: no more than whole pages, since it will not be
    /// recycled.
    private static func size(_ bytes: Int, staying: Bool) -> Int {
        staying && bytes > 1 << 16 ? (bytes + 4095) & ~4095 : sizeClass(bytes)
    }

    func take(_ bytes: Int, staying: Bool = false) -> UnsafeMutableRawPointer {
        let size = Self.size(bytes, staying: staying)
        let recycled = state.withLock { state -> UInt? in
            state.statistics.inUse += size
            state.statistics.peak = max(state.statistics.peak, state.statistics.inUse)
            if let block = state.recycle(size) { return block }
            state.statistics.reserved += size
            state.statistics.systemAllocations += 1
            return nil
        }
        if let recycled { return UnsafeMutableRawPointer(bitPattern: recycled)! }
        return Self.allocate(size)
    }

    func give(_ pointer: UnsafeMutableRawPointer, bytes: Int, staying: Bool = false) {
        let size = Self.size(bytes, staying: staying)
        let excess = state.withLock { state in
            // Before this block waits too: it may be the next that is wanted.
            defer {
                state.statistics.inUse -= size
                state.wait(size, UInt(bitPattern: pointer))
            }
            return state.excess()
        }
        for (size, block) in excess {
            Self.release(UnsafeMutableRawPointer(bitPattern: block)!, size)
        }
    }

    /// Runs `body` with at most so many bytes and one block, or fewer if that is the limit already,
    /// waiting for the next tensor of their size. What is beyond goes back to the system, so that
    /// little memory is held, and more of it is asked for.
    public func limitingWaiting<Result, Failure: Error>(
        to bytes: Int, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let before = state.withLock { state in
            defer { state.mostWaiting = min(bytes, state.mostWaiting) }
            return state.mostWaiting
        }
        defer { state.withLock { $0.mostWaiting = before } }
        return try body()
    }

    private static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        guard size < large else { return map(size) }
        var pointer: UnsafeMutableRawPointer?
        guard posix_memalign(&pointer, 64, size) == 0, let pointer else { outOfMemory(size) }
        return pointer
    }

    /// A mapping on a boundary of huge pages, which save page faults and TLB misses on large
    /// activations.
    private static func map(_ size: Int) -> UnsafeMutableRawPointer {
        let huge = 2 << 20
        let whole = mmap(
            nil, size + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let whole, whole != MAP_FAILED else { outOfMemory(size) }
        let before = (huge - Int(bitPattern: whole) % huge) % huge
        let pointer = whole + before
        if before > 0 { munmap(whole, before) }
        munmap(pointer + size, huge - before)
        madvise(pointer, size, MADV_HUGEPAGE)
        return pointer
    }

    /// What happens when the system gives no more memory, before the process ends: a program may
    /// say so in its own way, and end by itself.
    ///
    /// - Parameter action: Called with the bytes that were asked for.
    public func whenExhausted(_ action: @escaping @Sendable (Int) -> Void) {
        exhaustion.withLock { $0 = action }
        px_when_exhausted { StoragePool.shared.tellExhaustion($0) }
    }

    private func tellExhaustion(_ bytes: Int) { exhaustion.withLock { $0 }(bytes) }

    private let exhaustion = Mutex<@Sendable (Int) -> Void>({ _ in })

    private static func outOfMemory(_ size: Int) -> Never {
        shared.tellExhaustion(size)
        fatalError("out of memory: \(size) bytes")
    }

    /// - Parameter size: That of the block's class, as it was allocated.
    private static func release(_ pointer: UnsafeMutableRawPointer, _ size: Int) {
        if size < large { free(pointer) } else { munmap(pointer, size) }
    }

    /// What it holds now.
    public var statistics: Statistics { state.withLock { $0.statistics } }

    /// Starts counting the peak anew.
    public func resetPeak() {
        state.withLock { $0.statistics.peak = $0.statistics.inUse }
    }

    /// Gives memory that no tensor uses back to the system.
    public func trim() {
        let waiting = state.withLock { state in
            defer { state.free = [:] }
            state.statistics.reserved = state.statistics.inUse
            return state.free
        }
        for (size, waiting) in waiting {
            for block in waiting.blocks {
                Self.release(UnsafeMutableRawPointer(bitPattern: block)!, size)
            }
        }
    }
}
