import Dispatch
import Pinxit
import PinxitPlatform
import PinxitTestSupport
import Testing

@testable import PinxitWorkers

/// A worker of this process. Its pipe stays open: where that is closed a worker ends its process.
@Suite struct WorkerTests {
    private static let pipe = Result {
        let (orders, results) = (try ends(), try ends())
        let worker = MessagePipe(reading: orders.reading, writing: results.writing)
        Task {
            await Worker.run(on: worker) { try await Painter(folder: Fixture.path("tiny-sd1")) }
        }
        return MessagePipe(reading: results.reading, writing: orders.writing)
    }

    private static func ends() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(PinxitPlatform.pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    /// What comes from it, read on a thread that may wait.
    private static func reports(_ pipe: MessagePipe) -> AsyncStream<WorkerReport> {
        AsyncStream { continuation in
            DispatchQueue(label: "reports").async {
                while let (report, _) = try? pipe.receive(WorkerReport.self) {
                    continuation.yield(report)
                }
            }
        }
    }

    @Test(
        "A job is cancelled however soon after its order, and the next one is painted",
        .timeLimit(.minutes(10)))
    func cancelling() async throws {
        let pipe = try Self.pipe.get()
        var reports = Self.reports(pipe).makeAsyncIterator()
        func end(_ job: String) async -> WorkerReport? {
            while let report = await reports.next() {
                switch report {
                case .failed(job, _), .finished(job, _), .refused: return report
                default: continue
                }
            }
            return nil
        }
        var request = PaintRequest(prompt: "a cat", seed: 1)
        request.diffusion.steps = 200
        for number in 0..<20 {
            let job = "job \(number)"
            try pipe.send(WorkerOrder.paint(PaintOrder(job: job, request: try request.json())))
            try pipe.send(WorkerOrder.cancel(job: job))
            #expect(await end(job) == .failed(job: job, WorkFailure(.interrupted, "stopped")))
        }
        request.diffusion.steps = 1
        try pipe.send(WorkerOrder.paint(PaintOrder(job: "last", request: try request.json())))
        let last = await end("last")
        guard case .finished = last else {
            Issue.record("\(String(describing: last))")
            return
        }
    }
}
