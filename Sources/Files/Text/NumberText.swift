// Numbers as people read them.

/// A number with so many digits after the point, zeros too: 0.5 with two is `0.50`; `-` for one
/// that is not finite.
package func fixedPoint(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "-" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    guard abs(value) * scale < 1e15 else { return "\(value)" }
    let whole = Int((abs(value) * scale).rounded())
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(whole)" }
    return "\(sign)\(whole / Int(scale)).\(zeroPadded(whole % Int(scale), digits))"
}

/// A whole number, from 0, filled up with zeros in front: 7 in four places is `0007`.
package func zeroPadded(_ number: Int, _ places: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, places - digits.count)) + digits
}
