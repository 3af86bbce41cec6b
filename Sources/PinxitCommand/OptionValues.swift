import ArgumentParser
import Pinxit
import PinxitSamplers

/// The value of `--size`.
struct PictureSize {
    let width: Int
    let height: Int

    /// - Throws: `UsageError` unless the text is WIDTHxHEIGHT.
    init(_ text: String) throws {
        let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]),
            width > 0, height > 0
        else {
            throw UsageError("--size \(text): WIDTHxHEIGHT is accepted, such as 128x128")
        }
        (self.width, self.height) = (width, height)
    }
}

extension Precision {
    /// The names to list in help and errors.
    static var accepted: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// What `--precision` says in help.
    static var help: ArgumentHelp {
        "\(accepted) (default: bf16; f32 on processors without AVX2)."
    }

    /// The value of `--precision`.
    init(option name: String) throws {
        guard let precision = Precision(rawValue: name.lowercased()) else {
            throw UsageError("--precision \(name): one of \(Precision.accepted) is accepted")
        }
        self = precision
    }
}

/// The value of `--cfg-interval`.
func parsedInterval(_ text: String) throws -> ClosedRange<Double> {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Double($0) }
    guard parts.count == 2, let start = parts[0], let end = parts[1], start >= 0, end <= 1,
        start <= end
    else {
        throw UsageError(
            "--cfg-interval \(text): START-END within 0-1 is accepted, such as 0.1-0.8")
    }
    return start...end
}

/// The value of `--seed`; -1 is none.
func parsedSeed(_ text: String?) throws -> UInt32? {
    guard let text, text != "-1" else { return nil }
    guard let value = UInt32(text) else {
        throw UsageError("--seed \(text): a number from 0 to \(UInt32.max) is accepted")
    }
    return value
}

/// The value of `--sampler`.
func parsedSampler(_ name: String) throws -> Sampler {
    guard let sampler = Sampler(name: name) else {
        throw UsageError("--sampler \(name): one of \(Sampler.accepted) is accepted")
    }
    return sampler
}
