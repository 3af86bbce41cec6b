import HTTPTypes
import Hummingbird
import NIOCore
import PinxitFiles
import PinxitPlayground

/// The playground's files, which lie in the program.
enum PageFiles {
    struct File {
        let name: String
        let bytes: [UInt8]
        /// The same as gzip compresses it; nil where that saves nothing.
        let compressed: [UInt8]?
        let tag: String

        init(_ file: PlaygroundFile) {
            name = String(cString: file.name)
            bytes = Array(UnsafeBufferPointer(start: file.bytes, count: file.count))
            compressed = Self.compressed(bytes)
            tag = "\"\(SHA256.hex(bytes).prefix(32))\""
        }

        private static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
            var target = [UInt8](repeating: 0, count: playground_gzip_bound(bytes.count))
            let count = playground_gzip(bytes, bytes.count, &target, target.count)
            return count > 0 && count < bytes.count ? Array(target.prefix(count)) : nil
        }
    }

    private static let files: [String: File] = {
        var files: [String: File] = [:]
        for index in 0..<playground_file_count() {
            let file = File(playground_file(index))
            files["/" + file.name] = file
        }
        files["/"] = files["/index.html"]
        return files
    }()

    static func file(_ path: String) -> File? { files[path] }

    static var paths: [String] { files.keys.sorted() }

    static func response(_ path: String, _ request: Request) throws -> Response {
        guard let file = file(path) else { throw HTTPError(.notFound) }
        var headers: HTTPFields = [.eTag: file.tag, .cacheControl: "no-cache"]
        if request.headers[.ifNoneMatch] == file.tag {
            return Response(status: .notModified, headers: headers)
        }
        var bytes = file.bytes
        headers[.vary] = "Accept-Encoding"
        if let compressed = file.compressed,
            request.headers[.acceptEncoding]?.contains("gzip") == true
        {
            bytes = compressed
            headers[.contentEncoding] = "gzip"
        }
        headers[.contentSecurityPolicy] =
            "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
            + "form-action 'none'; frame-ancestors 'none'"
        return .bytes(bytes, type: type(file.name), headers: headers)
    }

    private static func type(_ name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "json", "webmanifest": "application/json; charset=utf-8"
        case "svg": "image/svg+xml"
        case "webp": "image/webp"
        case "png": "image/png"
        default: "application/octet-stream"
        }
    }
}
