import PinxitTensors

/// The axes along which a picture meets itself at its edges, so that it can be laid side by side.
public enum TileAxes: String, CaseIterable, Codable, Sendable {
    /// Left and right meet.
    case x
    /// Top and bottom meet.
    case y
    /// Both.
    case xy

    /// Whether left and right meet.
    public var wrapsColumns: Bool { self != .y }
    /// Whether top and bottom meet.
    public var wrapsRows: Bool { self != .x }
}

/// Convolutions that see the other edge of a picture where others see zeros: PyTorch's
/// `padding_mode="circular"`, along some axes.
///
/// On the engine's thread only.
public enum CircularPadding {
    /// What ``Conv2d`` does now; nil for zeros.
    nonisolated(unsafe) public private(set) static var axes: TileAxes?

    /// Runs `body` with every ``Conv2d`` so.
    public static func using<Result, Failure: Error>(
        _ axes: TileAxes?, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let before = Self.axes
        Self.axes = axes
        defer { Self.axes = before }
        return try body()
    }

    /// The picture with its other edges beside it, and what is still to be padded with zeros.
    static func applied(
        _ x: Tensor, _ geometry: Operation.Convolution
    ) -> (Tensor, Operation.Convolution) {
        guard let axes else { return (x, geometry) }
        var (x, rest) = (x, geometry)
        if axes.wrapsRows {
            x = x.wrapped(axis: 1, before: rest.top, after: rest.bottom)
            (rest.top, rest.bottom) = (0, 0)
        }
        if axes.wrapsColumns {
            x = x.wrapped(axis: 2, before: rest.left, after: rest.right)
            (rest.left, rest.right) = (0, 0)
        }
        return (x, rest)
    }
}

extension Tensor {
    /// With the last of an axis before the first, and the first behind the last.
    ///
    /// - Precondition: There are as many.
    public func wrapped(axis: Int, before: Int, after: Int) -> Tensor {
        guard before > 0 || after > 0 else { return self }
        let count = shape[axis]
        precondition(
            max(before, after) <= count, "\(max(before, after)) of \(count) beside themselves")
        var parts = [self]
        if before > 0 { parts.insert(sliced(axis: axis, count - before..<count), at: 0) }
        if after > 0 { parts.append(sliced(axis: axis, 0..<after)) }
        return concatenate(parts, axis: axis)
    }
}
