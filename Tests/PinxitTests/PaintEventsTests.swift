import Foundation
import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import Pinxit

/// What is told while it is painted, and what ends it.
@Suite struct PaintEventsTests {
    @Test func cancellingEndsThePainting() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        var request = PainterTests.request
        request.count = 1000
        let endless = request
        let task = Task { try await painter.paint(endless) }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("A request that waits for another ends at once when it is cancelled")
    func cancellingWhileWaiting() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        let holder = Task {
            try await Engine.turn { while !Task.isCancelled { usleep(1000) } }
        }
        try await Task.sleep(for: .milliseconds(20))
        let waiting = Task { try await painter.paint(PainterTests.request) }
        try await Task.sleep(for: .milliseconds(20))
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(!holder.isCancelled)
        holder.cancel()
        _ = try? await holder.value
    }

    @Test("Events tell of everything in order, counted from 1, and the pictures are the same")
    func events() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-pinxit"))
        var request = PainterTests.request
        (request.count, request.diffusion.steps) = (2, 3)
        let painting = try await painter.paint(request)
        var told: [String] = []
        var pictures: [Picture] = []
        for try await event in painter.paint(request) {
            switch event {
            case .started(let resolved): told.append("started \(resolved.count)")
            case .step(let s):
                told.append("step \(s.step)/\(s.steps) of \(s.picture)/\(s.pictures)")
                #expect(s.seed == 41 + UInt32(s.picture))
            case .preview: told.append("preview")
            case .picture(let picture):
                told.append("picture \(picture.number)")
                pictures.append(picture.picture)
            case .finished(let summary):
                told.append("finished")
                #expect(summary.times.sampling > 0 && summary.warnings.isEmpty)
            }
        }
        let steps = { (picture: Int) in (1...3).map { "step \($0)/3 of \(picture)/2" } }
        #expect(
            told
                == ["started 2"] + steps(1) + ["picture 1"] + steps(2) + ["picture 2", "finished"])
        #expect(pictures == painting.pictures.map(\.picture))
    }

    @Test("Two requests take turns, picture by picture")
    func requestsTakeTurns() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-pinxit"))
        var request = PainterTests.request
        (request.count, request.diffusion.steps) = (20, 2)
        let long = request
        let short = {
            var r = long
            r.count = 1
            return r
        }()
        let first = Task { try await painter.paint(long).pictures.count }
        try await Task.sleep(for: .milliseconds(10))
        _ = try await painter.paint(short)
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
    }

    @Test("The picture so far is told, and the picture stays the same")
    func previews() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-pinxit"))
        let plain = try await painter.paint(PainterTests.request)
        var previews: [(step: Int, picture: Picture)] = []
        var painted: Picture?
        for try await event in painter.paint(PainterTests.request, PaintOptions(previewInterval: 3))
        {
            if case .preview(let picture, let step) = event {
                #expect(step.steps == 10 && step.picture == 1 && step.seed == 42)
                previews.append((step.step, picture))
            }
            if case .picture(let picture) = event { painted = picture.picture }
        }
        let last = try #require(painted)
        #expect(last.pixels == plain.pictures[0].picture.pixels)
        #expect(previews.map(\.step) == [3, 6, 9])
        func distance(_ picture: Picture) -> Int {
            zip(picture.pixels, last.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        }
        let distances = previews.map { distance($0.picture) }
        #expect(distances[0] > distances[2] && distances[2] > 0)
        await #expect(throws: PaintError.self) {
            _ = try await painter.paint(PainterTests.request, PaintOptions(previewInterval: 0))
        }
    }
}
