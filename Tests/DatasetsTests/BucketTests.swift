import Foundation
import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitDatasets

/// Shapes near to a picture's own.
@Suite struct BucketTests {
    @Test("The shapes of 512 in steps of 64 are kohya's, from 256 to 1024")
    func shapes() {
        let shapes = AspectBuckets(size: 512, step: 64).shapes.map { [$0.width, $0.height] }
        let half = [
            [256, 1024], [256, 960], [256, 896], [256, 832], [320, 768], [320, 704], [384, 640],
            [448, 576],
        ]
        #expect(
            Set(shapes) == Set(half + half.map { [$0[1], $0[0]] } + [[512, 512]])
                && shapes.count == 17)
        #expect(AspectBuckets(size: 1024, step: 64).shapes.count == 33)
        for shape in AspectBuckets(size: 100, step: 8).shapes {
            #expect(shape.width % 8 == 0 && shape.height % 8 == 0 && shape.area <= 10_000)
        }
    }

    @Test(
        "A picture goes to the nearest shape, and its turned twin to the twin of that",
        arguments: [
            (600, 400, 640, 384), (1920, 1080, 640, 384), (100, 100, 512, 512),
            (1000, 90, 1024, 256), (513, 512, 512, 512), (2000, 900, 704, 320),
        ])
    func nearest(width: Int, height: Int, bucketWidth: Int, bucketHeight: Int) {
        let buckets = AspectBuckets(size: 512, step: 64)
        let wide = buckets.shape(width: width, height: height)
        let tall = buckets.shape(width: height, height: width)
        #expect((wide.width, wide.height) == (tall.height, tall.width))
        #expect((wide.width, wide.height) == (bucketWidth, bucketHeight))
    }

    /// Red grows to the right, green downwards, one a pixel.
    private func ramp(_ width: Int, _ height: Int) -> Picture {
        var picture = Picture(width: width, height: height, color: [0, 0, 0])
        for y in 0..<height {
            for x in 0..<width {
                let place = picture.offset(x: x, y: y)
                (picture.pixels[place], picture.pixels[place + 1]) = (UInt8(x), UInt8(y))
            }
        }
        return picture
    }

    @Test("Of a picture in its bucket the middle is seen, and where it was cut is told")
    func views() throws {
        let framing = PictureFraming(size: 64, crop: .bucket, bucketStep: 8)
        let picture = ramp(200, 100)
        let shape = try #require(framing.shapes(side: 64)).shape(width: 200, height: 100)
        #expect((shape.width, shape.height) == (88, 40))
        let kept = framing.kept(picture, side: 64)
        #expect((kept.width, kept.height) == (88, 40))
        var random = SplitMix64(seed: 1)
        let view = framing.view(
            of: .init(width: 200, height: 100), side: 64, isMirrored: false, &random)
        // 200x100 is scaled to 88x44, and two rows are cut off above and below.
        #expect(
            view
                == PictureView(
                    original: .init(width: 200, height: 100), left: 0, top: 2, shape: shape))
        let (first, last) = (kept.pixels[1], kept.pixels[kept.offset(x: 0, y: 39) + 1])
        #expect(abs(Int(first) - 5) <= 2 && abs(Int(last) - 94) <= 2)
        // A picture that was decoded smaller goes where the whole one does.
        let smaller = framing.kept(ramp(90, 90), of: .init(width: 200, height: 100), side: 64)
        #expect((smaller.width, smaller.height) == (88, 40))
        let same = framing.sample(of: kept, side: 64, isMirrored: true, &random)
        #expect(same == kept.mirrored)
    }

    /// Whole, it would be scaled to 256 by 2,560,000.
    @Test("Of a strip one pixel wide a few buckets' length is looked at", .timeLimit(.minutes(1)))
    func strips() throws {
        let framing = PictureFraming(size: 512, crop: .bucket, bucketStep: 64)
        for (width, height) in [(1, 10_000), (10_000, 1)] {
            let kept = framing.kept(
                Picture(width: width, height: height, color: [9, 9, 9]), side: 512)
            #expect(min(kept.width, kept.height) == 256 && max(kept.width, kept.height) == 1024)
            var random = SplitMix64(seed: 1)
            let view = framing.view(
                of: .init(width: width, height: height), side: 512, isMirrored: false, &random)
            #expect(max(view.left, view.top) == (2_560_000 - 1024) / 2)
        }
    }

    @Test(
        "Views tell where a sample lies in its picture, in pixels of the scaled one",
        arguments: [PictureFraming.Crop.center, .random, .bucket], [false, true])
    func cropsAreTold(_ crop: PictureFraming.Crop, isMirrored: Bool) throws {
        for (index, size) in [[200, 100], [90, 250], [250, 60], [64, 64]].enumerated() {
            let framing = PictureFraming(size: 48, crop: crop, bucketStep: 8)
            let picture = ramp(size[0], size[1])
            let kept = framing.kept(picture, side: 48)
            var (one, other) = (
                SplitMix64(seed: 3, index: index), SplitMix64(seed: 3, index: index)
            )
            let sample = framing.sample(of: kept, side: 48, isMirrored: isMirrored, &one)
            let view = framing.view(
                of: .init(width: size[0], height: size[1]), side: 48, isMirrored: isMirrored, &other
            )
            #expect((view.shape.width, view.shape.height) == (sample.width, sample.height))
            // How many of the picture's pixels one of the sample's is: down the middle column.
            let (x, y) = (sample.width / 2, sample.height / 2)
            let (above, below) = (
                sample.pixels[sample.offset(x: x, y: 4) + 1],
                sample.pixels[sample.offset(x: x, y: sample.height - 5) + 1]
            )
            let scale = Double(below) - Double(above)
            let each = scale / Double(sample.height - 9)
            let seen = Double(sample.pixels[sample.offset(x: x, y: y) + 1])
            #expect(abs((Double(view.top + y) + 0.5) * each - seen) < 5, "\(size) \(view)")
            let red = Double(sample.pixels[sample.offset(x: x, y: y)])
            let across = (Double(view.left + x) + 0.5) * each
            let expected = isMirrored ? Double(size[0]) - across : across
            #expect(abs(expected - red) < 5, "\(size) \(view)")
        }
    }

    @Test("The summary tells how many pictures each bucket has")
    func summary() throws {
        let path = NSTemporaryDirectory() + "pinxit-buckets-\(UUID().uuidString)"
        try makeFolder(path)
        defer { removeFolder(path) }
        for (name, width, height) in [
            ("a", 64, 64), ("b", 100, 50), ("c", 101, 50), ("d", 50, 100),
        ] {
            try ramp(width, height).write(to: path.path("\(name).png"))
        }
        let framing = PictureFraming(size: 64, crop: .bucket, bucketStep: 8)
        let folder = try PictureFolder(path, framing: framing)
        #expect(folder.summary.contains("pictures by bucket: 40x88: 1, 64x64: 1, 88x40: 2"))
        #expect(folder.summary.contains("7 % of a picture is cut off"))
        let stream = folder.stream(seed: 1, split: .everything)
        for index in 0..<4 {
            let shape = stream.view(at: index).shape
            let picture = try stream.batch(index..<index + 1)[0].picture
            #expect((picture.width, picture.height) == (shape.width, shape.height))
        }
    }
}

