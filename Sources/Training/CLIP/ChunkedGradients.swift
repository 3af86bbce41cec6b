import PinxitAutograd
import PinxitTensors

/// The gradients of a loss that joins all samples of a batch, with the activations of only a chunk
/// of it held at once (GradCache, Gao et al. 2021; `--accum-freq` of open_clip).
///
/// All samples are embedded without a record, the loss is differentiated as far as the embeddings,
/// and each chunk is embedded again to carry that gradient on to the parameters. Costs one more
/// forward pass; equals the whole batch's gradients.
///
/// - Parameters:
///   - batch: Samples of this rank.
///   - ranks: Who have the batch's other samples; the mean of what they return is the gradient.
///   - embed: Embeddings of samples, of each kind one, `[samples, features]`; recorded when asked
///     to be.
///   - loss: One number from the embeddings of the whole batch. It may use parameters too.
func chunkedGradients(
    batch: Int, chunk: Int, parameters: [Tensor], ranks: Ranks = .alone,
    embed: (_ samples: Range<Int>, _ isRecorded: Bool) -> [Tensor], loss: ([Tensor]) -> Tensor
) -> (loss: Tensor, gradients: [Tensor?]) {
    let chunks = stride(from: 0, to: batch, by: chunk).map { $0..<min($0 + chunk, batch) }
    let parts = chunks.map { embed($0, false) }
    let leaves = parts[0].indices.map { kind in
        concatenate(parts.map { $0[kind] }, axis: 0).detached.tracked()
    }
    let total = loss(leaves.map(ranks.gather))
    let found = gradients(of: total, withRespectTo: leaves + parameters)
    let (arrived, own) = (found[..<leaves.count], found[leaves.count...])
    var sums = Array(own)
    for samples in chunks {
        // The gradient of Σ e·g with g fixed is what g brings to the parameters of e.
        let terms = zip(embed(samples, true), arrived).compactMap { embedding, gradient in
            gradient.map { (embedding * $0.sliced(axis: 0, samples)).sum() }
        }
        guard let first = terms.first else { continue }
        let carried = terms.dropFirst().reduce(first, +)
        for (index, gradient) in gradients(of: carried, withRespectTo: parameters).enumerated() {
            guard let gradient else { continue }
            sums[index] = sums[index].map { $0 + gradient } ?? gradient
        }
    }
    return (total.detached, sums)
}
