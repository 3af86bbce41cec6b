import PinxitPlatform

/// Where the steps of a plan lie.
struct StepLayout {
    /// What the network is told, from the most noise.
    var times: [Double]
    /// Noise to picture there.
    var levels: [Double]
    /// Where the last step ends.
    var end = 0.0
}

extension SchedulerConfiguration {
    /// The steps of a curve that is laid over all the training's levels, as AUTOMATIC1111's
    /// `sd_schedulers.py` lays it; nil for other curves.
    ///
    /// - Parameter ratios: The training's levels, rising.
    func layout(_ ratios: [Double], _ count: Int) -> StepLayout? {
        let (least, most) = (ratios[0], ratios[ratios.count - 1])
        func picked(_ indices: [Int]) -> StepLayout {
            StepLayout(times: indices.map(Double.init), levels: indices.map { ratios[$0] })
        }
        func laid(_ levels: [Double], end: Double = 0) -> StepLayout {
            StepLayout(times: levels.map { ratios.time(of: $0) }, levels: levels, end: end)
        }
        let total = ratios.count
        switch askedCurve {
        case .polyexponential:
            // In single precision, as k-diffusion lays it: walks look at six decimals.
            let (last, length) = (Float(log(least)), Float(log(most) - log(least)))
            return laid(
                NoiseSchedule.linspace(1, 0, count).map { ramp in
                    let place = ramp * length
                    return exp(Double(place + last))
                })
        case .klOptimal:
            let levels = (0...count).map { i in
                let place = Double(i) / Double(count)
                return tan(place * atan(least) + (1 - place) * atan(most))
            }
            return laid(levels.dropLast(), end: levels[count])
        case .alignYourSteps: return laid(alignedLevels(count))
        case .turbo:
            let stride = Double(total) / Double(count)
            return picked(
                (1...count).reversed().map {
                    let time = (Double($0) * stride - 1).rounded(.toNearestOrEven)
                    return min(max(Int(time), 0), total - 1)
                })
        case .simple:
            let stride = Double(total) / Double(count)
            return picked((0..<count).map { total - 1 - Int(Double($0) * stride) })
        case .ddimUniform:
            return picked(Array(stride(from: 1, to: total, by: max(total / count, 1)).reversed()))
        case .sgmUniform:
            let times = (0..<count).map { Double((total - 1) * (count - $0)) / Double(count) }
            return StepLayout(times: times, levels: times.map { ratios.level(at: $0) })
        case .normal, .karras, .exponential, .beta, nil: return nil
        }
    }

    /// The levels of NVIDIA's "Align Your Steps", interpolated where there are not 11 of them.
    private func alignedLevels(_ count: Int) -> [Double] {
        let table = isForXL ? Self.alignedXL : Self.aligned
        guard count > 1 else { return [table[0]] }
        let logs = table.map { log($0) }
        return (0..<count).map { i in
            exp(logs.interpolated(at: Double((table.count - 1) * i) / Double(count - 1)))
        }
    }

    private static let aligned = [
        14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029,
    ]
    private static let alignedXL = [
        14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029,
    ]
}

extension [Double] {
    /// The level of a time between two of these, their logarithms interpolated (k-diffusion's
    /// `t_to_sigma`).
    fileprivate func level(at time: Double) -> Double {
        let low = Swift.min(Int(time), count - 2)
        let share = time - Double(low)
        return exp((1 - share) * log(self[low]) + share * log(self[low + 1]))
    }
}
