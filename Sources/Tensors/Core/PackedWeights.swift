/// What becomes of weights that are packed for a product.
public enum PackedWeights {
    nonisolated(unsafe) private(set) static var areUsedOnce = false

    /// Runs `body` without keeping the weights that it packs: each is packed for its use, into
    /// memory that all share. What was kept before is used as it is. The numbers are the same.
    ///
    /// Memory that is new has to be cleared by the system first, which takes longer than packing.
    /// For one or two uses of each weight this is the quicker way, and takes a fraction of the
    /// memory. On the engine's thread.
    ///
    /// - Parameter isOn: False runs `body` as it is.
    public static func usedOnce<Result, Failure: Error>(
        _ isOn: Bool, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        Engine.requireCurrent()
        let before = areUsedOnce
        areUsedOnce = before || isOn
        defer { areUsedOnce = before }
        return try body()
    }
}
