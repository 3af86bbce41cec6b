import FoundationEssentials
import PinxitTensors

/// Where a model's parameters come from: a checkpoint when loading, initialisers when training from
/// nothing.
///
/// A layer asks its ``Weights`` cursor for each parameter by name, shape and initialiser in one
/// expression; the store behind the cursor either fetches or creates it, and notes what does not
/// fit. ``verify()`` then reports everything at once.
public final class ParameterStore {
    /// A named parameter, in the order the model asked for it.
    public struct Parameter {
        /// Its path with dots, `down_blocks.0.conv1.weight`.
        public let name: String
        /// What the model computes with; tracked if it is trained.
        public let tensor: Tensor
        /// Whether weight decay applies: weights of products and convolutions yes; biases, norms
        /// and embeddings no.
        public let decays: Bool

        /// The same parameter as a part of something larger.
        ///
        /// - Parameter place: What stands before its name and a dot, such as `unet`.
        public func below(_ place: String) -> Parameter {
            Parameter(name: "\(place).\(name)", tensor: tensor, decays: decays)
        }
    }

    private enum Source {
        case checkpoint([String: Tensor])
        case initialisers(seed: UInt64)
        /// Nothing is made: only sizes are wanted.
        case nothing
    }

    private let source: Source
    private let tracked: Bool
    /// What the model asked for so far, in that order: the optimiser's list, and what is saved.
    public private(set) var parameters: [Parameter] = []
    /// Gives linear layers and convolutions changes of low rank, by the layer's path and weight.
    public var lowRank: ((String, Tensor) -> LowRank?)?
    private var missing: [String] = []
    private var misshapen: [MismatchedCheckpoint.Misshapen] = []
    private var used: Set<String> = []
    private var counted: [(name: String, shape: Shape)] = []

    /// Parameters from a checkpoint, whole after ``verify(ignoring:)`` only. `tracked` ones can be
    /// trained further: they are copied to f32.
    public init(checkpoint: [String: Tensor], tracked: Bool = false) {
        source = .checkpoint(checkpoint)
        self.tracked = tracked
    }

    /// New parameters, each from its own random stream, so that a parameter's start depends on its
    /// name and not on the order.
    public init(seed: UInt64, tracked: Bool = true) {
        source = .initialisers(seed: seed)
        self.tracked = tracked
    }

    private init() {
        source = .nothing
        tracked = false
    }

    /// The numbers in the parameters of a model, none of which is made. Sizes must be such that the
    /// number of each parameter can be computed.
    public static func count(_ build: (Weights) -> Void) -> Int {
        let store = ParameterStore()
        build(store.root)
        return store.counted.reduce(0) { $0 + $1.shape.count }
    }

    /// Name and shape of every parameter of a model, none of which is made, in the model's order.
    public static func shapes(_ build: (Weights) -> Void) -> [(name: String, shape: Shape)] {
        let store = ParameterStore()
        build(store.root)
        return store.counted
    }

    /// The place above all parameters, of which names begin.
    public var root: Weights { Weights(store: self, path: "") }

    func parameter(
        _ name: String, _ shape: Shape, _ initialiser: Initialiser, decays: Bool, precise: Bool
    ) -> Tensor {
        if case .nothing = source {
            counted.append((name, shape))
            return .zeros([0])
        }
        var tensor = source(name, shape, initialiser)
        if tracked {
            tensor = (tensor.type == .f32 ? tensor.copy() : tensor.cast(to: .f32)).tracked()
        } else if precise {
            tensor = tensor.cast(to: .f32)
        }
        if tensor.storage.name == nil { tensor.storage.name = name }
        parameters.append(Parameter(name: name, tensor: tensor, decays: decays))
        return tensor
    }

    private func source(_ name: String, _ shape: Shape, _ initialiser: Initialiser) -> Tensor {
        switch source {
        case .initialisers(let seed): initialiser.tensor(shape, seed: Self.seed(seed, name))
        // What a checkpoint lacks is not made up: that could take more memory than there is.
        case .checkpoint(let tensors): find(name, shape, in: tensors) ?? .zeros([0])
        case .nothing: .zeros([0])
        }
    }

    /// The tensor of a checkpoint, or nil and a note of what is wrong.
    private func find(_ name: String, _ shape: Shape, in tensors: [String: Tensor]) -> Tensor? {
        used.insert(name)
        guard let tensor = tensors[name] else {
            missing.append(name)
            return nil
        }
        if tensor.shape == shape { return tensor }
        // 1x1 convolutions are stored as matrices by some tools and the other way round.
        let squeezed = { (shape: Shape) in shape.dimensions.filter { $0 != 1 } }
        if tensor.count == shape.count && squeezed(tensor.shape) == squeezed(shape) {
            return tensor.reshaped(shape)
        }
        misshapen.append(.init(name: name, expected: shape, found: tensor.shape))
        return nil
    }

