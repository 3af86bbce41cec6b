import ArgumentParser
import Pinxit

/// The value of `--size`.
///
/// - Throws: `UsageError` unless the text is WIDTHxHEIGHT, both above 0.
func parsedSize(_ text: String?) throws -> PictureSize? {
    guard let text else { return nil }
    guard let size = PictureSize(text: text), size.width > 0, size.height > 0 else {
        throw UsageError("--size \(text): WIDTHxHEIGHT is accepted, such as 128x128")
    }
    return size
}

/// The value of `--seed`; -1 is chance.
func parsedSeed(_ text: String?) throws -> UInt32? {
    guard let text, text != "-1" else { return nil }
    guard let value = UInt32(text: text) else {
        throw UsageError("--seed \(text): \(UInt32.accepted) is accepted")
    }
    return value
}
