import FoundationEssentials
import PinxitFiles
import PinxitImages

/// The pictures that a request's JSON carries: the queue has their hashes, a painter wants them as
/// data URLs.
struct RequestPictures {
    /// The most pixels of a picture from outside.
    static let mostPixels = 16 << 20

    let shelf: PictureShelf
    /// Whether a picture is there for who asks.
    private let isSeen: (String) throws -> Bool
    private let own = Own()

    /// What came with the request itself.
    private final class Own { var hashes = Set<String>() }

    init(_ shelf: PictureShelf, isSeen: @escaping (String) throws -> Bool = { _ in true }) {
        self.shelf = shelf
        self.isSeen = isSeen
    }

    /// The hashes in a request.
    static func hashes(_ request: JSONValue) -> Set<String> {
        var hashes = Set<String>()
        _ = try? mapped(request) { text in
            if PictureShelf.isHash(text) { hashes.insert(text) }
            return text
        }
        return hashes
    }

    /// Puts a file on the shelf.
    func keep(_ bytes: Data) throws -> String {
        let hash = try shelf.put(bytes)
        own.hashes.insert(hash)
        return hash
    }

    /// The file of a hash, where it is there for who asks.
    ///
    /// - Throws: `ServingError.notFound`.
    func bytes(_ hash: String) throws -> Data {
        guard try own.hashes.contains(hash) || isSeen(hash) else {
            throw ServingError.notFound("the picture \(hash)")
        }
        return try shelf.bytes(hash)
    }

    /// With every hash replaced by the picture.
    func expanded(_ request: JSONValue) throws -> JSONValue {
        try Self.mapped(request) { text in
            guard PictureShelf.isHash(text) else { return text }
            return "data:image/png;base64," + (try bytes(text)).base64EncodedString()
        }
    }

    /// With every picture put on the shelf and replaced by its hash.
    func collapsed(_ request: JSONValue) throws -> JSONValue {
        try Self.mapped(request) { text in
            PictureShelf.isHash(text) ? text : try keep(try decoded(text, "picture"))
        }
    }

    /// The file of a picture as a client gives it: a hash, a data URL, or base64 alone.
    ///
    /// - Throws: `ServingError.invalid` for anything but a picture that is read here and not too
    ///   large.
    func decoded(_ text: String, _ field: String) throws -> Data {
        if PictureShelf.isHash(text) { return try bytes(text) }
        guard let bytes = Data(encodedPicture: text), !bytes.isEmpty else {
            throw ServingError.invalid(
                field: field, problem: "is no hash, data URL or base64 of a picture")
        }
        _ = try Self.picture(bytes, field)
        return bytes
    }

    /// Decodes a file from outside, within bounds.
    static func picture(_ bytes: Data, _ field: String) throws -> Picture {
        do {
            return try Picture(encoded: bytes, name: field, maxPixels: mostPixels)
        } catch ImageError.tooLarge(_, let width, let height, let limit) {
            throw ServingError.tooLarge(
                field: field, problem: "\(width)x\(height) pixels; at most \(limit) are accepted")
        } catch {
            // It begins with the name that it was given, as do ours.
            let problem = "\(error)"
            let name = "\(field): "
            throw ServingError.invalid(
                field: field,
                problem: problem.hasPrefix(name) ? String(problem.dropFirst(name.count)) : problem)
        }
    }

    /// The places where a request has pictures.
    private static func mapped(
        _ request: JSONValue, _ change: (String) throws -> String
    ) throws -> JSONValue {
        try request.changing("source") { source in
            try source.changing("picture") { try $0.changed(change) }
                .changing("mask") { try $0.changing("picture") { try $0.changed(change) } }
                .changing("pictures") { pictures in
                    guard case .array(let elements) = pictures else { return pictures }
                    return .array(try elements.map { try $0.changed(change) })
                }
        }.changing("tokens") { try $0.changing("complete") { try $0.changed(change) } }
            .changing("image_prompt") { try $0.changed(change) }
            .changing("controls") { controls in
                guard case .array(let elements) = controls else { return controls }
                return .array(
                    try elements.map { try $0.changing("picture") { try $0.changed(change) } })
            }
    }
}

extension JSONValue {
    fileprivate func changed(_ change: (String) throws -> String) rethrows -> JSONValue {
        guard case .string(let text) = self else { return self }
        return .string(try change(text))
    }
}
