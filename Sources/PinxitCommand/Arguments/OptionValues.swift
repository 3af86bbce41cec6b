import ArgumentParser
import Pinxit

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

/// The value of `--seed`; -1 is chance.
func parsedSeed(_ text: String?) throws -> UInt32? {
    guard let text, text != "-1" else { return nil }
    guard let value = UInt32(text: text) else {
        throw UsageError("--seed \(text): \(UInt32.accepted) is accepted")
    }
    return value
}
