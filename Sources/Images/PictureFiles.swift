import FoundationEssentials
import PinxitFiles

extension Picture {
    /// Reads a PNG (as RGBA) or JPEG (as gray or RGB) file, told apart by its first bytes.
    public init(file: String) throws(ImageError) {
        try self.init(encoded: try contents(of: file), name: file)
    }

    /// Decodes PNG (as RGBA) or JPEG (as gray or RGB), told apart by the first bytes.
    ///
    /// - Parameter name: What the picture is called in errors.
    public init(encoded bytes: Data, name: String) throws(ImageError) {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
            self = try PNG.decode(bytes, name: name)
        } else if bytes.starts(with: [0xFF, 0xD8]) {
            self = try JPEG.decode(bytes, name: name)
        } else {
            throw .unknownFormat(file: name)
        }
    }

    /// Writes PNG, or JPEG where the name ends in `.jpg` or `.jpeg`, under a temporary name that
    /// is renamed at the end. `texts` go into PNG files only.
    public func write(to file: String, texts: [PNGText] = []) throws(ImageError) {
        let name = file.lowercased()
        let isJPEG = name.hasSuffix(".jpg") || name.hasSuffix(".jpeg")
        let bytes = isJPEG ? try JPEG.encode(self) : try PNG.encode(self, texts: texts)
        do {
            try AtomicFile.write(to: file) { file in
                try bytes.withUnsafeBytes { try file.append($0) }
            }
        } catch {
            throw .cannotWrite(file: file, reason: (error as? FileError)?.problem ?? "\(error)")
        }
    }
}

private func contents(of file: String) throws(ImageError) -> Data {
    do {
        return Data(try readFile(file))
    } catch {
        throw .unreadable(file: file, reason: error.problem)
    }
}
