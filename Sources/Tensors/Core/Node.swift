import Synchronization

/// How a tensor was computed: the operation, its inputs, and what its gradient rule needs besides.
///
/// Tensors only record; the rules and the backward walk are in `Autograd`. Nothing is recorded
/// unless an input is tracked, so inference pays nothing.
public final class Node: @unchecked Sendable {
    /// What was computed, with its arguments.
    public let operation: Operation
    /// Emptied by the backward walk once they are no longer needed. Of those whose elements the
    /// gradient rule does not read only the record is kept.
    public private(set) var inputs: [Tensor]
    /// Statistics and outputs kept for the gradient, as the operation documents.
    public private(set) var saved: [Tensor]
    /// Computes it anew, of a ``Operation/recomputed``.
    public private(set) var again: (() -> Tensor)?
    /// Nodes are numbered as they are made, so a node's inputs have smaller numbers.
    public let number: UInt64
    /// Of the result, and so of its gradient.
    public let shape: Shape
    /// Of the result's elements.
    public let type: ElementType

    private static let counter = Atomic<UInt64>(0)

    /// The number of the node that was made last.
    static var lastNumber: UInt64 { counter.load(ordering: .relaxed) }

    init(
        _ operation: Operation, inputs: [Tensor], saved: [Tensor], shape: Shape, type: ElementType,
        again: (() -> Tensor)? = nil
    ) {
        self.operation = operation
        let isTracked = inputs.map(\.isTracked)
        self.inputs = inputs.enumerated().map { index, input in
            operation.readsInput(index, tracked: isTracked) ? input : input.withoutElements
        }
        self.saved = saved
        self.again = again
        self.shape = shape
        self.type = type
        self.number = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// Lets go of everything upstream.
    public func release() {
        inputs = []
        saved = []
        again = nil
    }
}

extension Tensor {
    /// The same elements as a leaf that gradients can be asked for.
    public func tracked() -> Tensor {
        var leaf = self
        leaf.node = Node(.leaf, inputs: [], saved: [], shape: shape, type: type)
        return leaf
    }

    /// Whether gradients may be asked for: it is a leaf for them, or was made of one.
    public var isTracked: Bool { node != nil }

    /// Returns self with a record of its origin, if any input has one. Every operation ends here.
    func recorded(
        _ operation: @autoclosure () -> Operation, _ inputs: [Tensor],
        saved: @autoclosure () -> [Tensor] = []
    ) -> Tensor {
        finish(operation(), inputs)
        guard inputs.contains(where: { $0.node != nil }) else { return self }
        var result = self
        result.node = Node(operation(), inputs: inputs, saved: saved(), shape: shape, type: type)
        return result
    }

    /// The same end for an operation that has no gradient: traps if one may be asked for.
    func recordedWithoutGradient(
        _ operation: @autoclosure () -> Operation, _ inputs: [Tensor]
    ) -> Tensor {
        finish(operation(), inputs)
        precondition(
            !inputs.contains { $0.isTracked },
            "\(operation()) has no gradient, but an input is tracked: \(inputs)")
        return self
    }

    /// Checks where the operation ran, and tells the observer of it.
    private func finish(_ operation: @autoclosure () -> Operation, _ inputs: [Tensor]) {
        Engine.requireCurrent()
        Engine.currentObserver?.finished(operation(), inputs: inputs, output: self)
    }
}
