import PinxitDatasets
import PinxitImages
import PinxitTensors

/// Answers questions about pictures: the choice whose rendering is nearest.
struct Judge {
    let composer: Composer
    /// How many renderings of each choice, of different jitter.
    let renderings: Int

    /// The renderings of a question's choices as numbers, for each choice and metric.
    struct References {
        /// `[choice][rendering]`; what cannot be measured is left out.
        let features: [[[Float]]]
        let metric: Metric

        /// The nearest choice; nil where the picture shows nothing or two are equally near.
        func answer(_ picture: Picture) -> Int? { verdict(picture).choice }

        func verdict(_ picture: Picture) -> Verdict {
            squaredDistances(to: picture).map(Verdict.init(squaredDistances:)) ?? .nothing
        }

        /// How far a picture lies from each choice's nearest rendering: infinite from what cannot
        /// be measured. Nil for a picture of nothing.
        func squaredDistances(to picture: Picture) -> [Float]? {
            guard let painted = metric.features(picture) else { return nil }
            return features.map { renderings in
                renderings.map { squaredDistance($0, painted) }.min() ?? .infinity
            }
        }
    }

    /// References for several metrics; each rendering is made once.
    func references(
        _ choices: [PictureSpec], _ metrics: [Metric], size: Int
    ) -> [References] {
        let pictures = choices.map { renderings(of: $0, size: size) }
        return metrics.map { metric in
            References(
                features: pictures.map { $0.compactMap(metric.features) }, metric: metric)
        }
    }

    /// Renderings whose jitter differs from the spec's own, which `real` uses.
    private func renderings(of spec: PictureSpec, size: Int) -> [Picture] {
        var random = SplitMix64(seed: ~spec.jitter)
        return (0..<renderings).map { _ in
            var other = spec
            other.jitter = random.next()
            return composer.render(other, size: size)
        }
    }
}

func squaredDistance(_ a: [Float], _ b: [Float]) -> Float {
    var sum: Float = 0
    for i in a.indices {
        let difference = a[i] - b[i]
        sum += difference * difference
    }
    return sum
}
