import Synchronization

/// How much each who asks may have painted, in pixel-steps a minute: a bucket each, which fills
/// steadily and holds what comes in a minute. Who has a full bucket may ask for more than it holds,
/// and then waits until the debt is paid.
final class RateLimiter: Sendable {
    private struct Bucket {
        var level: Double
        var time: Double
    }

    /// Buckets that are remembered; full ones need not be.
    private static let most = 10_000

    private let perMinute: Double
    private let buckets = Mutex<[String: Bucket]>([:])

    init(perMinute: Double) { self.perMinute = perMinute }

    /// - Throws: `ServingError.rateLimited` where it is too much for now.
    func take(_ cost: Double, of payer: String, at time: Double) throws(ServingError) {
        let missing = buckets.withLock { buckets -> Double in
            let level = Self.level(buckets[payer], perMinute, time)
            let needed = min(cost, perMinute)
            guard level >= needed else { return needed - level }
            if buckets.count >= Self.most {
                buckets = buckets.filter { Self.level($0.value, perMinute, time) < perMinute }
            }
            buckets[payer] = Bucket(level: level - cost, time: time)
            return 0
        }
        guard missing > 0 else { return }
        throw .rateLimited(seconds: max(1, Int((missing / perMinute * 60).rounded(.up))))
    }

    /// Gives back what was not used.
    func give(_ cost: Double, to payer: String) {
        buckets.withLock { $0[payer]?.level += cost }
    }

    private static func level(_ bucket: Bucket?, _ perMinute: Double, _ time: Double) -> Double {
        guard let bucket else { return perMinute }
        return min(perMinute, bucket.level + max(0, time - bucket.time) / 60 * perMinute)
    }
}
