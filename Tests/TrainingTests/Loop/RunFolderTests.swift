import Foundation
import PinxitFiles
import PinxitLayers
import PinxitTensors
import Testing

@testable import PinxitTraining

/// A layer that learns to give nothing, and counts its reports.
private final class Reporting: TrainingTask {
    private let store = ParameterStore(seed: 1)
    private let layer: Linear
    /// Called in place of a report.
    let onReport: (Int) throws -> Void
    /// Called before a loss.
    var onLoss: (Int) throws -> Void = { _ in }

    init(_ onReport: @escaping (Int) throws -> Void) {
        layer = Linear(store.root("layer"), 4, 4)
        self.onReport = onReport
    }

    var parameters: [ParameterStore.Parameter] { store.parameters }
    var components: [String: [ParameterStore.Parameter]] { [:] }

    func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        try onLoss(step)
        return (layer(.ones([2, 4])).squared.mean(), [:])
    }

    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {
        try log.scalars(["heldout/loss": 1], step: step, table: "heldout")
        try onReport(step)
    }

    func export(weights: [String: Tensor]) throws {}
}

private struct Killed: Error {}

@Suite struct RunFolderTests {
    private let folder = NSTemporaryDirectory() + "pinxit-\(UUID().uuidString)/runs/stage"
    private var top: String { folder.parentPath.parentPath }