/// Tags between commas.
@Suite struct TagOrderTests {
    @Test("Tags come in many orders, always the same ones, and the first stay in front")
    func shuffled() {
        let tags = TagOrder(shuffles: true, kept: 2)
        let all = (0..<50).map { tags.ordered("sks, dog,  a , b,c,d", seed: 3, index: $0) }
        #expect(all == (0..<50).map { tags.ordered("sks, dog,  a , b,c,d", seed: 3, index: $0) })
        #expect(Set(all).count > 15)
        for caption in all {
            #expect(caption.hasPrefix("sks, dog, "))
            #expect(caption.split(separator: ", ").sorted() == ["a", "b", "c", "d", "dog", "sks"])
        }
        #expect(TagOrder(shuffles: true, kept: 9).ordered("b, a", seed: 1, index: 1) == "b, a")
        #expect(TagOrder().ordered("b ,a", seed: 1, index: 1) == "b ,a")
    }

    @Test("A folder's pictures come with their tags in more orders, and look the same each time")
    func stream() throws {
        func stream(_ tags: TagOrder) throws -> PictureStream {
            try PictureFolder(
                Fixture.path("folders/kohya"), framing: PictureFraming(size: 16), tags: tags,
                maxBroken: 0
            ).stream(seed: 3, split: .everything)
        }
        let (plain, shuffled) = (try stream(TagOrder()), try stream(TagOrder(shuffles: true)))
        #expect(plain.epochCount == 21 && shuffled.epochCount == 21)
        #expect(try #require(shuffled.distinctCount) == 16 * (try #require(plain.distinctCount)))
        let captions = Set((0..<200).map(shuffled.caption))
        #expect(captions.isSuperset(of: ["sks dog, sitting", "sitting, sks dog"]))
        #expect(plain.identity != shuffled.identity)
        #expect(Set((0..<200).map(shuffled.appearance)).count == 3)
    }
}
