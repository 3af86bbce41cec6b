import FoundationEssentials
import PinxitPlatform

/// A folder that is built beside another one and then takes its place at once: whatever happens
/// while it is built, the older one stays as it is.
public final class FolderReplacement {
    /// Where to build.
    public let path: String
    private let target: String
    private let descriptor: Int32

    /// Makes the folder to build in, and removes those that dead processes left.
    ///
    /// - Parameter target: The folder whose place is taken; it need not exist.
    /// - Throws: `FileError` when it cannot be made.
    public init(of target: String) throws(FileError) {
        let resolved = followed(target).withoutSlash
        self.target = resolved
        Self.removeDead(beside: resolved)
        let unique = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        path = "\(resolved).\(unique).partial"
        Unfinished.hold()
        defer { Unfinished.letGo() }
        try makeFolder(path)
        Unfinished.begin(path)
        // Held until the end, so that others know it is in use.
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
    }

    deinit { close(descriptor) }

    /// Puts the folder in its place.
    ///
    /// - Parameter replaced: What of the older folder goes with it; all else is taken over.
    /// - Throws: `FileError` when it cannot be put there; both folders then stay as they were.
    public func commit(replacing replaced: Set<String>) throws(FileError) {
        // What others had put into the older folder is for a moment in neither.
        Unfinished.hold()
        defer { Unfinished.letGo() }
        guard fileExists(target) else {
            guard rename(path, target) == 0 else { throw error() }
            Unfinished.finish(path)
            return
        }
        guard exchange(path, target) else { throw error() }
        // The older one is where this was built.
        var moved: [String] = []
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        where !replaced.contains(name) {
            if rename(path.path(name), target.path(name)) == 0 {
                moved.append(name)
                continue
            }
            let error = error()
            for name in moved { _ = rename(target.path(name), path.path(name)) }
            _ = exchange(path, target)
            throw error
        }
        discard()
    }

    /// Removes what was built.
    public func discard() {
        removeFolder(path)
        Unfinished.finish(path)
    }

    private func error() -> FileError {
        FileError(path: target, problem: "cannot be replaced: \(systemError())")
    }

    /// Both names change places at once where the system can, else one after the other.
    private func exchange(_ path: String, _ other: String) -> Bool {
        if let renameat2 = Self.renameat2 {
            if renameat2(AT_FDCWD, path, AT_FDCWD, other, 2) == 0 { return true }
            guard errno == EINVAL || errno == ENOSYS else { return false }
        }
        let aside = path + ".old"
        guard rename(other, aside) == 0 else { return false }
        guard rename(path, other) == 0 else {
            _ = rename(aside, other)
            return false
        }
        return rename(aside, path) == 0
    }

    private typealias Renameat2 =
        @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32

    /// Linux's `renameat2`, whose last argument is 2 for RENAME_EXCHANGE; Swift does not see it in
    /// its header.
    private static let renameat2 = dlsym(dlopen(nil, RTLD_NOW), "renameat2").map {
        unsafeBitCast($0, to: Renameat2.self)
    }

    private static func removeDead(beside target: String) {
        let (parent, name) = (target.parentPath, target.lastPathPart)
        let names = try? FileManager.default.contentsOfDirectory(
            atPath: parent.isEmpty ? "." : parent)
        for found in names ?? [] where isTemporary(found, of: [name]) {
            let path = parent.path(found)
            let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { removeFolder(path) }
            close(descriptor)
        }
    }
}
