/// Bytes of a picture file whose numbers begin with their lowest byte.
struct LittleEndian {
    let bytes: [UInt8]
    /// Of the picture, for errors.
    let name: String
    var place = 0

    init(_ bytes: some Sequence<UInt8>, name: String) {
        self.bytes = Array(bytes)
        self.name = name
    }

    func error(_ reason: String) -> ImageError { .unreadable(file: name, reason: reason) }

    /// The number of so many bytes, after which reading goes on.
    mutating func next(_ size: Int) throws(ImageError) -> Int {
        guard size <= bytes.count - place else { throw error("it ends too early") }
        defer { place += size }
        return (0..<size).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }

    /// So many bytes, after which reading goes on.
    mutating func slice(_ count: Int) throws(ImageError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - place else { throw error("it ends too early") }
        defer { place += count }
        return bytes[place..<place + count]
    }

    mutating func skip(to target: Int) throws(ImageError) {
        guard (0...bytes.count).contains(target) else { throw error("it ends too early") }
        place = target
    }

    /// - Throws: `ImageError` for a size that no picture of the caller has.
    func check(width: Int, height: Int, maxPixels: Int) throws(ImageError) {
        guard width > 0, height > 0 else { throw error("has no pixels") }
        guard width <= maxPixels / height else {
            throw .tooLarge(file: name, width: width, height: height, limit: maxPixels)
        }
    }
}
