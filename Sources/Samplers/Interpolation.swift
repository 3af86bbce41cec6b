import PinxitPlatform

extension [Double] {
    /// The value at a place between two indices, and at the ends outside (`numpy.interp`).
    func interpolated(at position: Double) -> Double {
        let position = Swift.min(Swift.max(position, 0), Double(count - 1))
        let low = Swift.min(Int(position), Swift.max(count - 2, 0))
        let high = Swift.min(low + 1, count - 1)
        return self[low] + (position - Double(low)) * (self[high] - self[low])
    }

    /// Where in these rising values a value lies, their logarithms interpolated; those of the table
    /// and their differences in single precision, as diffusers has them.
    func time(of value: Double) -> Double {
        let target = log(Swift.max(value, 1e-10))
        func rounded(_ value: Double) -> Double { Double(Float(log(value))) }
        let below = lastIndex { rounded($0) <= target } ?? 0
        let low = Swift.min(below, count - 2)
        let (a, b) = (Float(log(self[low])), Float(log(self[low + 1])))
        return Double(low) + Swift.min(Swift.max((Double(a) - target) / Double(a - b), 0), 1)
    }
}

extension Double {
    func power(_ exponent: Double) -> Double { pow(self, exponent) }
    var logarithm: Double { log(self) }
    var exponential: Double { exp(self) }

    /// The index of a table nearest to this whole number.
    func clamped(to table: [Double]) -> Int {
        Swift.min(Swift.max(Int(self), 0), table.count - 1)
    }
}
