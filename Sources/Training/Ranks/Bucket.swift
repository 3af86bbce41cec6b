import CPinxitMPI
import PinxitTensors

/// Gradients of some parameters on their way to the other ranks and back.
///
/// Behind the numbers lies one for each parameter: how many ranks have a gradient of it at all.
final class Bucket {
    private enum Way {
        case filling
        case going(Transfer)
        case returning(Transfer)
        case done
    }

    private let shapes: [Int: Shape]
    private let starts: [Int: Int]
    private let flags: [Int: Int]
    private let ranks: Int
    /// Numbers that one rank sums.
    private let piece: Int
    private let own: Numbers
    private let pieces: Numbers
    private let sums: Numbers
    private var missing: Set<Int> = []
    private var way = Way.filling

    init(_ parameters: [Int], _ shapes: [Shape], _ ranks: Int) {
        self.ranks = ranks
        self.shapes = Dictionary(uniqueKeysWithValues: parameters.map { ($0, shapes[$0]) })
        var (starts, flags, count) = ([Int: Int](), [Int: Int](), 0)
        for parameter in parameters {
            starts[parameter] = count
            count += shapes[parameter].count
        }
        for parameter in parameters {
            flags[parameter] = count
            count += 1
        }
        (self.starts, self.flags) = (starts, flags)
        piece = (count + ranks - 1) / ranks
        own = Numbers(piece * ranks)
        pieces = Numbers(piece * ranks)
        sums = Numbers(piece)
    }

    /// Waits for gradients of all its parameters.
    func begin() {
        missing = Set(starts.keys)
        way = .filling
    }

    var isWhole: Bool { missing.isEmpty }
    var isDone: Bool { if case .done = way { true } else { false } }
    /// Whether its sums are on their way back, or there.
    var hasReturned: Bool {
        switch way {
        case .filling, .going: false
        case .returning, .done: true
        }
    }

    func has(_ parameter: Int) -> Bool { !missing.contains(parameter) }

    /// Takes a gradient, or that there is none.
    func add(_ parameter: Int, _ gradient: Tensor?) {
        guard missing.remove(parameter) != nil, let start = starts[parameter],
            let flag = flags[parameter], let shape = shapes[parameter]
        else { preconditionFailure("parameter \(parameter) has a second gradient") }
        own.start[flag] = gradient == nil ? 0 : 1
        guard let gradient else {
            (own.start + start).update(repeating: 0, count: shape.count)
            return
        }
        precondition(
            gradient.type == .f32 && gradient.count == shape.count,
            "\(gradient) of a parameter of shape \(shape) is summed over ranks")
        withExtendedLifetime(gradient) {
            (own.start + start).update(
                from: gradient.pointer.assumingMemoryBound(to: Float.self), count: gradient.count)
        }
    }

    func send(_ transport: any RankTransport) {
        way = .going(transport.exchange(own.start, into: pieces.start, count: piece))
    }

    /// - Parameter mayReturn: Whether the buckets before it are on their way back.
    func move(_ transport: any RankTransport, mayReturn: Bool) {
        switch way {
        case .going(var transfer):
            guard transport.isDone(&transfer) else { return }
            way = .going(nil)
            guard mayReturn else { return }
            mpi_sum(pieces.start, Int32(ranks), piece, 1 / Double(ranks), sums.start)
            way = .returning(transport.gather(sums.start, into: own.start, count: piece))
        case .returning(var transfer):
            if transport.isDone(&transfer) { way = .done }
        case .filling, .done: break
        }
    }

    /// The mean of a parameter's gradients; nil if no rank had one.
    func mean(_ parameter: Int) -> Tensor? {
        guard let start = starts[parameter], let flag = flags[parameter],
            let shape = shapes[parameter], own.start[flag] > 0
        else { return nil }
        let result = Tensor(uninitialized: shape)
        result.pointer.assumingMemoryBound(to: Float.self).update(
            from: own.start + start, count: shape.count)
        return result
    }
}

/// Memory that stays where it is while MPI reads and writes it; zeros at first.
private final class Numbers {
    let start: UnsafeMutablePointer<Float>

    init(_ count: Int) {
        start = .allocate(capacity: count)
        start.initialize(repeating: 0, count: count)
    }

    deinit { start.deallocate() }
}
