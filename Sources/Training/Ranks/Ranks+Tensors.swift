import PinxitTensors

// Losses that see more than one sample. A rank's gradients are of its own samples alone, and the
// mean over ranks is taken of them: these are made so that it is the whole batch's gradient.
extension Ranks {
    /// The rows of all ranks, `[ranks · rows, …]`, in elements of four bytes. Gradients flow to
    /// this rank's rows, as many times larger as there are ranks.
    func gather(_ own: Tensor) -> Tensor {
        guard let transport else { return own }
        precondition(own.type.size == 4 && own.rank > 0, "rows of \(own) are gathered")
        let rows = own.shape[0]
        let all = own.room(for: rows * size)
        var transfer = transport.gather(
            own.pointer.assumingMemoryBound(to: Float.self),
            into: all.pointer.assumingMemoryBound(to: Float.self), count: own.count)
        withExtendedLifetime((own, all)) { waitUntil { transport.isDone(&transfer) } }
        guard own.isTracked else { return all }
        // The value stays to the bit: what is multiplied is zero.
        let mine = own.detached + (own - own.detached) * Float(size)
        return concatenate(
            [
                all.sliced(axis: 0, 0..<rank * rows), mine,
                all.sliced(axis: 0, (rank + 1) * rows..<size * rows),
            ].filter { $0.shape[0] > 0 }, axis: 0)
    }

    /// The mean over ranks, in f32. The gradient is that of this rank's part.
    ///
    /// What is made of it must not lead back to this rank's samples on another way that other
    /// ranks' samples take too: the way back is not averaged.
    func mean(_ own: Tensor) -> Tensor {
        guard !isAlone else { return own }
        let all = Tensor(mean(own.floats), shape: own.shape)
        return own.isTracked ? all + (own - own.detached) : all
    }
}
