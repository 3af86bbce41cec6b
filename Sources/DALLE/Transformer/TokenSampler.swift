import PinxitTensors

/// How the next token is drawn from its logits.
public struct TokenSampler: Sendable, Equatable {
    /// What logits are divided by; below a millionth the likeliest is taken.
    public var temperature: Float
    /// Only so many of the likeliest tokens are drawn from; nil is all.
    public var topK: Int?
    /// Only the fewest likeliest tokens that together have that probability are drawn from
    /// (Holtzman et al. 2020); 1 is all.
    public var topP: Float

    /// By default what the model says, without any change.
    public init(temperature: Float = 1, topK: Int? = nil, topP: Float = 1) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
    }

    /// A token for each row.
    ///
    /// - Parameters:
    ///   - logits: `[batch, vocabulary]`.
    ///   - random: A generator for each row; each draws once.
    public func callAsFunction(_ logits: Tensor, _ random: inout [SplitMix64]) -> [Int32] {
        let rows = logits.shape[0]
        precondition(rows == random.count, "\(random.count) generators for \(logits)")
        guard temperature >= 1e-6 else {
            return (0..<rows).map { row in
                logits.sliced(axis: 0, row..<row + 1).largest().integers[0]
            }
        }
        let shares = (logits.cast(to: .f32) * (1 / temperature)).softmax()
        let width = shares.shape[1]
        return (0..<rows).map { row in
            let row0 = UnsafeBufferPointer(start: shares.f32 + row * width, count: width)
            return withExtendedLifetime(shares) {
                Int32(draw(row0, at: random[row].unit()))
            }
        }
    }

    /// The token at which the probabilities of those that are kept reach a share of their sum.
    func draw(_ shares: UnsafeBufferPointer<Float>, at share: Double) -> Int {
        guard topK != nil || topP < 1 else {
            var rest = share
            for (token, share) in shares.enumerated() {
                rest -= Double(share)
                if rest < 0 { return token }
            }
            return shares.indices.max { shares[$0] < shares[$1] }!
        }
        let kept = kept(shares)
        // Shares that are no numbers leave none.
        guard !kept.isEmpty else { return 0 }
        var rest = share * kept.reduce(0.0) { $0 + Double(shares[$1]) }
        for token in kept {
            rest -= Double(shares[token])
            if rest < 0 { return token }
        }
        return kept[0]
    }

    /// The tokens that ``topK`` and ``topP`` leave, the likeliest first.
    func kept(_ shares: UnsafeBufferPointer<Float>) -> [Int] {
        // Tokens that all have less than an even share of what topP leaves out make up less than
        // that: none of them is kept.
        let least = topP < 1 ? (1 - topP) / Float(shares.count) : 0
        var kept = shares.indices.filter { shares[$0] >= least }
        kept.sort { (shares[$0], $1) > (shares[$1], $0) }
        if let topK { kept.removeLast(max(kept.count - max(topK, 1), 0)) }
        guard topP < 1, !kept.isEmpty else { return kept }
        var sum: Float = 0
        let end = kept.firstIndex { token in
            sum += shares[token]
            return sum >= topP
        }
        return Array(kept[...(end ?? kept.count - 1)])
    }
}

/// Logits led away from those without a caption: l₀ + scale (l - l₀) (classifier-free guidance, Ho
/// & Salimans 2021).
///
/// - Parameter logits: `[2 batch, vocabulary]`, those without a caption first.
/// - Returns: `[batch, vocabulary]` in f32.
public func guidedLogits(_ logits: Tensor, scale: Float) -> Tensor {
    let (batch, logits) = (logits.shape[0] / 2, logits.cast(to: .f32))
    return blend(
        1 - scale, logits.sliced(axis: 0, 0..<batch), scale,
        logits.sliced(axis: 0, batch..<2 * batch))
}
