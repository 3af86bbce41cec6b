import FoundationEssentials
import Pinxit
import PinxitFiles

/// Writes what explains pictures, as `--explain` asks.
struct ExplanationWriter {
    /// What was asked for.
    let folder: String
    /// Whether there is one picture alone, which then has the folder to itself.
    let isOnly: Bool

    /// Writes a picture's explanation and gives the path of its page.
    ///
    /// - Parameter path: Of the picture's file; nil for one that has none, such as a frame of an
    ///   animation.
    func write(_ picture: PaintedPicture, of path: String?) throws -> String? {
        let language = ExplanationLanguage(
            prompt: picture.request.prompt, locale: Self.locale)
        guard let explanation = ExplanationFolder(picture, language: language) else { return nil }
        let stem = path.map(Self.stem) ?? "\(picture.seed)-\(picture.number)"
        return try explanation.write(to: isOnly ? folder : folder.path(stem)).first
    }

    private static func stem(_ path: String) -> String {
        let name = path.lastPathPart
        return String(name.lastIndex(of: ".").map { name[..<$0] } ?? name[...])
    }

    /// As POSIX looks for it.
    private static var locale: String? {
        let environment = ProcessInfo.processInfo.environment
        return ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }
            .first { !$0.isEmpty }
    }
}
