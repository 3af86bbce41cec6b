/// Looks for the first number that is not finite, and remembers which operation made it.
public final class NumericsCheck: OperationObserver {
    /// The operation, the parameter it used if any, and the shape of its result.
    public private(set) var found: String?

    /// A check that has found nothing yet; after its first find it looks no further.
    public init() {}

    /// Reads all of a floating-point `output`, until something is found.
    public func finished(_ operation: Operation, inputs: [Tensor], output: Tensor) {
        guard found == nil, output.type.isFloatingPoint, output.firstNonFinite != nil else {
            return
        }
        let parameter = inputs.dropFirst().lazy.compactMap(\.storage.name).first
        let kind = operation.kind(inputs).rawValue
        found = "\(kind) \(parameter.map { "with \($0) " } ?? "")of shape \(output.shape)"
    }
}
