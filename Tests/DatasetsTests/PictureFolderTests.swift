import Foundation
import PinxitFiles
import PinxitImages
import PinxitTestSupport
import Testing

@testable import PinxitDatasets

/// Folders that other tools wrote; see `Tests/Fixtures/make_folders.py`.
@Suite struct PictureFolderTests {
    private func open(_ name: String, size: Int = 16, maxBroken: Int = 0) throws -> PictureFolder {
        try PictureFolder(
            Fixture.path("folders/\(name)"), framing: PictureFraming(size: size),
            maxBroken: maxBroken)
    }

    private func captions(_ folder: PictureFolder) -> [[String]] { folder.entries.map(\.captions) }

    @Test(
        "Captions are those of Hugging Face's ImageFolder, in JSON lines and in CSV",
        arguments: ["imagefolder-jsonl", "imagefolder-csv"])
    func imageFolder(_ name: String) throws {
        let folder = try open(name)
        #expect(
            captions(folder) == [
                [#"a red square, "drawn""#], [#"a green square, "drawn""#],
                [#"a blue square, "drawn""#],
            ])
        #expect(folder.broken.isEmpty && folder.otherFiles.isEmpty)
    }

    @Test("WebDataset's shards are read in place, with captions in texts and in JSON")
    func shards() throws {
        let folder = try open("webdataset")
        #expect(captions(folder) == [["a red square"], ["a green square"], ["a blue square"]])
        #expect(folder.broken.isEmpty)
        let one = try open("webdataset/shard-001.tar")
        #expect(captions(one) == [["a blue square"]])
        let picture = try one.stream(seed: 1).batch(0..<1)[0].picture
        #expect(Array(picture.pixels[picture.offset(x: 8, y: 8)...].prefix(3)) == [40, 60, 220])
    }

    @Test("kohya's folders say how often their pictures come; texts go before names")
    func kohya() throws {
        let folder = try open("kohya")
        #expect(
            captions(folder) == [
                ["sks dog, sitting", "sks dog on grass"], ["sks dog, 跑步"], ["dog"],
            ])
        #expect(folder.entries.map(\.repeats) == [10, 10, 1])
        let stream = folder.stream(seed: 3, split: .everything)
        #expect(stream.epochCount == 21)
        let first = (0..<21).map(stream.caption)
        #expect(first.count { $0 == "dog" } == 1)
        #expect(first.count { $0 == "sks dog, 跑步" } == 10)
        // Captions of a picture come in turn.
        let two = (0..<42).map(stream.caption)
        #expect(Set(two).isSuperset(of: ["sks dog, sitting", "sks dog on grass"]))
    }

    @Test("Pictures are turned, brought to RGB and laid on the background; broken ones are named")
    func odd() throws {
        let folder = try open("odd", maxBroken: 3)
        #expect(
            folder.broken.map { $0.name.lastPathPart }.sorted() == [
                "cmyk.txt", "cut.png", "text.jpg",
            ])
        #expect(folder.otherFiles == ["md": 1])
        #expect(!folder.hasCaptions)
        func pixel(_ name: String, _ x: Int, _ y: Int) throws -> [Int] {
            let entry = try #require(folder.entries.first { $0.place.name.hasSuffix(name) })
            let picture = try folder.kept(entry, side: 16)
            return picture.pixels[picture.offset(x: x, y: y)...].prefix(3).map { Int($0) }
        }
        // 24x16 turned by a quarter stands upright: red above, blue below.
        let turned = try #require(folder.entries.first { $0.place.name.hasSuffix("one.jpg") })
        #expect((turned.width, turned.height) == (16, 24))
        let (above, below) = (try pixel("one.jpg", 8, 2), try pixel("one.jpg", 8, 21))
        #expect(above[0] > 240 && above[2] < 15 && below[0] < 15 && below[2] > 240)
        let red = try pixel("cmyk.jpg", 8, 8)
        #expect(red[0] > 240 && red[1] < 15 && red[2] < 15)
        #expect(try pixel("deep.png", 8, 8) == [128, 128, 128])
        #expect(try pixel("clear.png", 8, 8) == [255, 255, 255])
    }

    @Test("More broken files than may be are an error that names them")
    func tooManyBroken() throws {
        let error = try #require(throws: FileError.self) { try open("odd", maxBroken: 2) }
        #expect(error.problem.contains("3 broken files") && error.problem.contains("cut.png"))
        #expect(error.problem.contains("--max-broken"))
    }

    @Test("Each epoch of a stream has every picture once, in another order, the same for a seed")
    func epochs() throws {
        for count in [1, 2, 3, 5, 64, 100, 1000] {
            let order = Permutation(count: count, seed: 7)
            for round in 0..<3 {
                #expect(Set((0..<count).map { order($0, round: round) }) == Set(0..<count))
            }
            let again = Permutation(count: count, seed: 7)
            #expect(
                (0..<count).map { order($0, round: 1) } == (0..<count).map { again($0, round: 1) })
        }
        let order = Permutation(count: 1000, seed: 7)
        #expect((0..<1000).map { order($0, round: 0) } != (0..<1000).map { order($0, round: 1) })
    }

    @Test("One picture is learnt from and held out at once, and the summary says so")
    func onePicture() throws {
        let folder = try open("webdataset/shard-001.tar")
        #expect(!folder.hasHeldOut)
        #expect(folder.summary.contains("too few pictures"))
        #expect(folder.stream(seed: 1, split: .test).epochCount == 1)
    }

    @Test("Pictures are cropped to their middle, anywhere, or not at all; half are mirrored")
    func framings() throws {
        let picture = try Picture(
            file: Fixture.path("folders/imagefolder-jsonl/train/0000.png"))
        func kept(_ crop: PictureFraming.Crop) -> Picture {
            PictureFraming(size: 16, crop: crop, background: [1, 2, 3]).kept(picture, side: 16)
        }
        #expect((kept(.center).width, kept(.center).height) == (24, 16))
        #expect((kept(.random).width, kept(.random).height) == (27, 18))
        let whole = kept(.none)
        #expect((whole.width, whole.height) == (16, 16))
        #expect(Array(whole.pixels.prefix(3)) == [1, 2, 3])
        var framing = PictureFraming(size: 16, mirrors: true)
        let folder = try PictureFolder(
            Fixture.path("folders/webdataset"), framing: framing, maxBroken: 0)
        let stream = folder.stream(seed: 1, split: .everything)
        #expect(stream.distinctCount == 6)
        framing.crop = .random
        let random = try PictureFolder(
            Fixture.path("folders/webdataset"), framing: framing, maxBroken: 0)
        let (one, two) = (random.stream(seed: 1), random.stream(seed: 1))
        #expect(
            try one.batch(0..<12).map(\.picture) == two.batch(0..<12).map(\.picture))
        #expect(Set(try one.batch(0..<12).map(\.picture)).count > 3)
    }

    @Test("The report tells of sizes, captions and copies")
    func report() throws {
        let text = DatasetReport(try open("kohya", size: 64)).text
        #expect(text.contains("sizes: smallest 24x16"))
        #expect(text.contains("3 are smaller than 64 pixels"))
        #expect(text.contains("captions: 4, 4 different"))
        #expect(text.contains("21 pictures an epoch"))
        #expect(text.contains("no file is there twice"))
    }
}
