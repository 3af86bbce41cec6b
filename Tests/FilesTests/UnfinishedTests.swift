import Foundation
import Testing

@testable import PinxitFiles

/// What stays of files and folders when a program is asked to end in the middle.
@Suite struct UnfinishedTests {
    let folder = FileManager.default.temporaryDirectory.path + "/unfinished-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    private var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
    }

    @Test func nothingHalfWrittenStays() async throws {
        defer { removeFolder(folder) }
        try AtomicFile.write("old", to: folder.path("a"))
        try makeFolder(folder.path("set"))
        try AtomicFile.write("old", to: folder.path("set/b"))
        await #expect(processExitsWith: .exitCode(9)) { [folder = folder as String] in
            let lock = try #require(try FileLock(folder.path("lock")))
            let set = try FolderReplacement(of: folder.path("set"))
            try AtomicFile.write("new", to: set.path.path("c"))
            try AtomicFile.write(to: folder.path("a")) { file in
                try [1, 2, 3].withUnsafeBytes { try file.append($0) }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 5)
                Unfinished.takeAwayForEnd()
                withExtendedLifetime((lock, set)) { _exit(9) }
            }
        }
        #expect(try names == ["a", "set"])
        #expect(try readFile(folder.path("a")) == Array("old".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("set")) == ["b"])
    }

    @Test func whatCannotBeTakenOverLeavesTheOlderFolderAsItWas() throws {
        defer { removeFolder(folder) }
        let set = folder.path("set")
        func put(_ place: String, _ files: [String]) throws {
            for file in files {
                try makeFolder(place.path(file).parentPath)
                try AtomicFile.write(place.lastPathPart, to: place.path(file))
            }
        }
        try put(set, ["a", "b/c", "z"])
        let before = try FileManager.default.subpathsOfDirectory(atPath: set).sorted()
        let replacement = try FolderReplacement(of: set)
        try put(replacement.path, ["a", "b/d"])
        // Neither of two folders takes over the other.
        #expect(throws: FileError.self) { try replacement.commit(replacing: []) }
        replacement.discard()
        #expect(try names == ["set"])
        #expect(try FileManager.default.subpathsOfDirectory(atPath: set).sorted() == before)
        #expect(try readFile(set.path("a")) == Array("set".utf8))

        let next = try FolderReplacement(of: set)
        try put(next.path, ["a", "b/d"])
        try next.commit(replacing: ["a", "b"])
        #expect(
            try FileManager.default.subpathsOfDirectory(atPath: set).sorted()
                == ["a", "b", "b/d", "z"])
        #expect(try names == ["set"])
    }

    @Test func whatBelongsTogetherIsWrittenWhole() async throws {
        defer { removeFolder(folder) }
        await #expect(processExitsWith: .exitCode(9)) { [folder = folder as String] in
            try Unfinished.whole {
                Thread.detachNewThread {
                    Unfinished.takeAwayForEnd()
                    _exit(9)
                }
                try AtomicFile.write("1", to: folder.path("one"))
                usleep(200_000)
                try AtomicFile.write("2", to: folder.path("two"))
            }
            // From here on nothing is begun.
            usleep(200_000)
            try AtomicFile.write("3", to: folder.path("three"))
        }
        #expect(try names == ["one", "two"])
    }
}
