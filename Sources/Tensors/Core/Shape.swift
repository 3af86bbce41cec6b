/// The sizes of a tensor's dimensions, outermost first; elements lie contiguously in that order.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The sizes, outermost first; empty for a scalar.
    public let dimensions: [Int]

    /// - Precondition: no size is negative.
    public init(_ dimensions: [Int]) {
        precondition(dimensions.allSatisfy { $0 >= 0 }, "a negative dimension in \(dimensions)")
        self.dimensions = dimensions
    }

    /// A shape written as a list of sizes.
    public init(arrayLiteral dimensions: Int...) { self.init(dimensions) }

    /// The number of dimensions; 0 for a scalar.
    public var rank: Int { dimensions.count }
    /// The number of elements; 1 for a scalar.
    public var count: Int { dimensions.contains(0) ? 0 : dimensions.reduce(1, *) }
    /// The sizes in brackets.
    public var description: String { "\(dimensions)" }

    /// The size of a dimension; negative indices count from the end.
    public subscript(_ axis: Int) -> Int { dimensions[resolve(axis)] }

    /// The index of a dimension counted from the start, for one that may count from the end.
    public func resolve(_ axis: Int) -> Int {
        let index = axis < 0 ? axis + rank : axis
        precondition(index >= 0 && index < rank, "no dimension \(axis) in shape \(self)")
        return index
    }

    /// The product of the sizes in a range of dimensions.
    func product(_ range: Range<Int>) -> Int { dimensions[range].reduce(1, *) }

    /// The shape two operands broadcast to, by NumPy's rule; traps if they do not.
    func broadcast(with other: Shape) -> Shape {
        let rank = Swift.max(rank, other.rank)
        func size(_ shape: Shape, _ i: Int) -> Int {
            let j = i - (rank - shape.rank)
            return j < 0 ? 1 : shape.dimensions[j]
        }
        return Shape(
            (0..<rank).map { i in
                let (a, b) = (size(self, i), size(other, i))
                precondition(
                    a == b || a == 1 || b == 1, "shapes \(self) and \(other) do not broadcast")
                return a == 1 ? b : a
            })
    }

    /// Strides in elements that read this shape as `target`, 0 where a dimension repeats.
    func strides(broadcastTo target: Shape) -> [Int] {
        var strides = [Int](repeating: 0, count: target.rank)
        var step = 1
        for axis in stride(from: rank - 1, through: 0, by: -1) {
            let size = dimensions[axis]
            if size > 1 { strides[axis + target.rank - rank] = step }
            step *= size
        }
        return strides
    }
}

extension Array where Element == Int {
    /// The sizes as exactly two, trapping with the sizes otherwise.
    var pair: (Int, Int) {
        precondition(count == 2, "two dimensions expected, found \(self)")
        return (self[0], self[1])
    }
}
