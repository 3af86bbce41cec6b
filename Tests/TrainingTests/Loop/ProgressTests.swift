import Testing

@testable import PinxitTraining

@Suite struct ProgressTests {
    @Test("How long is left is said once there is a pace, and of the first step nothing is claimed")
    func timeLeft() async throws {
        var progress = Progress(start: 0, steps: 1000, batch: 2)
        progress.note(1)
        #expect(progress.line(1) == "step 1/1000  loss 1.0  no pace yet")
        try await Task.sleep(for: .milliseconds(20))
        progress.note(1)
        let line = progress.line(2)
        #expect(line.hasSuffix(" left") && line.contains("sample"), "\(line)")
        // 998 steps of at least 20 ms each.
        let seconds = 998 * 2 / progress.rate
        #expect(seconds >= 19.9)
        #expect(line.contains(Progress.duration(seconds)))
    }
}
