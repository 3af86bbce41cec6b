import Foundation
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitTensors
import Testing

@testable import PinxitEvaluation

/// Made-up models of a folder's pictures, whose figures are known beforehand.
@Suite struct FolderEvaluatorTests {
    /// Discs of sixty kinds, each somewhere about its place.
    struct Discs: Embedder {
        static let kinds = 60

        static func caption(_ kind: Int) -> String { "disc \(kind)" }

        /// - Parameter jitter: 0 is where the kind is on average.
        static func draw(_ kind: Int, jitter: Int) -> Picture {
            var random = SplitMix64(seed: 5, index: jitter)
            func off() -> Int { jitter == 0 ? 0 : random.below(3) - 1 }
            let (x, y, radius) = (
                10 + kind % 4 * 4 + off(), 10 + kind / 4 % 5 * 3 + off(), 6 + off()
            )
            let color = [UInt8(40 + kind / 20 * 90), UInt8(200 - kind % 7 * 20), 60]
            var picture = Picture(width: 32, height: 32, color: [230, 230, 230])
            for row in 0..<32 {
                for column in 0..<32
                where (row - y) * (row - y) + (column - x) * (column - x) < radius * radius {
                    let start = picture.offset(x: column, y: row)
                    picture.pixels.replaceSubrange(start..<start + 3, with: color)
                }
            }
            // Every file its own, so that a tenth of them are held out.
            picture.pixels[0] = UInt8(jitter % 251)
            picture.pixels[1] = UInt8(jitter / 251 % 251)
            return picture
        }

        func embed(pictures: [Picture]) -> [[Float]] {
            pictures.map { picture in
                let values = picture.resized(width: 8, height: 8, filter: .box).pixels.map {
                    Float($0) - 127.5
                }
                let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
                return values.map { $0 / length }
            }
        }

        func embed(texts: [String]) -> [[Float]] {
            embed(pictures: texts.map { Self.draw(Self.kind($0), jitter: 0) })
        }

        static func kind(_ caption: String) -> Int { Int(caption.dropFirst(5)) ?? 0 }
    }

    /// A folder of so many discs.
    private static func folder(_ count: Int, first: Int = 1) throws -> PictureFolder {
        let path = NSTemporaryDirectory() + "pinxit-discs-\(UUID().uuidString)"
        try makeFolder(path)
        defer { removeFolder(path) }
        for number in first..<first + count {
            let kind = number % Discs.kinds
            try Discs.draw(kind, jitter: number).write(to: path.path("\(number).png"))
            try Data(Discs.caption(kind).utf8).write(to: URL(filePath: path.path("\(number).txt")))
        }
        return try PictureFolder(path, framing: PictureFraming(size: 32), maxBroken: 0)
    }

    private static func evaluator(_ count: Int = 900) throws -> FolderEvaluator {
        try FolderEvaluator(folder(count), configuration: configuration)
    }

    private static var configuration: EvaluationConfiguration {
        var configuration = EvaluationConfiguration()
        configuration.prompts = 80
        configuration.variedPrompts = 10
        configuration.kernelDistance.subsets = 40
        return configuration
    }

    private func findings(
        _ evaluator: FolderEvaluator, _ paint: (PaintingOrder) throws -> Picture
    ) async throws -> (findings: FolderFindings, paintings: FolderPaintings) {
        let paintings = try await evaluator.paintings { try $0.map(paint) }
        return (try await evaluator.findings(paintings, embedder: Discs()), paintings)
    }

