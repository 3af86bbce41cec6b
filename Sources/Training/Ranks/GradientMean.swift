import PinxitTensors

/// The mean over ranks of a step's gradients, bucket by bucket, while the walk back goes on.
///
/// A bucket is some neighbours among the parameters, the last ones first: the walk finds their
/// gradients first. Rank r sums the r-th piece of it, of all ranks, and brings the sums to all, so
/// that a number crosses the network twice whatever the number of ranks.
final class GradientMean {
    /// Numbers of a bucket, unless a single parameter has more.
    static let bucketSize = 1 << 20

    private let ranks: Ranks
    private let transport: any RankTransport
    private let shapes: [Shape]
    private var buckets: [Bucket] = []
    /// Which bucket a parameter is in.
    private var places: [Int]
    /// Buckets before it have been sent off.
    private var next = 0

    /// Nil for a rank alone, which has nothing to wait for.
    ///
    /// - Parameters:
    ///   - shapes: Of the parameters.
    ///   - bucketSize: See ``bucketSize``.
    init?(_ ranks: Ranks, _ shapes: [Shape], bucketSize: Int = GradientMean.bucketSize) {
        guard let transport = ranks.transport else { return nil }
        (self.ranks, self.transport, self.shapes) = (ranks, transport, shapes)
        places = [Int](repeating: 0, count: shapes.count)
        var (members, count) = ([Int](), 0)
        for index in shapes.indices.reversed() {
            members.append(index)
            count += shapes[index].count
            guard count >= bucketSize || index == 0 else { continue }
            for member in members { places[member] = buckets.count }
            buckets.append(Bucket(members, shapes, ranks.size))
            (members, count) = ([], 0)
        }
    }

    /// Begins a step.
    func begin() {
        for bucket in buckets { bucket.begin() }
        next = 0
    }

    /// Takes the gradient of a parameter, once it is whole.
    func add(_ parameter: Int, _ gradient: Tensor) {
        let bucket = buckets[places[parameter]]
        bucket.add(parameter, gradient)
        sendWhole()
        move()
    }

    /// Waits for all others.
    ///
    /// - Parameter own: This rank's gradients, of which those not added yet are added.
    /// - Returns: The means, nil where no rank has a gradient.
    func means(_ own: [Tensor?]) -> [Tensor?] {
        for (parameter, gradient) in own.enumerated().reversed() {
            let bucket = buckets[places[parameter]]
            if !bucket.has(parameter) { bucket.add(parameter, gradient) }
        }
        sendWhole()
        ranks.waitUntil { move() }
        return shapes.indices.map { buckets[places[$0]].mean($0) }
    }

    /// Sends off buckets that are whole, in the order that all ranks keep.
    private func sendWhole() {
        while next < buckets.count, buckets[next].isWhole {
            buckets[next].send(transport)
            next += 1
        }
    }

    /// Moves transfers on, and says whether all are done. Sums go back in the order of buckets.
    @discardableResult
    private func move() -> Bool {
        var mayReturn = true
        for bucket in buckets[..<next] {
            bucket.move(transport, mayReturn: mayReturn)
            mayReturn = mayReturn && bucket.hasReturned
        }
        return buckets.allSatisfy(\.isDone)
    }
}
