import FoundationEssentials
import PinxitFiles
import PinxitPlatform

/// The folder of a run, which belongs to one trainer at a time.
final class RunFolder {
    let path: String
    /// What was made for this run, the innermost folder last.
    private let made: [String]
    private let lock: FileLock

    /// Makes the folder where it is missing, takes it, and removes what dead runs left half
    /// written.
    ///
    /// - Throws: `FileError` if another trainer has it, or it cannot be written.
    init(_ path: String) throws(FileError) {
        self.path = path
        let missing = Self.missingFolders(path)
        made = missing
        try makeFolder(path)
        let file = path.path("lock")
        guard let lock = try FileLock(file) else {
            throw FileError(
                path: path,
                problem: "another training run is at work in it"
                    + "\(FileLock.holder(of: file)); accepted: another run folder, or waiting")
        }
        self.lock = lock
        // Others may have run folders within this one.
        for own in ["", "pictures", "clip", "clip/tokenizer"] {
            AtomicFile.removeDead(in: own.isEmpty ? path : path.path(own))
        }
    }

    /// Leaves the folder to others.
    func release() { lock.release() }

    /// Takes back the folder, if it was made for this run and nothing is in it.
    func leaveNothing() {
        lock.release()
        rmdir(path.path("pictures"))
        for folder in made.reversed() { rmdir(folder) }
    }

    /// The folders of a path that are not there, outermost first.
    private static func missingFolders(_ path: String) -> [String] {
        var missing: [String] = []
        var folder = path
        while !folder.isEmpty, folder != "/", !fileExists(folder) {
            missing.insert(folder, at: 0)
            folder = folder.parentPath
        }
        return missing
    }

    /// Removes what dead processes left half written in a model folder and its components, where
    /// other runs may be at work.
    static func removeDeadFiles(ofModel folder: String) {
        AtomicFile.removeDead(in: folder)
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
        for name in names ?? [] { AtomicFile.removeDead(in: folder.path(name)) }
    }
}
