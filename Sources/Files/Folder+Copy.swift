import FoundationEssentials

/// Copies the files of a folder and of those below it into another, replacing files of the same
/// names.
/// - Throws: `FileError` when one cannot be read or written.
public func copyFolder(_ source: String, to target: String) throws {
    let files: [String]
    do {
        files = try FileManager.default.subpathsOfDirectory(atPath: source)
    } catch {
        throw FileError(path: source, problem: "cannot be listed: \(error)")
    }
    for file in files {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: "\(source)/\(file)", isDirectory: &isFolder),
            !isFolder
        else { continue }
        let copy = "\(target)/\(file)"
        try makeFolder(String(copy[..<copy.lastIndex(of: "/")!]))
        let bytes = try readFile("\(source)/\(file)")
        try AtomicFile.write(to: copy) { file in try bytes.withUnsafeBytes { try file.append($0) } }
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
