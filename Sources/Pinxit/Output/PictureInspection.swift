import FoundationEssentials
import PinxitFiles
import PinxitImages

/// All that a picture file says of how it was made.
public struct PictureInspection: Sendable {
    /// As it was given.
    public let file: String
    /// Its kind and size.
    public let header: PictureHeader
    /// What it carries, as it stands there.
    public let texts: [PNGText]
    /// How it was made, as far as that can be read; nil where nothing can.
    public let settings: CarriedSettings?
    /// Why that does not paint it again; nil where it does.
    public let problem: String?
    /// What it says of having been generated.
    public let provenance: Provenance?
    /// What its manifest of C2PA claims, which is not checked; nil without one.
    public let credentials: ContentCredentials?

    /// - Throws: `ImageError` for a file that is missing, damaged or no picture, and for texts that
    ///   are too large.
    public init(file: String) throws(ImageError) {
        let bytes: Data
        do {
            bytes = Data(try readFile(file))
        } catch {
            throw .unreadable(file: file, reason: error.problem)
        }
        self.file = file
        header = try PictureHeader(encoded: bytes, name: file)
        texts = try Picture.texts(encoded: bytes, name: file)
        provenance = Provenance(texts: texts)
        credentials = try ContentCredentials(in: bytes, name: file)
        do {
            let carried = try CarriedSettings(in: texts, file: file)
            (settings, problem) = (carried, carried.missingPictures)
        } catch {
            settings = nil
            problem =
                if case PaintError.settings(_, let problem) = error { problem } else { "\(error)" }
        }
    }
}
