import PinxitTensors

/// The gradients of a scalar with respect to tracked leaves, by one walk back over the tape.
///
/// Only operations between the loss and the targets are visited; each rule is asked only for the
/// gradients that lead to a target. The tape is consumed: activations are freed as the walk passes
/// them.
///
/// - Parameters:
///   - loss: One element.
///   - targets: Tensors made by ``Tensor/tracked()``.
///   - found: Told of each target's gradient once it is whole, while the walk goes on, with the
///     target's place in `targets`; each target is told of at most once.
/// - Returns: A gradient of each target's shape, in f32 for parameters; nil where the loss does not
///   depend on the target.
public func gradients(
    of loss: Tensor, withRespectTo targets: [Tensor], found: (Int, Tensor) -> Void = { _, _ in }
) -> [Tensor?] {
    precondition(loss.count == 1, "a gradient is taken of one number, not of \(loss)")
    let leaves = targets.map { target -> Node in
        guard let node = target.node, case .leaf = node.operation else {
            preconditionFailure("\(target) is not a tracked leaf")
        }
        return node
    }
    guard let root = loss.node else { return targets.map { _ in nil } }
    var walk = BackwardWalk(from: root, to: leaves)
    let places = Dictionary(
        leaves.enumerated().map { ($1.number, $0) }, uniquingKeysWith: { first, _ in first })
    let all = walk.run(seed: .full(loss.shape, 1, type: loss.type)) { number, gradient in
        if let place = places[number] { found(place, gradient) }
    }
    return leaves.map { all[$0.number] }
}

/// The gradients of what an operation of several took from outside: it is computed again.
func recomputedGradients(_ node: Node, _ dy: Tensor, _ wanted: [Bool]) -> [Tensor?] {
    guard let root = node.again?().node else {
        preconditionFailure("computed again, \(node.shape) no longer depends on what it did")
    }
    let inputs = node.inputs.map(\.node)
    var walk = BackwardWalk(from: root, to: zip(inputs, wanted).compactMap { $1 ? $0 : nil })
    let found = walk.run(seed: dy) { _, _ in }
    return inputs.map { input in input.flatMap { found[$0.number] } }
}

/// The state of one walk: which nodes lead to a target, and the gradients that have arrived so far.
private struct BackwardWalk {
    private let root: Node
    private var relevant: [UInt64: Node] = [:]
    private let leaves: Set<UInt64>
    /// How often each leaf is used by nodes that the walk has not come to.
    private var uses: [UInt64: Int] = [:]

    init(from root: Node, to leaves: [Node]) {
        self.root = root
        self.leaves = Set(leaves.map(\.number))
        mark()
    }

    /// Keeps the nodes from which a leaf can be reached. Iterative, since tapes are deeper than
    /// stacks.
    private mutating func mark() {
        var state: [UInt64: Bool] = [:]
        var stack: [(node: Node, expanded: Bool)] = [(root, false)]
        while let (node, expanded) = stack.popLast() {
            if !expanded {
                guard state[node.number] == nil else { continue }
                let isLeaf = leaves.contains(node.number)
                state[node.number] = isLeaf
                stack.append((node, true))
                // Of a part that is computed again, what it took from outside has a history, which
                // the outer walk goes through.
                for input in isLeaf ? [] : node.inputs {
                    if let next = input.node, state[next.number] == nil {
                        stack.append((next, false))
                    }
                }
            } else if leaves.contains(node.number)
                || node.inputs.contains(where: { $0.node.map { state[$0.number] == true } ?? false }
                )
            {
                state[node.number] = true
                relevant[node.number] = node
                for input in node.inputs {
                    if let leaf = input.node, leaves.contains(leaf.number) {
                        uses[leaf.number, default: 0] += 1
                    }
                }
            }
        }
    }

    /// Nodes are numbered in order of creation, so descending numbers visit a node after all its
    /// users.
    ///
    /// - Parameter found: Told of a leaf's gradient after its last user.
    mutating func run(seed: Tensor, found: (UInt64, Tensor) -> Void) -> [UInt64: Tensor] {
        var arrived: [UInt64: Tensor] = [root.number: seed]
        var result: [UInt64: Tensor] = [:]
        for number in relevant.keys.sorted(by: >) {
            guard let dy = arrived.removeValue(forKey: number), let node = relevant[number] else {
                continue
            }
            if leaves.contains(number) {
                result[number] = dy
                continue
            }
            let wanted = node.inputs.map { input in
                input.node.map { relevant[$0.number] != nil } ?? false
            }
            guard wanted.contains(true) else { continue }
            let given = rule(for: node, dy, wanted: wanted)
            for (input, gradient) in zip(node.inputs, given) {
                guard let target = input.node, let gradient, relevant[target.number] != nil else {
                    continue
                }
                accumulate(gradient, for: target, in: &arrived)
            }
            for leaf in wholeLeaves(after: node) {
                if let gradient = arrived[leaf] { found(leaf, gradient) }
            }
            node.release()
            relevant[number] = nil
        }
        return result
    }

    /// The leaves whose last user this node was.
    private mutating func wholeLeaves(after node: Node) -> [UInt64] {
        node.inputs.compactMap { input in
            guard let number = input.node?.number, let left = uses[number] else { return nil }
            uses[number] = left - 1
            return left == 1 ? number : nil
        }
    }

    /// Undoes broadcasting and conversion here, once, so that no rule has to.
    private func accumulate(_ gradient: Tensor, for node: Node, in arrived: inout [UInt64: Tensor])
    {
        let fitting = gradient.detached.summed(to: node.shape).cast(to: node.type)
        if let earlier = arrived[node.number] {
            arrived[node.number] = earlier + fitting
        } else {
            arrived[node.number] = fitting
        }
    }
}
