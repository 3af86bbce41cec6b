import PinxitTensors
import PinxitTokenizers

// Legend: R rows, one a chunk; T tokens, D features.

extension Tensor {
    /// States of chunks with their tokens' weights, the way of AUTOMATIC1111: each state times its
    /// weight, then the whole chunk so that its mean is what it was.
    ///
    /// - Parameters:
    ///   - self: `[R, T, D]`; what is computed is computed in f32.
    ///   - chunks: R of them.
    func keepingMean(_ chunks: [TokenChunk]) -> Tensor {
        weighted(chunks) { row, weights, width in
            let mean = Self.sum(row)
            for (token, weight) in weights.enumerated() {
                for place in token * width..<(token + 1) * width { row[place] *= weight }
            }
            let scale = Float(mean / Self.sum(row))
            // A chunk whose mean is gone keeps its weights.
            guard scale.isFinite else { return }
            for place in row.indices { row[place] *= scale }
        }
    }

    /// The same the way of ComfyUI: from the states of an empty text to the prompt's, as far as the
    /// weight says.
    ///
    /// - Parameter empty: The states of an empty chunk, `[1, T, D]`.
    func leading(from empty: Tensor, _ chunks: [TokenChunk]) -> Tensor {
        let empty = empty.cast(to: .f32).floats
        return weighted(chunks) { row, weights, width in
            for (token, weight) in weights.enumerated() where weight != 1 {
                for place in token * width..<(token + 1) * width {
                    row[place] = (row[place] - empty[place]) * weight + empty[place]
                }
            }
        }
    }

    /// The rows of chunks that hold weights, changed.
    private func weighted(
        _ chunks: [TokenChunk],
        _ change: (_ row: inout [Float], _ weights: [Float], _ width: Int) -> Void
    ) -> Tensor {
        guard chunks.contains(where: \.isWeighted) else { return self }
        let size = shape[1] * shape[2]
        let values = cast(to: .f32).floats
        var result: [Float] = []
        result.reserveCapacity(values.count)
        for (index, chunk) in chunks.enumerated() {
            var row = Array(values[index * size..<(index + 1) * size])
            if chunk.isWeighted { change(&row, chunk.weights, shape[2]) }
            result += row
        }
        return Tensor(result, shape: shape).cast(to: type)
    }

    private static func sum(_ row: [Float]) -> Double { row.reduce(0) { $0 + Double($1) } }
}
