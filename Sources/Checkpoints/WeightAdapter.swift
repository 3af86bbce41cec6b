import PinxitFiles
import PinxitLayers
import PinxitTensors
import Synchronization

/// Changes to a model's weights that are applied as they are loaded, such as those of a LoRA.
///
/// It keeps count of what it was asked for: once a model is loaded, ``verifyUse()`` names the
/// changes that met no weight, which are otherwise silently without effect.
public final class WeightAdapter: Sendable {
    /// A change of one parameter.
    public struct Change: Sendable {
        /// The component's folder name, such as `unet` or `text_encoder`.
        public let component: String
        /// The parameter's name in the model, such as `mid_block.resnets.0.conv1.weight`.
        public let parameter: String
        /// What is added to the weight, of its shape.
        public let delta: Tensor
        /// What `delta` is multiplied by.
        public let scale: Float

        /// - Parameter delta: Of the weight's shape, in any floating-point type; checked where the
        ///   weight is loaded.
        public init(component: String, parameter: String, delta: Tensor, scale: Float = 1) {
            self.component = component
            self.parameter = parameter
            self.delta = delta
            self.scale = scale
        }
    }

    private struct Place: Hashable {
        let component: String
        let parameter: String
    }

    /// Where the changes come from, for messages: usually a file.
    public let origin: String
    private let changes: [Place: [Change]]
    private let used = Mutex<Set<Place>>([])

    /// An adapter none of whose changes has been asked for; several of one parameter add up.
    public init(origin: String, _ changes: [Change]) {
        self.origin = origin
        self.changes = Dictionary(grouping: changes) {
            Place(component: $0.component, parameter: $0.parameter)
        }
    }

    /// The weight with its changes, computed in f32 and kept in the weight's own type.
    ///
    /// - Throws: `FileError` for a change of another shape.
    func adapted(_ weight: Tensor, component: String, parameter: String) throws(FileError) -> Tensor
    {
        let place = Place(component: component, parameter: parameter)
        guard let changes = changes[place] else { return weight }
        used.withLock { _ = $0.insert(place) }
        var sum = weight.cast(to: .f32)
        for change in changes {
            guard change.delta.shape == weight.shape else {
                throw FileError(
                    path: origin, field: "\(component).\(parameter)",
                    problem: "has shape \(change.delta.shape); the weight's is \(weight.shape)")
            }
            sum = blend(1, sum, change.scale, change.delta.cast(to: .f32))
        }
        return sum.cast(to: weight.type)
    }

    /// - Throws: `FileError` that lists the changes which met no weight of the model.
    public func verifyUse() throws(FileError) {
        let used = used.withLock { $0 }
        let unused = changes.keys.filter { !used.contains($0) }
            .map { "\($0.component).\($0.parameter)" }.sorted()
        guard !unused.isEmpty else { return }
        throw FileError(
            path: origin,
            problem: "changes weights that the model does not have: "
                + MismatchedCheckpoint.list(unused))
    }
}
