import PinxitTensors

/// Rows scaled to length one.
public func normalised(_ x: Tensor) -> Tensor {
    x / (x.squared.sum(axis: 1) + 1e-12).sqrt.reshaped([x.shape[0], 1])
}

/// The softmax contrastive loss (Radford et al. 2021) with any number of right partners for each
/// sample.
///
/// - Parameters:
///   - images, texts: `[batch, features]`, rows of length one, in f32.
///   - logScale: The logarithm of what similarities are multiplied by, one element.
///   - targets: `[batch, batch]`, each row a distribution over right partners; symmetric.
///   - wrongTexts: More texts that the pictures are to be told from, and that have no picture
///     (NegCLIP, Yuksekgonul et al. 2023): `[wrong, features]`. One that a right text equals does
///     no harm, since both are moved as one.
/// - Returns: The mean cross entropy of both directions.
public func contrastiveLoss(
    images: Tensor, texts: Tensor, logScale: Tensor, targets: Tensor, wrongTexts: Tensor? = nil
) -> Tensor {
    let batch = images.shape[0]
    let all = wrongTexts.map { concatenate([texts, $0], axis: 0) } ?? texts
    let logits = matmul(images, all, transposeB: true) * logScale.exp
    func right(_ x: Tensor) -> Tensor { wrongTexts == nil ? x : x.sliced(axis: 1, 0..<batch) }
    let rows = (right(logits.logSoftmax()) * targets).sum()
    let columns = (right(logits).permuted([1, 0]).logSoftmax() * targets).sum()
    return (rows + columns) * (-0.5 / Float(batch))
}

/// The sigmoid contrastive loss (Zhai et al. 2023): every pair is a yes-or-no question of its own.
///
/// - Parameters:
///   - images: `[batch, features]`, rows of length one, in f32.
///   - texts: `[texts, features]` likewise, with or without texts of no picture.
///   - logScale: The logarithm of what similarities are multiplied by, one element.
///   - bias: One element, added to every logit; about -log(batch) to start with.
///   - positives: `[batch, texts]`, 1 for pairs that belong together and 0 elsewhere.
public func sigmoidContrastiveLoss(
    images: Tensor, texts: Tensor, logScale: Tensor, bias: Tensor, positives: Tensor
) -> Tensor {
    let logits = matmul(images, texts, transposeB: true) * logScale.exp + bias
    // -log σ(s z), with s = ±1, written without overflow: max(-sz, 0) + log(1 + exp(-|z|)).
    let signed = logits * (positives * 2 - 1)
    let softplus = (-signed).relu + ((-logits.abs).exp + 1).log
    return softplus.sum() * (1 / Float(images.shape[0]))
}
