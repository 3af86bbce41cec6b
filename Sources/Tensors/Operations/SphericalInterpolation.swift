import PinxitPlatform

/// The vector at a place on the way between two: their directions along the shorter arc at constant
/// speed (Shoemake 1985), their lengths along a line. So noise and embeddings stay what networks
/// know, which a straight line's middle is not.
///
/// - Parameters:
///   - a, b: Of one shape, in f32.
///   - place: 0 is `a`, 1 is `b`.
public func sphericallyInterpolated(_ a: Tensor, _ b: Tensor, at place: Double) -> Tensor {
    let (lengthA, lengthB) = (max(a.norm, 1e-12), max(b.norm, 1e-12))
    let cosine = Double((a * b).sum().item) / (lengthA * lengthB)
    let angle = acos(min(max(cosine, -1), 1))
    let length = (1 - place) * lengthA + place * lengthB
    // Between directions that are one or opposite there is no arc to speak of: a line serves.
    let sine = sin(angle)
    let (shareA, shareB) =
        sine < 1e-6
        ? (1 - place, place) : (sin((1 - place) * angle) / sine, sin(place * angle) / sine)
    return blend(
        Float(shareA * length / lengthA), a, Float(shareB * length / lengthB), b)
}

/// The noise at a place on the way between two, each column of each channel on an arc of its own.
///
/// AUTOMATIC1111's `slerp` of `rng.py`, which turns along the height of latents `[C, H, W]`.
/// - Parameters:
///   - a, b: `[1, H, W, C]` in f32.
///   - place: 0 is `a`, 1 is `b`.
public func columnsInterpolated(_ a: Tensor, _ b: Tensor, at place: Double) -> Tensor {
    let (height, inner) = (a.shape[1], a.shape[2] * a.shape[3])
    let (from, to) = (a.floats, b.floats)
    var result = [Float](repeating: 0, count: from.count)
    for column in 0..<inner {
        let places = stride(from: column, to: height * inner, by: inner)
        func dot(_ p: [Float], _ q: [Float]) -> Double {
            places.reduce(0) { $0 + Double(p[$1]) * Double(q[$1]) }
        }
        let lengths = (dot(from, from) * dot(to, to)).squareRoot()
        let angle = acos(min(max(dot(from, to) / max(lengths, 1e-30), -1), 1))
        let sine = sin(angle)
        let (shareA, shareB) =
            sine < 1e-6
            ? (1 - place, place) : (sin((1 - place) * angle) / sine, sin(place * angle) / sine)
        for i in places { result[i] = Float(shareA * Double(from[i]) + shareB * Double(to[i])) }
    }
    return Tensor(result, shape: a.shape)
}
