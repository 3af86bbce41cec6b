import CPinxitMPI
import PinxitFiles
import PinxitPlatform
import PinxitTensors

/// The processes that train one model together, and which of them this is.
///
/// Each takes its part of every step's batch, and all take the same step. What is summed is summed
/// in the order of ranks, in f64, so that the same number of ranks gives the same bits, wherever
/// they run.
public struct Ranks: Sendable {
    /// Which this is, from 0. The first writes; the others only compute.
    public let rank: Int
    /// How many there are.
    public let size: Int
    /// Nil for one alone.
    let transport: (any RankTransport)?
    private let isAskedToStop: @Sendable () -> Bool

    /// One process that trains alone.
    public static let alone = Ranks(rank: 0, size: 1, nil)

    init(
        rank: Int, size: Int, _ transport: (any RankTransport)?,
        isAskedToStop: @escaping @Sendable () -> Bool = { false }
    ) {
        precondition(
            (0..<size).contains(rank) && (transport != nil || size == 1),
            "rank \(rank) of \(size) ranks")
        (self.rank, self.size, self.transport) = (rank, size, transport)
        self.isAskedToStop = isAskedToStop
    }

    var isAlone: Bool { transport == nil }
    var isFirst: Bool { rank == 0 }

    /// This rank's part of a step's samples.
    ///
    /// - Precondition: `size` divides the batch.
    func part(of batch: Int) -> Range<Int> {
        precondition(batch % size == 0, "\(batch) samples for \(size) ranks")
        let each = batch / size
        return rank * each..<(rank + 1) * each
    }

    /// Waits until transfers are done. The processor is left to others meanwhile.
    func waitUntil(_ isDone: () -> Bool) {
        var (rounds, end) = (0, EndToTell())
        while !isDone() {
            rounds += 1
            if rounds < 100 { sched_yield() } else { usleep(50) }
            guard rounds % 100 == 0, let transport, isAskedToStop() else { continue }
            end.tellOnce(rank, transport)
        }
    }

    /// What is said where others are waited for in vain: mpirun asks all to stop when one has died,
    /// and ends them a second later.
    private struct EndToTell {
        private let clock = ContinuousClock()
        private var since: ContinuousClock.Instant?
        private var isTold = false

        /// The first rank that lives says it.
        mutating func tellOnce(_ rank: Int, _ transport: any RankTransport) {
            let begin = since ?? clock.now
            since = begin
            guard !isTold, clock.now - begin > .milliseconds(400 + 150 * rank) else { return }
            isTold = true
            guard !transport.isTold else { return }
            transport.tell()
            writeToStandardError(
                "stopping: another process has died or is not done with its step; the same "
                    + "command goes on from the last checkpoint\n")
        }
    }

    private func wait(_ start: (any RankTransport) -> Transfer) {
        guard let transport else { return }
        var transfer = start(transport)
        waitUntil { transport.isDone(&transfer) }
    }

    /// All ranks' numbers, as many of each, in the order of ranks.
    func gather(_ own: [Float]) -> [Float] {
        guard !isAlone else { return own }
        var all = [Float](repeating: 0, count: own.count * size)
        own.withUnsafeBufferPointer { own in
            all.withUnsafeMutableBufferPointer { all in
                guard let source = own.baseAddress, let target = all.baseAddress else { return }
                wait { $0.gather(source, into: target, count: own.count) }
            }
        }
        return all
    }

    /// Sums over ranks, multiplied by `scale`.
    func sum(_ own: [Float], scale: Double = 1) -> [Float] {
        guard !isAlone else { return scale == 1 ? own : own.map { Float(Double($0) * scale) } }
        let all = gather(own)
        return [Float](unsafeUninitializedCapacity: own.count) { buffer, count in
            mpi_sum(all, Int32(size), own.count, scale, buffer.baseAddress)
            count = own.count
        }
    }

    /// Means over ranks.
    func mean(_ own: [Float]) -> [Float] { sum(own, scale: 1 / Double(size)) }

    /// What a rank's sum of terms is multiplied by to give, as a mean over ranks, the mean of all
    /// terms; there may be none.
    ///
    /// - Parameter count: The terms of this rank.
    func share(ofCount count: Float) -> Float { Float(size) / max(sum([count])[0], 1) }

    /// Means over ranks of numbers that all have under the same tags.
    func mean(_ own: [String: Float]) -> [String: Float] {
        guard !isAlone else { return own }
        let tags = own.keys.sorted()
        let means = mean(tags.map { own[$0] ?? 0 })
        return Dictionary(uniqueKeysWithValues: zip(tags, means))
    }

    /// Whether it is so on any rank.
    func any(_ flag: Bool) -> Bool { gather([flag ? 1 : 0]).contains(1) }

    /// The first rank's numbers, to the bit.
    func fromFirst(_ own: [Double]) -> [Double] {
        guard !isAlone else { return own }
        var values = own
        values.withUnsafeMutableBytes { bytes in
            let floats = bytes.bindMemory(to: Float.self)
            guard let start = floats.baseAddress else { return }
            wait { $0.broadcast(start, count: floats.count) }
        }
        return values
    }

    /// Overwrites tensors in f32 with the first rank's.
    func takeFromFirst(_ tensors: [Tensor]) {
        guard !isAlone else { return }
        for tensor in tensors {
            precondition(tensor.type == .f32, "\(tensor) is brought to other ranks")
            let copy = tensor.detached.copy()
            let start = copy.pointer.assumingMemoryBound(to: Float.self)
            withExtendedLifetime(copy) { wait { $0.broadcast(start, count: copy.count) } }
            tensor.overwrite(with: copy)
        }
    }
}
