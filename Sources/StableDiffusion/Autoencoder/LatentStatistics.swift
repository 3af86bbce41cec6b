import PinxitFiles
import PinxitTensors

/// What the latents of an autoencoder are brought to mean 0 and deviation 1 with, one number a
/// channel: `latents_mean` and `latents_std`, as Playground 2.5 has them.
public struct LatentStatistics: Sendable, Equatable {
    /// The middle of each channel.
    public var mean: [Float]
    /// The standard deviation of each channel, above 0.
    public var deviation: [Float]

    /// - Precondition: as many deviations as means, and all are above 0.
    public init(mean: [Float], deviation: [Float]) {
        precondition(
            mean.count == deviation.count && deviation.allSatisfy { $0 > 0 },
            "means \(mean) and deviations \(deviation)")
        self.mean = mean
        self.deviation = deviation
    }

    /// Nil where the configuration of an autoencoder has none.
    init?(_ json: JSONField, channels: Int) throws(FileError) {
        let (means, deviations) = (json["latents_mean"], json["latents_std"])
        guard means.exists || deviations.exists else { return nil }
        func numbers(_ field: JSONField) throws(FileError) -> [Float] {
            let fields = try field.array()
            guard fields.count == channels else {
                throw field.unsupported("a list of \(fields.count)", ["a list of \(channels)"])
            }
            var values: [Float] = []
            for field in fields { values.append(Float(try field.double())) }
            return values
        }
        (mean, deviation) = (try numbers(means), try numbers(deviations))
        for (value, field) in zip(deviation, try deviations.array())
        where !(value > 0 && value.isFinite) {
            throw field.unsupported("\(value)", ["a number above 0"])
        }
    }

    var json: [JSONMember] {
        func list(_ values: [Float]) -> JSONValue { .array(values.map { .number(Double($0)) }) }
        return [JSONMember("latents_mean", list(mean)), JSONMember("latents_std", list(deviation))]
    }
}

extension LatentAutoencoder {
    /// Latents as the diffusion model sees them, from what the encoder makes.
    ///
    /// - Parameter latents: `[batch, height, width, channels]`.
    public func scaled(_ latents: Tensor) -> Tensor {
        guard let statistics = latentStatistics else { return latents * scalingFactor }
        let factors = statistics.deviation.map { scalingFactor / $0 }
        return (latents - Tensor(statistics.mean).cast(to: latents.type))
            * Tensor(factors).cast(to: latents.type)
    }

    /// The other direction of ``scaled(_:)``: what the decoder takes.
    public func unscaled(_ latents: Tensor) -> Tensor {
        guard let statistics = latentStatistics else { return latents / scalingFactor }
        let factors = statistics.deviation.map { $0 / scalingFactor }
        return latents * Tensor(factors).cast(to: latents.type)
            + Tensor(statistics.mean).cast(to: latents.type)
    }

    /// None.
    public var latentStatistics: LatentStatistics? { nil }
}
