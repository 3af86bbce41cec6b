import PinxitTraining

/// Everything that signatures of training name, with `import PinxitTraining` alone.
func train() async {
    var run = TrainingRun(
        stage: .lora, configuration: "lora.json", dataset: "my-dog", model: "sd15",
        folder: "my-dog.runs", output: "my-dog.safetensors")
    run.changes = ["task.rank=4"]
    run.quiet = true
    do {
        switch try await run.run(shouldStop: { false }) {
        case .finished: print("done")
        case .interrupted: print("stopped")
        }
    } catch let error as FileError {
        print(error.path, error.field, error.problem)
    } catch let error as DatasetError {
        print(error)
    } catch let error as MissingStage {
        print(error.stage.rawValue, error.model)
    } catch let error as ChangedConfiguration {
        print(error.differences)
    } catch let error as NumericalFailure {
        print(error.step)
    } catch {
        print(error)
    }
}
