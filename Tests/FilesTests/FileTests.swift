import Foundation
import PinxitFiles
import Testing

@Suite struct FileTests {
    let folder = FileManager.default.temporaryDirectory.path + "/files-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    @Test func whatIsWrittenIsMapped() throws {
        try AtomicFile.write("painted it", to: folder + "/a")
        #expect(
            try MappedFile(path: folder + "/a").withBytes { String(decoding: $0, as: UTF8.self) }
                == "painted it")
        try AtomicFile.write("", to: folder + "/a")
        #expect(try MappedFile(path: folder + "/a").bytes.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a"])
    }

    @Test("Who could read a file that is replaced can read the new one, and nobody else")
    func modesStay() throws {
        let path = folder + "/private"
        for mode in [0o600, 0o640, 0o666] {
            try AtomicFile.write("old", to: path)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            try AtomicFile.write("new", to: path)
            let facts = try FileManager.default.attributesOfItem(atPath: path)
            #expect(facts[.posixPermissions] as? Int == mode)
        }
    }

    @Test("A link is followed, also to what is not there yet")
    func links() throws {
        for target in ["target", folder + "/whole"] {
            let link = folder + "/link-\(target.count)"
            try FileManager.default.createSymbolicLink(
                atPath: link, withDestinationPath: target)
            for text in ["first", "second"] {
                try AtomicFile.write(text, to: link)
                let path = target.hasPrefix("/") ? target : folder.path(target)
                #expect(try readFile(path) == Array(text.utf8))
                #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
            }
        }
    }

    @Test("What other programs call partial is theirs")
    func othersPartialFiles() throws {
        let names = [
            "film.partial", "a.png.1a.partial", "b.1a.partial", "a.png.1A.partial",
            "a.png..partial", "a.png.+1.partial", ".1a.partial",
        ]
        for name in names { try AtomicFile.write("x", to: folder.path(name)) }
        try makeFolder(folder.path("sdxl.partial"))
        AtomicFile.removeDead(in: folder, of: ["a.png"])
        func left() throws -> Set<String> {
            Set(try FileManager.default.contentsOfDirectory(atPath: folder))
        }
        #expect(try left() == Set(names + ["sdxl.partial"]).subtracting(["a.png.1a.partial"]))
        AtomicFile.removeDead(in: folder)
        let gone = ["a.png.1a.partial", "b.1a.partial"]
        #expect(try left() == Set(names + ["sdxl.partial"]).subtracting(gone))
        try FolderReplacement(of: folder.path("sdxl")).discard()
        #expect(fileExists(folder.path("sdxl.partial")))
    }

    @Test func aFailedWriteLeavesTheOldFile() throws {
        struct Interrupted: Error {}
        let path = folder + "/b"
        try AtomicFile.write("old", to: path)
        #expect(throws: Interrupted.self) {
            try AtomicFile.write(to: path) { file in
                try [1, 2, 3].withUnsafeBytes { try file.append($0) }
                throw Interrupted()
            }
        }
        #expect(try readFile(path) == Array("old".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["b"])
    }

    @Test("A folder that cannot be made is told with the reason why, not that it is not there")
    func foldersThatCannotBeMade() {
        let error = #expect(throws: FileError.self) { try makeFolder("/sys/pinxit") }
        #expect(error?.problem.contains("No such file") == false, "\(String(describing: error))")
    }

    @Test func missingFilesAndFoldersAreRefused() {
        #expect(throws: FileError.self) { try MappedFile(path: folder + "/none") }
        #expect(throws: FileError.self) { try MappedFile(path: folder) }
        #expect(throws: FileError.self) { try AtomicFile.write("x", to: folder + "/no/where") }
    }

    @Test func aCopiedFolderHoldsWhatItsLinksLeadTo() throws {
        let manager = FileManager.default
        try makeFolder(folder + "/common/inner")
        try AtomicFile.write("weights", to: folder + "/common/inner/w")
        try makeFolder(folder + "/model")
        try manager.createSymbolicLink(
            atPath: folder + "/model/clip", withDestinationPath: "../common")
        try manager.createSymbolicLink(
            atPath: folder + "/model/w", withDestinationPath: "../common/inner/w")
        try copyFolder(folder + "/model", to: folder + "/copy")
        removeFolder(folder + "/common")
        #expect(try readFile(folder + "/copy/clip/inner/w") == Array("weights".utf8))
        #expect(try readFile(folder + "/copy/w") == Array("weights".utf8))
    }

    @Test func aLinkBackToItsOwnFolderIsRefused() throws {
        try makeFolder(folder + "/model")
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/model/itself", withDestinationPath: "../model")
        #expect(throws: FileError.self) { try copyFolder(folder + "/model", to: folder + "/copy") }
    }
}
