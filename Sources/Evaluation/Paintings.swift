import PinxitFiles
import PinxitImages

/// All pictures of an evaluation as a model painted them, RGB.
public struct Paintings: Sendable {
    /// Row by row: each prompt of the configuration with each of its seeds.
    public var grid: [Picture]
    /// One for each item of the questionnaire.
    public var items: [Picture]
    /// One for each composed prompt.
    public var composed: [Picture]
    /// The first items once more with other seeds, `[item][seed]`.
    public var variations: [[Picture]]
    /// One for each twin of the questionnaire.
    public var twins: [Picture]
    /// What was painted from pictures; nil for models that paint from words alone.
    public var fromPictures: PicturePaintings? = nil
    /// The median time of a picture; the first, for which weights are packed, is left out.
    public var secondsPerPicture: Double
}

extension Evaluator {
    /// What is painted, in this order.
    private var orders: [PaintingOrder] {
        gridOrders + questionnaire.items.map(\.order) + composedPrompts.items.map(\.order)
            + variationOrders.flatMap { $0 } + questionnaire.twins.map(\.order)
    }

    /// Pictures that a run paints.
    public var orderCount: Int { orders.count }

    /// The items that are painted with several seeds.
    var variedItems: [Int] { configuration.varied(of: questionnaire.items.count) }

    private var variationOrders: [[PaintingOrder]] {
        variedItems.map { index in
            (1..<max(configuration.variedSeeds, 1)).map { number in
                var order = questionnaire.items[index].order
                order.seed = order.seed &+ UInt32(number)
                return order
            }
        }
    }

    /// - Parameters:
    ///   - batch: how many orders `paint` is given at once.
    ///   - onProgress: called with the pictures painted so far.
    public func paintings(
        batch: Int = 8, onProgress: (Int) -> Void = { _ in }, paint: Paint
    ) async throws -> Paintings {
        let painted = try await painted(
            orders, batch: batch, onProgress: onProgress, paint: paint)
        return sorted(painted.pictures, painted.secondsPerPicture)
    }

    private func sorted(_ pictures: [Picture], _ secondsPerPicture: Double) -> Paintings {
        var rest = pictures[...]
        func take(_ count: Int) -> [Picture] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        return Paintings(
            grid: take(gridOrders.count), items: take(questionnaire.items.count),
            composed: take(composedPrompts.items.count),
            variations: variationOrders.map { take($0.count) },
            twins: take(questionnaire.twins.count),
            secondsPerPicture: secondsPerPicture)
    }
}

extension EvaluationConfiguration {
    /// Those of so many prompts that are painted with several seeds, taken evenly from all.
    func varied(of all: Int) -> [Int] {
        evenly(variedPrompts, of: all)
    }
}

/// So many indices of `all`, at even distances; all of them where there are no more.
func evenly(_ wanted: Int, of all: Int) -> [Int] {
    let count = min(wanted, all)
    return (0..<count).map { $0 * all / count }
}

/// The pictures of orders, RGB, and the median time of one; the first, for which weights are
/// packed, is left out.
///
/// - Parameters:
///   - batch: how many orders `paint` is given at once.
///   - onProgress: called with the pictures painted so far.
/// - Throws: `FileError` for a batch of none, and where there is not a picture for each order; what
///   `paint` throws.
func painted(
    _ orders: [PaintingOrder], batch: Int, onProgress: (Int) -> Void, paint: Paint
) async throws -> (pictures: [Picture], secondsPerPicture: Double) {
    var pictures: [Picture] = []
    var seconds: [Double] = []
    guard batch > 0 else {
        throw FileError(
            path: "batch", problem: "\(batch) orders; 1 or more are accepted", access: .given)
    }
    while pictures.count < orders.count {
        let some = Array(orders[pictures.count..<min(pictures.count + batch, orders.count)])
        let start = ContinuousClock.now
        let painted = try await paint(some)
        seconds.append((ContinuousClock.now - start) / .seconds(1) / Double(some.count))
        guard painted.count == some.count else {
            throw FileError(
                path: "paint", problem: "\(painted.count) pictures for \(some.count) orders",
                access: .given)
        }
        pictures += painted.map { $0.rgb() }
        onProgress(pictures.count)
    }
    let times = (seconds.count > 1 ? Array(seconds.dropFirst()) : seconds).sorted()
    return (pictures, times.isEmpty ? 0 : times[times.count / 2])
}