    @Test("A folder has one trainer at a time")
    func oneTrainer() throws {
        defer { try? FileManager.default.removeItem(atPath: top) }
        let first = try RunFolder(folder)
        let error = #expect(throws: FileError.self) { try RunFolder(folder) }
        #expect(error?.path == folder)
        #expect(
            error?.problem.contains("process \(getpid())") == true, "\(String(describing: error))")
        first.release()
        try RunFolder(folder).release()
        #expect(!fileExists("\(folder)/lock"))
    }

    @Test("What dead runs left half written goes, and nothing else does")
    func partialFiles() throws {
        defer { try? FileManager.default.removeItem(atPath: top) }
        try makeFolder("\(folder)/pictures")
        for name in ["checkpoint.safetensors.1a.partial", "pictures/a-1.png.2b.partial", "a.csv"] {
            try AtomicFile.write("x", to: "\(folder)/\(name)")
        }
        // Of others: a run within this one, and what lies in their folders.
        try makeFolder("\(folder)/other/pictures")
        try AtomicFile.write("x", to: "\(folder)/other/pictures/b.1a.partial")
        try RunFolder(folder).release()
        #expect(
            try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
                == ["a.csv", "other", "other/pictures", "other/pictures/b.1a.partial", "pictures"])
    }

    @Test("What is usual for a model is what its last stage says, and else stays")
    func usualSettings() throws {
        defer { try? FileManager.default.removeItem(atPath: top) }
        try makeFolder(folder)
        try AtomicFile.write(
            #"{"steps": 20, "guidance_scale": 3.5, "training_hours": 4}"#,
            to: folder.path("pinxit.json"))
        try writeUsualSettings(folder, guidanceScale: 1, steps: 2)
        let json = try JSONFile.read(folder.path("pinxit.json"))
        #expect(try json["steps"].int() == 2 && json["guidance_scale"].double() == 1)
        #expect(try json["training_hours"].int() == 4)
    }

    @Test("In a model folder only what nobody is writing any more goes")
    func deadFilesOfModels() throws {
        defer { try? FileManager.default.removeItem(atPath: top) }
        try makeFolder("\(folder)/unet")
        for name in ["model_index.json.1a.partial", "unet/config.json.2b.partial", "unet/a.json"] {
            try AtomicFile.write("x", to: "\(folder)/\(name)")
        }
        try AtomicFile.write(to: "\(folder)/unet/whole.json") { _ in
            RunFolder.removeDeadFiles(ofModel: folder)
        }
        #expect(
            try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
                == ["unet", "unet/a.json", "unet/whole.json"])
    }

    @Test("A folder that was made for a run that did not begin goes with those above it")
    func leavesNothing() throws {
        defer { try? FileManager.default.removeItem(atPath: top) }
        let run = try RunFolder(folder)
        _ = try RunLog(folder: folder, quiet: true)
        run.leaveNothing()
        #expect(!fileExists(top))
        try makeFolder(folder)
        try RunFolder(folder).leaveNothing()
        #expect(fileExists(folder) && !fileExists("\(folder)/lock"))
    }

    private func run(
        _ steps: Int, reportEvery: Int, unsaved: (Bool) -> Void = { _ in },
        _ onReport: @escaping (Int) throws -> Void
    ) throws {
        var settings = OptimisationSettings.benchmark
        (settings.samples, settings.reportEvery, settings.saveEvery) = (steps, reportEvery, 1)
        _ = try Trainer(
            Reporting(onReport), settings, configuration: "{}", folder: folder,
            log: try RunLog(folder: folder, quiet: true)
        ).run(unsaved: unsaved)
    }

    @Test(
        "Between steps and reports it is told whether the end of the process would lose something")
    func unsavedWork() async throws {
        defer { try? FileManager.default.removeItem(atPath: top) }
        try await Engine.run {
            var told: [String] = []
            try run(4, reportEvery: 2, unsaved: { told.append("\($0)") }) {
                told.append("report \($0)")
            }
            #expect(
                told == [
                    "true", "false", "report 2", "true", "false", "report 4", "true", "false",
                ])
        }
    }

    @Test("A run that is cancelled within a step or a report is saved, and goes on from there")
    func cancelled() async throws {
        defer { try? FileManager.default.removeItem(atPath: top) }
        let folder = folder
        let (outcomes, reports) = try await Engine.run { () throws -> ([String], [Int]) in
            var settings = OptimisationSettings.benchmark
            (settings.samples, settings.reportEvery, settings.saveEvery) = (4, 2, 100)
            var reports: [Int] = []
            func run(cancelStep: Int? = nil, cancelReport: Int? = nil) throws -> String {
                let task = Reporting { step in
                    if step == cancelReport { throw CancellationError() }
                    reports.append(step)
                }
                task.onLoss = { if $0 == cancelStep { throw CancellationError() } }
                let trainer = Trainer(
                    task, settings, configuration: "{}", folder: folder,
                    log: try RunLog(folder: folder, quiet: true))
                return "\(try trainer.run())"
            }
            let outcomes = [
                try run(cancelStep: 1), try run(cancelReport: 2), try run(cancelReport: 2),
                try run(cancelStep: 3), try run(),
            ]
            return (outcomes, reports)
        }
        #expect(outcomes == [String](repeating: "interrupted", count: 4) + ["finished"])
        #expect(reports == [2, 4])
        let steps = try String(contentsOfFile: "\(folder)/train.csv", encoding: .utf8)
            .split(separator: "\n").dropFirst().map { Int($0.split(separator: ",")[0]) }
        #expect(steps == Array(1...4))
    }

    @Test("A first report that fell between checkpoint and the end of the process comes as well")
    func missedFirstReport() async throws {
        defer { try? FileManager.default.removeItem(atPath: top) }
        try await Engine.run {
            var reports: [Int] = []
            #expect(throws: Killed.self) { try run(4, reportEvery: 2) { _ in throw Killed() } }
            try run(4, reportEvery: 2) { reports.append($0) }
            #expect(reports == [2, 4])
        }
    }

    @Test("A report that fell between checkpoint and the end of the process comes after a resume")
    func missedReport() async throws {
        defer { try? FileManager.default.removeItem(atPath: top) }
        try await Engine.run {
            var reports: [Int] = []
            #expect(throws: Killed.self) {
                try run(8, reportEvery: 2) { step in
                    if step == 4 { throw Killed() }
                    reports.append(step)
                }
            }
            #expect(reports == [2])
            try run(8, reportEvery: 2) { reports.append($0) }
            #expect(reports == [2, 4, 6, 8])
            try run(8, reportEvery: 2) { reports.append($0) }
            #expect(reports == [2, 4, 6, 8])
        }
        let rows = try String(contentsOfFile: "\(folder)/heldout.csv", encoding: .utf8)
            .split(separator: "\n").map { $0.split(separator: ",")[0] }
        #expect(rows == ["step", "2", "4", "6", "8"])
        let steps = try String(contentsOfFile: "\(folder)/train.csv", encoding: .utf8)
            .split(separator: "\n").dropFirst().map { Int($0.split(separator: ",")[0]) }
        #expect(steps == Array(1...8))
    }

    @Test("A resumed run tells TensorBoard from which step on to drop what it has")
    func purge() async throws {
        defer { try? FileManager.default.removeItem(atPath: top) }
        try await Engine.run {
            try run(3, reportEvery: 9) { _ in }
            try run(5, reportEvery: 9) { _ in }
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.contains("tfevents") }
        var starts: [UInt64] = []
        for file in files {
            let events = try EventFileReader.events(
                try readFile("\(folder)/\(file)"), checksum: CRC32C.masked)
            let fields = try EventFileReader.fields(events[1])
            // SessionLog, its status START.
            #expect(fields.last?.number == 7 && fields.last?.field == .bytes([8, 1]))
            guard case .varint(let step) = fields[1].field else { continue }
            starts.append(step)
        }
        #expect(starts.sorted() == [0, 4])
    }
}
