import PinxitTraining
import Synchronization

extension TrainingRun {
    /// Asks the run to stop after some steps.
    func stopped(afterSteps steps: Int) async throws -> TrainingRun.Outcome {
        let asked = Mutex(0)
        return try await run(shouldStop: {
            asked.withLock { count in
                count += 1
                return count > steps
            }
        })
    }
}
