import Foundation
import PinxitFiles
import PinxitImages
import PinxitTestSupport
import Testing

@testable import PinxitDatasets

/// Folders and tars that mean no good, or that nobody meant.
@Suite struct HostileFolderTests {
    private let folder = NSTemporaryDirectory() + "pinxit-folder-\(UUID().uuidString)"

    init() throws { try makeFolder(folder) }

    private func open(maxBroken: Int = 100) throws -> PictureFolder {
        try PictureFolder(folder, framing: PictureFraming(size: 8), maxBroken: maxBroken)
    }

    private func dot(_ value: UInt8) throws -> Data {
        try PNG.encode(Picture(width: 8, height: 8, color: [value, value, value]))
    }

    private func write(_ data: Data, _ name: String) throws {
        let path = folder.path(name)
        try makeFolder(path.parentPath)
        try data.write(to: URL(filePath: path))
    }

    /// A member of a tar, whose size may be said wrong.
    private func member(
        _ name: String, _ contents: Data, type: Character = "0", size: String? = nil
    ) -> Data {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ place: Int) {
            for (index, byte) in text.utf8.enumerated() { header[place + index] = byte }
        }
        put(name, 0)
        put(size ?? String(contents.count, radix: 8), 124)
        put(String(type), 156)
        put("ustar", 257)
        put("00", 263)
        for place in 148..<156 { header[place] = 32 }
        put(String(header.reduce(0) { $0 + Int($1) }, radix: 8), 148)
        header[155] = 0
        let padding = (512 - contents.count % 512) % 512
        return Data(header) + contents + Data(count: padding)
    }

    @Test("Members with names that lead out of a tar, and links, are named and never followed")
    func tarNames() throws {
        let tar =
            member("/etc/absolute.png", try dot(1)) + member("../../up.png", try dot(2))
            + member("link.png", Data(), type: "2") + member("good.png", try dot(3))
            + member("good.txt", Data("a dot".utf8))
        try write(tar + Data(count: 1024), "a.tar")
        let opened = try open()
        #expect(opened.entries.map(\.captions) == [["a dot"]])
        #expect(opened.broken.count == 3)
        #expect(!fileExists(folder.path("up.png")))
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("What macOS puts beside the files of a tar is passed over, as in folders")
    func hiddenMembers() throws {
        let junk = Data([0, 5, 22, 7])
        let tar =
            member("./._a.png", junk) + member("./a.png", try dot(1))
            + member("./a.txt", Data("a dot".utf8)) + member("__MACOSX/b.png", junk)
        try write(tar + Data(count: 1024), "a.tar")
        let opened = try open(maxBroken: 0)
        #expect(opened.entries.map(\.captions) == [["a dot"]])
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("Of a tar's members of one name the last counts, as for who unpacks them")
    func grownTar() throws {
        let tar =
            member("a.png", try dot(1)) + member("a.txt", Data("old".utf8))
            + member("a.png", try dot(200)) + member("a.txt", Data("new".utf8))
        try write(tar + Data(count: 1024), "a.tar")
        let opened = try open(maxBroken: 0)
        #expect(opened.entries.map(\.captions) == [["new"]])
        let picture = try opened.stream(seed: 1, split: .everything).batch(0..<1)[0].picture
        #expect(picture.pixels[0] == 200)
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("Two files whose names are one to Swift have pixels of their own")
    func namesOfTwo() throws {
        for (name, value) in [("\u{E9}.png", 1), ("e\u{301}.png", 200)] as [(String, UInt8)] {
            try write(try dot(value), name)
        }
        let opened = try open(maxBroken: 0)
        // Some disks hold one alone.
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        guard names.count(where: { $0.hasSuffix(".png") }) == 2 else { return }
        #expect(opened.entries.count == 2)
        let pictures = try opened.stream(seed: 1, split: .everything).batch(0..<2)
        #expect(Set(pictures.map { $0.picture.pixels[0] }) == [1, 200])
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("kohya's folders name their pictures as they are written, the data set's own too")
    func numbered() throws {
        try write(try dot(1), "20_ohwx-v2 man/a.png")
        try write(try dot(2), "1_sks_dog/b.png")
        try write(try dot(3), "grey-big_dog/c.png")
        try write(try dot(4), "D.JPG")
        try write(Data("a dot".utf8), "D.TXT")
        let opened = try open(maxBroken: 0)
        #expect(
            opened.entries.map { $0.captions.first }
                == ["sks_dog", "ohwx-v2 man", "a dot", "grey big dog"])
        let own = try PictureFolder(
            folder.path("1_sks_dog"), framing: PictureFraming(size: 8), maxBroken: 0)
        #expect(own.entries.map(\.captions) == [["sks_dog"]])
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("A tar whose member is larger than it, or negative, ends there")
    func tarSizes() throws {
        for size in ["77777777777", "-1", "\u{7F}", "9"] {
            let tar = member("a.png", try dot(1)) + member("b.png", try dot(2), size: size)
            try write(tar + Data(count: 1024), "a.tar")
            let opened = try open()
            #expect(opened.entries.count == 1, "\(size)")
            #expect(opened.broken.count == 1, "\(size)")
        }
        try write(member("a.png", try dot(1)).prefix(530), "a.tar")
        #expect(throws: FileError.self) { try open() }
        try write(Data("no tar".utf8) + Data(count: 1024), "a.tar")
        #expect(throws: FileError.self) { try open() }
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("A tar that is cut off within a header or behind a member is told from a whole one")
    func cutTars() throws {
        let tar = member("a.png", try dot(1)) + member("b.png", try dot(2))
        // Some writers leave the zeros at the end out.
        for (extra, count) in [(0, 0), (77, 1), (-1, 1)] {
            try write(extra < 0 ? tar.dropLast() : tar + Data(repeating: 7, count: extra), "a.tar")
            #expect(try open().broken.count == count, "\(extra)")
        }
        try write(tar.prefix(100), "a.tar")
        let error = #expect(throws: FileError.self) { try open() }
        #expect(error?.problem.contains("is no tar") == true)
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("A file that is no tar is no data set, and other files are counted by their kind")
    func otherFiles() throws {
        try write(try dot(1), "cats/a.png")
        for name in ["b.heic", "c.HEIC", "LICENSE", "metadata.parquet"] {
            try write(Data("x".utf8), name)
        }
        let opened = try open()
        #expect(opened.otherFiles == ["heic": 2, "": 1, "parquet": 1])
        #expect(
            opened.summary.contains(
                "other files, which are passed over: 2 .heic, 1 without an ending, 1 .parquet"))
        let error = #expect(throws: FileError.self) {
            try PictureFolder(folder.path("cats/a.png"), framing: PictureFraming(size: 8))
        }
        #expect(error?.problem.contains("is a file; accepted: a folder") == true)
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("Nothing of a name or a caption changes the terminal, or takes a second line")
    func controls() throws {
        try write(try dot(1), "a.png")
        try write(Data("a\u{1B}[31m dot".utf8), "a.txt")
        try write(Data("x".utf8), "b\n\u{1B}[2J.png")
        let opened = try open()
        #expect(opened.entries.map(\.captions) == [["a [31m dot"]])
        #expect(opened.broken.map(\.description)[0].contains("b??[2J.png: is no picture"))
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("Tables that say nothing of pictures, open quotes and endless captions are named")
    func silentTables() throws {
        try write(try dot(1), "a.png")
        let long = String(repeating: "x", count: 1 << 17)
        for (name, text, problem) in [
            ("metadata.jsonl", #"{"file_name": "a.png", "prompt": "a dot"}"#, "file_name, prompt"),
            (
                "metadata.jsonl", #"{"file_name": "a.png", "text": "\#(long)"}"#,
                "holds 131072 bytes"
            ),
            ("metadata.csv", "file_name,label\na.png,3\n", "file_name, label"),
            ("metadata.csv", "file_name,text\na.png,\"a dot\nb.png,x\n", "opens a quote"),
            ("metadata.csv", "file_name,text\na.png,\(long)\n", "holds 131072 bytes"),
        ] {
            try write(Data(text.utf8), name)
            let opened = try open()
            #expect(opened.broken.count == 1, "\(problem): \(opened.broken)")
            #expect(opened.broken.first?.reason.contains(problem) == true, "\(opened.broken)")
            try FileManager.default.removeItem(atPath: folder.path(name))
        }
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("A folder linked into itself is gone through once, and a link to nothing is named")
    func links() throws {
        try write(try dot(1), "cats/a.png")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("cats/again"), withDestinationPath: folder)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("gone.png"), withDestinationPath: "/nowhere")
        let opened = try open()
        #expect(opened.entries.map(\.captions) == [["cats"]])
        #expect(opened.broken.map { $0.name.lastPathPart } == ["gone.png"])
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("Metadata that lead out of the folder, name what is missing or are no JSON are named")
    func metadata() throws {
        try write(try dot(1), "a.png")
        let lines = """
            {"file_name": "a.png", "text": ["one", "two"]}
            {"file_name": "../b.png", "text": "out"}
            {"file_name": "missing.png", "text": "gone"}
            {"file_name": "a.png", "text": "two"}
            not JSON
            {"text": "no name"}
            """
        try write(Data(lines.utf8), "metadata.jsonl")
        let opened = try open()
        #expect(opened.entries.map(\.captions) == [["one", "two"]])
        #expect(opened.broken.count == 4)
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("Metadata with the line ends of Windows are read, and other line ends within a text stay")
    func metadataOfWindows() throws {
        try write(try dot(1), "a.png")
        try write(try dot(2), "b.png")
        let lines =
            "{\"file_name\": \"a.png\", \"text\": \"one\u{2028}line\"}\r\n"
            + "{\"file_name\": \"b.png\", \"text\": \"two\"}\r\n"
        try write(Data(lines.utf8), "metadata.jsonl")
        let opened = try open()
        #expect(opened.entries.map(\.captions) == [["one line"], ["two"]])
        #expect(opened.broken.isEmpty)
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("A quote within a cell of CSV that does not begin with one is a sign like others")
    func quotesInCells() throws {
        try write(try dot(1), "a.png")
        try write(try dot(2), "b.png")
        try write(try dot(3), "c.png")
        let lines = """
            file_name,text
            a.png,a 12" disc
            b.png,a dot
            c.png,"a ""dot"", c"
            """
        try write(Data(lines.utf8), "metadata.csv")
        #expect(
            try open().entries.map(\.captions) == [["a 12\" disc"], ["a dot"], ["a \"dot\", c"]])
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("Names with accents go together however the system writes them")
    func composedNames() throws {
        try write(try dot(1), "cafe\u{301}.png")
        try write(try dot(2), "the\u{301}.png")
        try write(Data("tea".utf8), "th\u{e9}.txt")
        try write(
            Data("{\"file_name\": \"caf\u{e9}.png\", \"text\": \"coffee\"}".utf8),
            "metadata.jsonl")
        let opened = try open(maxBroken: 0)
        #expect(opened.entries.map(\.captions) == [["coffee"], ["tea"]])
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("A picture that claims more pixels than any memory holds is named before it takes any")
    func hugeClaim() throws {
        var png = try dot(1)
        // Width and height of the header, with its checksum left wrong: either is refused.
        png.replaceSubrange(16..<24, with: [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF])
        try write(png, "huge.png")
        try write(try dot(2), "a.png")
        #expect(try open().broken.map { $0.name.lastPathPart } == ["huge.png"])
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("No pictures are an error that says what is accepted")
    func none() throws {
        let error = try #require(throws: FileError.self) { try open() }
        #expect(error.problem.hasPrefix("holds no picture; accepted: "))
        try write(Data("junk".utf8), "a.png")
        let junk = try #require(throws: FileError.self) { try open() }
        #expect(junk.problem.hasPrefix("holds no picture that can be read (\(folder)/a.png: "))
        #expect(throws: FileError.self) {
            try PictureFolder(folder + "-none", framing: PictureFraming(size: 8))
        }
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("One in ten is held out, by contents alone: copies are on one side")
    func heldOut() throws {
        for value in 0..<200 { try write(try dot(UInt8(value)), "\(value % 7)/\(value).png") }
        for value in 0..<50 { try write(try dot(UInt8(value)), "copies/\(value).png") }
        let opened = try open()
        let (train, test) = (opened.chosen(.train), opened.chosen(.test))
        #expect(train.count + test.count == 250 && (5...50).contains(test.count))
        let hashes = Set(test.map { opened.entries[$0].hash })
        #expect(train.allSatisfy { !hashes.contains(opened.entries[$0].hash) })
        #expect(DatasetReport(opened).text.contains("50 files are copies of others"))
        try FileManager.default.removeItem(atPath: folder)
    }
}
