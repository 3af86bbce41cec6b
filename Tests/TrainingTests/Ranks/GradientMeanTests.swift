import PinxitTensors
import Testing

@testable import PinxitTraining

/// One of two ranks. What the other says is known from a rehearsal, and transfers take their time.
private final class Delayed: RankTransport, @unchecked Sendable {
    /// What a rank gave to its transfers, in their order.
    struct Said: Equatable {
        var exchanged: [[Float]] = []
        var gathered: [[Float]] = []
    }

    private let rank: Int
    private let other: Said
    private(set) var said = Said()
    /// How often each is still asked for in vain, and what it does at its end.
    private var transfers: [Int: (polls: Int, end: () -> Void)] = [:]
    private var started = 0

    init(_ rank: Int, hearing other: Said) { (self.rank, self.other) = (rank, other) }

    private func start(polls: Int, _ end: @escaping () -> Void) -> Transfer {
        started += 1
        transfers[started] = (polls, end)
        return UnsafeMutableRawPointer(bitPattern: started)
    }

    /// Both ranks' numbers, in their order; this one's twice while nothing is known of the other.
    private func both(_ own: [Float], _ others: [[Float]], _ place: Int) -> [[Float]] {
        let other = place < others.count ? others[place] : own
        return rank == 0 ? [own, other] : [other, own]
    }

    func exchange(
        _ own: UnsafePointer<Float>, into pieces: UnsafeMutablePointer<Float>, count: Int
    ) -> Transfer {
        let place = said.exchanged.count
        said.exchanged.append(Array(UnsafeBufferPointer(start: own, count: 2 * count)))
        let all = both(said.exchanged[place], other.exchanged, place)
        let rows = rank * count..<(rank + 1) * count
        // The first bucket is the last to arrive.
        return start(polls: place == 0 ? 150 : 3 * rank) {
            _ = UnsafeMutableBufferPointer(start: pieces, count: 2 * count).update(
                fromContentsOf: all.flatMap { $0[rows] })
        }
    }

    func gather(
        _ own: UnsafePointer<Float>, into all: UnsafeMutablePointer<Float>, count: Int
    ) -> Transfer {
        let place = said.gathered.count
        said.gathered.append(Array(UnsafeBufferPointer(start: own, count: count)))
        let values = both(said.gathered[place], other.gathered, place).flatMap { $0 }
        return start(polls: place == 1 ? 40 : 2) {
            _ = UnsafeMutableBufferPointer(start: all, count: 2 * count).update(
                fromContentsOf: values)
        }
    }

    func isDone(_ transfer: inout Transfer) -> Bool {
        guard let key = transfer.map({ Int(bitPattern: $0) }), let (polls, end) = transfers[key]
        else { return true }
        guard polls == 0 else {
            transfers[key] = (polls - 1, end)
            return false
        }
        end()
        transfers[key] = nil
        transfer = nil
        return true
    }

    func broadcast(_ values: UnsafeMutablePointer<Float>, count: Int) -> Transfer { nil }
    func tell() {}
    var isTold: Bool { false }
}

@Suite struct GradientMeanTests {
    private static let sizes = [6, 2, 5, 3, 9]

    /// Nothing depends on the parameter 1, and on the second rank nothing on 3.
    private static func gradient(_ parameter: Int, _ rank: Int) -> [Float]? {
        guard parameter != 1, parameter != 3 || rank == 0 else { return nil }
        return (0..<sizes[parameter]).map {
            Float($0 * $0) / 3 + Float(10 * parameter) - 7 * Float(rank)
        }
    }

    /// Two steps of a rank; its gradients are found in this order, the others at the end.
    private static func run(_ transport: Delayed, _ rank: Int, finding order: [Int]) -> [[Float]?] {
        let shapes = sizes.map { Shape([$0]) }
        // Buckets of the parameters 4, of 3 and 2, and of 1 and 0.
        guard
            let mean = GradientMean(
                Ranks(rank: rank, size: 2, transport), shapes, bucketSize: 8)
        else { return [] }
        var found: [[Float]?] = []
        for _ in 0..<2 {
            mean.begin()
            let own = sizes.indices.map { gradient($0, rank).map { Tensor($0) } }
            for parameter in order {
                if let gradient = own[parameter] { mean.add(parameter, gradient) }
            }
            found += mean.means(own).map { $0?.floats }
        }
        return found
    }

    @Test("Means are those of all, with a gradient missing here, a bucket late there, and delays")
    func means() async {
        await Engine.run {
            let orders = [[4, 3, 2], [0, 2, 4]]
            var said = [Delayed.Said(), Delayed.Said()]
            var found: [[[Float]?]] = []
            // First what is exchanged becomes known, then the sums of it that are gathered.
            for _ in 0..<3 {
                let transports = [Delayed(0, hearing: said[1]), Delayed(1, hearing: said[0])]
                found = (0..<2).map { Self.run(transports[$0], $0, finding: orders[$0]) }
                said = transports.map(\.said)
            }
            let expected = Self.sizes.indices.map { parameter -> [Float]? in
                let both = (0..<2).map { Self.gradient(parameter, $0) }
                guard let first = both[0] else { return nil }
                let second = both[1] ?? first.map { _ in 0 }
                return zip(first, second).map { Float((Double($0) + Double($1)) / 2) }
            }
            #expect(found[0] == expected + expected)
            #expect(found[1] == expected + expected)
            // Transfers of a kind begin in the same order everywhere: 9 numbers and a flag, 8 and
            // 2 flags, and again 8 and 2, halved.
            for said in said {
                #expect(said.exchanged.map(\.count) == [10, 10, 10, 10, 10, 10])
                #expect(said.gathered.map(\.count) == [5, 5, 5, 5, 5, 5])
            }
            for place in 0..<6 {
                let flags = place % 3 == 0 ? 1 : 2
                let own = said.map { Array($0.exchanged[place].suffix(flags)) }
                #expect(own == [[[1], [1]], [[1, 1], [0, 1]], [[0, 1], [0, 1]]][place % 3])
            }
        }
    }
}
