import PinxitFiles

/// What lies where in a tar (POSIX.1-2001 pax, ustar, GNU), read from its headers alone: the
/// members' bytes stay in the file, and nothing is unpacked.
struct TarIndex {
    /// A regular file in the tar.
    struct Member: Sendable {
        let name: String
        let bytes: Range<Int>
    }

    private(set) var members: [Member] = []
    private(set) var broken: [BrokenFile] = []
    private let path: String
    /// Of the next member, from the headers before it.
    private var nextName: String?
    private var nextSize: Int?

    private static let block = 512
    /// Longest name or pax header that is read.
    private static let largestHeader = 1 << 20

    /// - Throws: `FileError` for a file that cannot be read or is no tar.
    init(_ path: String) throws(FileError) {
        self.path = path
        guard let end = fileSize(path) else {
            throw FileError(path: path, problem: "is not a regular file")
        }
        var position = 0
        while position + Self.block <= end {
            let header = try readRange(position..<position + Self.block, of: path)
            if header.allSatisfy({ $0 == 0 }) { return }
            guard Self.isSound(header) else {
                guard position > 0 else { throw Self.noTar(path) }
                note("byte \(position)", "damaged here; what follows is left out")
                return
            }
            position += Self.block
            guard let size = Self.number(header[124..<136]), size <= end - position else {
                note(Self.text(header[0..<100]), "reaches beyond the end of the tar")
                return
            }
            let length = header[156] == UInt8(ascii: "x") ? size : nextSize ?? size
            guard length <= end - position else {
                note(nextName ?? Self.text(header[0..<100]), "reaches beyond the end of the tar")
                return
            }
            try take(header, position..<position + length)
            position += (length + Self.block - 1) / Self.block * Self.block
        }
        // Some writers leave the blocks of zeros at the end out, but none a part of a block.
        guard position != end else { return }
        guard position > 0 else { throw Self.noTar(path) }
        note("byte \(end)", "is cut off here")
    }

    /// A member, or what a header says of the next one.
    private mutating func take(_ header: [UInt8], _ bytes: Range<Int>) throws(FileError) {
        switch header[156] {
        case UInt8(ascii: "x"): try takePax(bytes)
        case UInt8(ascii: "L"):
            nextName = Self.text(try headerText(bytes)[...])
        case UInt8(ascii: "K"), UInt8(ascii: "g"): break
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
            let name = nextName ?? Self.name(header)
            (nextName, nextSize) = (nil, nil)
            if Self.leaves(name) {
                note(name, "has a name that leads out of the tar")
            } else if !name.hasSuffix("/") {
                members.append(Member(name: name, bytes: bytes))
            }
        case UInt8(ascii: "1"), UInt8(ascii: "2"):
            note(nextName ?? Self.name(header), "is a link; accepted: regular files")
            (nextName, nextSize) = (nil, nil)
        default: (nextName, nextSize) = (nil, nil)
        }
    }

    /// Lines of `LENGTH KEY=VALUE`.
    private mutating func takePax(_ bytes: Range<Int>) throws(FileError) {
        var rest = try headerText(bytes)[...]
        while let space = rest.firstIndex(of: UInt8(ascii: " ")),
            let length = Int(Self.text(rest[rest.startIndex..<space])),
            length > space - rest.startIndex + 1, length <= rest.count
        {
            let line = Self.text(rest[(space + 1)..<(rest.startIndex + length)])
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 {
                let value = String(parts[1].prefix { $0 != "\n" })
                if parts[0] == "path" { nextName = value }
                if parts[0] == "size" { nextSize = Int(value).flatMap { $0 < 0 ? nil : $0 } }
            }
            rest = rest[(rest.startIndex + length)...]
        }
    }

    private func headerText(_ bytes: Range<Int>) throws(FileError) -> [UInt8] {
        try readRange(
            bytes.lowerBound..<min(bytes.upperBound, bytes.lowerBound + Self.largestHeader),
            of: path)
    }

    private static func noTar(_ path: String) -> FileError {
        FileError(
            path: path,
            problem: "is no tar; accepted: uncompressed tar files, as webdataset writes")
    }

    private mutating func note(_ name: String, _ reason: String) {
        broken.append(BrokenFile(name: "\(path): \(name)", reason: reason))
    }

    /// Absolute names, and those with `..`.
    private static func leaves(_ name: String) -> Bool {
        name.hasPrefix("/") || name.split(separator: "/").contains("..")
    }

    private static func name(_ header: [UInt8]) -> String {
        let name = text(header[0..<100])
        guard text(header[257..<262]) == "ustar", header[345] != 0, header[263] == UInt8(ascii: "0")
        else { return name }
        return text(header[345..<500]) + "/" + name
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Octal digits, or GNU's binary for what is larger; nil for what is neither.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        if let first = field.first, first & 0x80 != 0 {
            guard first == 0x80 else { return nil }
            return field.dropFirst().reduce(0) { sum, byte in
                sum.flatMap { $0 > Int.max >> 9 ? nil : $0 << 8 | Int(byte) }
            }
        }
        let digits = text(field).filter { $0 != " " }
        return digits.isEmpty ? 0 : Int(digits, radix: 8).flatMap { $0 < 0 ? nil : $0 }
    }

    /// Whether the checksum fits, which counts its own field as spaces.
    private static func isSound(_ header: [UInt8]) -> Bool {
        var sum = 8 * 32
        for (index, byte) in header.enumerated() where !(148..<156).contains(index) {
            sum += Int(byte)
        }
        return number(header[148..<156]) == sum
    }
}
