import FoundationEssentials

/// Copies the files of a folder and of those below it into another, replacing files of the same
/// names. Links are followed: the copy holds what they lead to.
/// - Throws: `FileError` when one cannot be read or written, or a link leads back to a folder that
///   it lies in.
public func copyFolder(_ source: String, to target: String) throws {
    try copyFolder(source, to: target, above: [])
}

/// - Parameter above: The folders that it lies in, without links.
private func copyFolder(_ source: String, to target: String, above: [String]) throws {
    let place = followed(source)
    guard !above.contains(place) else {
        throw FileError(path: source, problem: "is a link back to a folder that it lies in")
    }
    let names: [String]
    do {
        names = try FileManager.default.contentsOfDirectory(atPath: source)
    } catch {
        throw FileError(path: source, problem: "cannot be listed: \(error)")
    }
    try makeFolder(target)
    for name in names {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: "\(source)/\(name)", isDirectory: &isFolder)
        else { continue }
        if isFolder {
            try copyFolder("\(source)/\(name)", to: "\(target)/\(name)", above: above + [place])
        } else {
            try copyFile("\(source)/\(name)", to: "\(target)/\(name)")
        }
    }
}

/// Copies a file, complete or not at all. Mapped, since weights may be larger than memory.
package func copyFile(_ source: String, to target: String) throws {
    try MappedFile(path: source).withBytes { bytes in
        try AtomicFile.write(to: target) { try $0.append(bytes) }
    }
}

/// Copies a folder to where none is, whole or not at all: one that is only half there would later
/// be taken for a whole one.
/// - Throws: `FileError` when a file cannot be read or written.
package func copyWholeFolder(_ source: String, to target: String) throws {
    let copy = try FolderReplacement(of: target)
    do {
        try copyFolder(source, to: copy.path)
        try copy.commit(replacing: [])
    } catch {
        copy.discard()
        throw error
    }
}

/// Removes a folder with all that is in it, as far as the system allows.
public func removeFolder(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
