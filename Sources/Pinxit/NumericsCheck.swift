import Tensors

/// Looks for the first number that is not finite, and remembers which operation made it.
final class NumericsCheck: OperationObserver {
    private var found: String?

    func finished(_ operation: Operation, inputs: [Tensor], output: Tensor) {
        guard found == nil, output.type.isFloatingPoint, output.firstNonFinite != nil else {
            return
        }
        let parameter = inputs.dropFirst().lazy.compactMap(\.storage.name).first
        let kind = operation.kind(inputs).rawValue
        found = "\(kind) \(parameter.map { "with \($0) " } ?? "")of shape \(output.shape)"
    }

    /// - Throws: `PaintError.numerics` if anything so far was not finite.
    func verify(_ stage: String) throws(PaintError) {
        if let found { throw .numerics(stage: stage, operation: found) }
    }
}
