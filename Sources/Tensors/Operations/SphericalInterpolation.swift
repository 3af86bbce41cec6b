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
