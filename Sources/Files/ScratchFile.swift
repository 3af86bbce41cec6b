import PinxitPlatform

/// A file without a name for what would take memory and is read again and again: its pages come
/// from the disk and can be given back. It goes when the last of its parts does.
///
/// It lies in `TMPDIR`, or else in `/var/tmp`, which is on a disk where `/tmp` may be memory.
package final class ScratchFile {
    private let path: String
    private let descriptor: Int32
    private var end = 0

    /// - Throws: `FileError` where no file can be made.
    package init() throws(FileError) {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        let name = "pinxit-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).scratch"
        path = (folder.isEmpty ? "/var/tmp" : folder).path(name)
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError.unwritable(path) }
        unlink(path)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Writes bytes and gives them back as a mapped part, read only.
    ///
    /// - Throws: `FileError` where they cannot be written, as on a full disk.
    package func store(_ bytes: UnsafeRawBufferPointer) throws(FileError) -> Part {
        let start = end
        guard lseek(descriptor, off_t(start), SEEK_SET) >= 0 else {
            throw FileError.unwritable(path)
        }
        try writeAll(bytes, to: descriptor, path: path)
        let page = 4096
        end = (start + max(bytes.count, 1) + page - 1) / page * page
        let address = mmap(
            nil, max(bytes.count, 1), PROT_READ, MAP_PRIVATE, descriptor, off_t(start))
        guard let address, address != MAP_FAILED else { throw FileError.unwritable(path) }
        return Part(bytes: UnsafeRawBufferPointer(start: address, count: bytes.count))
    }

    /// Bytes of a scratch file, mapped; unmapped when the last reference goes.
    package final class Part: @unchecked Sendable {
        /// Valid as long as this object lives.
        package let bytes: UnsafeRawBufferPointer

        fileprivate init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        deinit {
            munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), max(bytes.count, 1))
        }
    }
}