    @Test("A model that paints as the pictures are is as good as they, and copies none")
    func perfect() async throws {
        let evaluator = try Self.evaluator()
        #expect(evaluator.isHeldOut && evaluator.captions.count > 60)
        let (found, paintings) = try await findings(evaluator) {
            Discs.draw(Discs.kind($0.prompt), jitter: 100_000 + Int($0.seed % 50_000))
        }
        #expect(found.notMeasured.isEmpty)
        let scores = try #require(found.scores)
        #expect(abs(scores.painted.value - scores.real.value) < 3 * scores.real.margin)
        #expect(try #require(scores.others).value < scores.painted.value - 5)
        #expect(found.recall.map(\.rank) == [1, 5, 10])
        for row in found.recall { #expect(abs(row.painted - row.real) < 0.15 && row.real > 0.5) }
        let distance = try #require(found.kernelDistance)
        #expect(abs(distance.mean) < distance.deviation, "\(distance)")
        let floor = try #require(found.kernelDistanceFloor)
        #expect(abs(floor.mean) < floor.deviation && floor.size == distance.size)
        for copies in found.memorisations { #expect(copies.shareBelow(quantile: 0.05) < 0.2) }
        for found in found.diversities {
            let real = try #require(found.realWithinPrompts)
            #expect(found.seeds == 4 && found.prompts == 10)
            #expect(abs(found.withinPrompts / real - 1) < 0.3, "\(found)")
            #expect(abs(found.acrossRatio - 1) < 0.1)
        }
        let sheet = try #require(try evaluator.nearestSheet(paintings, found))
        #expect(sheet.height > 32 * 36)
    }

    @Test("A model that gives back training pictures is found out, wherever it is looked at")
    func copier() async throws {
        let evaluator = try Self.evaluator()
        let learnt = try evaluator.training.batch(0..<evaluator.training.epochCount)
        let (found, _) = try await findings(evaluator) { order in
            (learnt.first { $0.caption == order.prompt } ?? learnt[0]).picture
        }
        for copies in found.memorisations {
            #expect(copies.shareBelow(quantile: 0.05) > 0.9, "\(copies.space)")
            #expect(copies.pairs.allSatisfy { $0.distance < 1e-5 })
        }
        #expect(found.nearestFiles.count == found.orders.count)
        for space in [Memorisation.Space.pixels, .embedding] {
            #expect(try #require(found.diversity(space)).withinPrompts < 1e-6)
        }
    }

    @Test("A model that ignores its prompt gets what chance gives")
    func constant() async throws {
        let evaluator = try Self.evaluator()
        let (found, _) = try await findings(evaluator) { _ in Discs.draw(7, jitter: 0) }
        for row in found.recall { #expect(abs(row.painted - row.chance) < 0.1, "\(row)") }
        let scores = try #require(found.scores)
        #expect(abs(scores.painted.value - (try #require(scores.others).value)) < 1)
        let distance = try #require(found.kernelDistance)
        #expect(distance.mean > 5 * distance.deviation)
        #expect(try #require(found.diversity(.pixels)).acrossRatio == 0)
    }

    @Test("What there are too few pictures for is said, and is no number")
    func tooFew() async throws {
        let evaluator = try Self.evaluator(60)
        #expect(evaluator.captions.count < 20)
        let (found, _) = try await findings(evaluator) {
            Discs.draw(Discs.kind($0.prompt), jitter: 9)
        }
        #expect(found.kernelDistance == nil && found.memorisations.isEmpty)
        #expect(found.notMeasured.map(\.measure) == ["KID", "copies"])
        #expect(found.table.contains("KID: not measured: \(evaluator.captions.count) captions"))
        #expect(found.scores != nil && !found.nearest.isEmpty)
    }

    @Test("Batches of none, and pictures that are missing, are refused")
    func batches() async throws {
        let evaluator = try Self.evaluator(60)
        let picture = Discs.draw(0, jitter: 1)
        await #expect(throws: FileError.self) {
            try await evaluator.paintings(batch: 0) { $0.map { _ in picture } }
        }
        await #expect(throws: FileError.self) {
            try await evaluator.paintings(batch: 4) { _ in [picture] }
        }
    }

    @Test("All of one folder can be held out from what was learnt of another")
    func anotherFolder() throws {
        let evaluator = try FolderEvaluator(
            Self.folder(30), trainedOn: Self.folder(40, first: 500),
            configuration: Self.configuration)
        #expect(evaluator.isHeldOut && evaluator.captions.count == 30)
        #expect(evaluator.trainingCount == 40)
    }

    @Test("Orders are the same for a seed, and each prompt has noise of its own")
    func orders() throws {
        let folder = try Self.folder(300)
        func orders(_ seed: UInt64) throws -> [PaintingOrder] {
            var configuration = Self.configuration
            configuration.seed = seed
            let evaluator = try FolderEvaluator(folder, configuration: configuration)
            return evaluator.places.indices.map { evaluator.order($0) }
        }
        #expect(try orders(1) == orders(1))
        #expect(try orders(1) != orders(2))
        #expect(Set(try orders(1).map(\.seed)).count == (try orders(1)).count)
    }
}