    private static func seed(_ seed: UInt64, _ name: String) -> UInt64 {
        name.utf8.reduce(14_695_981_039_346_656_037 ^ seed) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
    }

    /// Throws ``MismatchedCheckpoint`` with every missing, unexpected and misshapen key, unless all
    /// fit.
    ///
    /// - Parameter ignoring: Keys that may be in the file without being asked for.
    public func verify(ignoring ignored: (String) -> Bool = { _ in false })
        throws(MismatchedCheckpoint)
    {
        let unexpected = unused.filter { !ignored($0) }
        guard missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty else {
            throw MismatchedCheckpoint(
                missing: missing, unexpected: unexpected, misshapen: misshapen)
        }
    }

    /// As ``verify(ignoring:)``, but what is there beside the parameters is not refused but
    /// returned, sorted.
    public func verifyParameters() throws(MismatchedCheckpoint) -> [String] {
        let unused = unused
        guard missing.isEmpty && misshapen.isEmpty else {
            throw MismatchedCheckpoint(missing: missing, unexpected: unused, misshapen: misshapen)
        }
        return unused
    }

    /// Keys of the checkpoint that were not asked for.
    private var unused: [String] {
        guard case .checkpoint(let tensors) = source else { return [] }
        return tensors.keys.filter { !used.contains($0) }.sorted()
    }
}

/// A checkpoint whose tensors are not the model's.
public struct MismatchedCheckpoint: Error, CustomStringConvertible {
    /// A tensor that is there in another shape than the model's.
    public struct Misshapen: Sendable {
        /// Its key in the checkpoint.
        public let name: String
        /// The model's shape.
        public let expected: Shape
        /// The file's shape.
        public let found: Shape
    }

    /// Keys the model needs and the checkpoint lacks, in the order they were asked for.
    public let missing: [String]
    /// Keys of the checkpoint that no part of the model asked for, sorted.
    public let unexpected: [String]
    /// Keys of another shape than the model's, in the order they were asked for.
    public let misshapen: [Misshapen]

    /// One line with each kind of mismatch, at most eight keys of each.
    public var description: String {
        var parts: [String] = []
        if !missing.isEmpty { parts.append("missing \(Self.list(missing))") }
        if !unexpected.isEmpty { parts.append("unexpected \(Self.list(unexpected))") }
        if !misshapen.isEmpty {
            parts.append(
                "wrong shape \(Self.list(misshapen.map { "\($0.name) (\($0.found), expected \($0.expected))" }))"
            )
        }
        return parts.joined(separator: "; ")
    }

    /// At most eight names, and how many more there are.
    public static func list(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ")
            + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }
}

/// A place in the tree of parameters: `w("down_blocks")(0)("conv1")`.
public struct Weights {
    let store: ParameterStore
    /// The names down to here joined by dots; empty at the root.
    public let path: String

    /// All parameters of the model that were asked for so far.
    public var tensors: [Tensor] { store.parameters.map(\.tensor) }

    /// The place named `name` below this one.
    public func callAsFunction(_ name: String) -> Weights {
        Weights(store: store, path: path.isEmpty ? name : "\(path).\(name)")
    }

    /// The place numbered `index` below this one.
    public func callAsFunction(_ index: Int) -> Weights { self("\(index)") }

    /// The parameter `name` here, fetched or created.
    ///
    /// - Parameters:
    ///   - decays: Whether weight decay applies to it.
    ///   - precise: Whether it is kept in f32 (biases and norms), whatever the checkpoint holds.
    public func parameter(
        _ name: String, _ shape: Shape, _ initialiser: Initialiser, decays: Bool = false,
        precise: Bool = true
    ) -> Tensor {
        store.parameter(self(name).path, shape, initialiser, decays: decays, precise: precise)
    }

    /// The change of low rank of the layer here. A weight that is not of the layer's shape, which
    /// ``ParameterStore/verify(ignoring:)`` refuses, has none.
    func lowRank(of weight: Tensor, _ shape: Shape) -> LowRank? {
        weight.shape == shape ? store.lowRank?(path, weight) : nil
    }
}

extension MismatchedCheckpoint: LocalizedError {
    public var errorDescription: String? { description }
}
