import PinxitPlatform

/// Half a cosine from one value to another, flat where it begins and ends.
///
/// - Parameter progress: 0 where it begins to 1 where it ends; what is beyond has the end's value.
func halfCosine(from start: Float, to end: Float, at progress: Float) -> Float {
    end + (start - end) * 0.5 * (1 + cosf(.pi * min(progress, 1)))
}
