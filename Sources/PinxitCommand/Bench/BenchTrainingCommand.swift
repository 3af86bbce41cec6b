import ArgumentParser
import PinxitFiles
import PinxitTensors
import PinxitTraining

extension TrainingBenchmark: ExpressibleByArgument {}

/// `pinxit bench training`: the pace of whole training steps.
struct BenchTrainingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "training",
        abstract: "Times a training step of the U-Net, the autoencoder and CLIP, in f32 and bf16.")

    @Argument(help: "unet, autoencoder, clip (default: all three).")
    var models: [TrainingBenchmark] = []

    @Option(help: "Seconds for each model and type.")
    var seconds = 20.0

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        var rows: [JSONValue] = []
        for model in models.isEmpty ? TrainingBenchmark.allCases : models {
            for type in [ElementType.f32, .bf16] where type == .f32 || ElementType.compute == .bf16
            {
                let result = try await model.run(type, seconds: seconds)
                let rate = (result.samplesPerSecond * 10).rounded() / 10
                if !json {
                    print(
                        "\(model.rawValue)  \(type)  \(rate) samples/s  \(result.parameters) parameters"
                    )
                }
                rows.append([
                    "model": .string(model.rawValue), "type": .string("\(type)"),
                    "samples_per_second": .number(rate), "parameters": .integer(result.parameters),
                ])
            }
        }
        if json { print(JSONValue.array(rows).encoded()) }
    }
}
