import PinxitPlatform

/// A file that one process at a time holds. The system lets go of it however the process ends.
public final class FileLock {
    private let path: String
    private var descriptor: Int32

    /// Takes the file, which is made where it is missing and says which process has it; nil if
    /// another holds it.
    ///
    /// - Throws: `FileError` when it cannot be written.
    public init?(_ path: String) throws(FileError) {
        self.path = path
        Unfinished.hold()
        defer { Unfinished.letGo() }
        while true {
            descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else {
                throw .unwritable(path)
            }
            // File systems that know no locks are worked on without.
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
                close(descriptor)
                descriptor = -1
                return nil
            }
            // Who held it until now may have removed it.
            var (opened, present) = (stat(), stat())
            if fstat(descriptor, &opened) == 0, stat(path, &present) == 0,
                opened.st_ino == present.st_ino
            {
                break
            }
            close(descriptor)
        }
        Unfinished.begin(path)
        ftruncate(descriptor, 0)
        let text = Array("\(getpid())\n".utf8)
        _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    deinit { release() }

    /// Lets go of the file and removes it.
    public func release() {
        guard descriptor >= 0 else { return }
        unlink(path)
        Unfinished.finish(path)
        close(descriptor)
        descriptor = -1
    }

    /// " (process 123)", or nothing if the file does not say.
    public static func holder(of path: String) -> String {
        guard let bytes = try? readFile(path),
            let process = Int(String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self))
        else { return "" }
        return " (process \(process))"
    }
}
