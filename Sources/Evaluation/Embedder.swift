import PinxitImages

/// Places pictures and texts in one space in which what belongs together lies close.
///
/// What measures a model must not be what the model learnt from or is conditioned on: a generator
/// learns the weaknesses of its own CLIP.
public protocol Embedder: Sendable {
    /// A row of length one for each picture. All pictures have one size.
    func embed(pictures: [Picture]) async throws -> [[Float]]
    /// A row of length one for each text.
    func embed(texts: [String]) async throws -> [[Float]]
}

/// The cosine of two rows of length one.
func cosine(_ a: [Float], _ b: [Float]) -> Float {
    let count = min(a.count, b.count)
    let whole = count / 8 * 8
    // Eight sums side by side, since the compiler may not reorder the additions of one.
    var sums = SIMD8<Float>()
    a.withUnsafeBytes { a in
        b.withUnsafeBytes { b in
            for i in stride(from: 0, to: 4 * whole, by: 32) {
                sums +=
                    a.loadUnaligned(fromByteOffset: i, as: SIMD8<Float>.self)
                    * b.loadUnaligned(fromByteOffset: i, as: SIMD8<Float>.self)
            }
        }
    }
    var sum = sums.sum()
    for i in whole..<count { sum += a[i] * b[i] }
    return sum
}
