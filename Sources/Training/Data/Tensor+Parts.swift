import PinxitTensors

extension Tensor {
    /// What a network makes of pictures `[pictures, height, width, channels]`, whose maps are as
    /// large as they are: of large ones few at once.
    func inParts(_ make: (Tensor) throws -> Tensor) rethrows -> Tensor {
        concatenate(try parts.map(make), axis: 0)
    }

    /// The same of two things.
    func bothInParts(_ make: (Tensor) throws -> (Tensor, Tensor)) rethrows -> (Tensor, Tensor) {
        let made = try parts.map(make)
        return (concatenate(made.map(\.0), axis: 0), concatenate(made.map(\.1), axis: 0))
    }

    private var parts: [Tensor] {
        let most = max(1, (4 << 20) / (shape[1] * shape[2]))
        return stride(from: 0, to: shape[0], by: most).map {
            sliced(axis: 0, $0..<Swift.min($0 + most, shape[0]))
        }
    }
}
