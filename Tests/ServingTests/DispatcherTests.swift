import Foundation
import PinxitFiles
import PinxitPlatform
import PinxitTestSupport
import PinxitWorkers
import Testing

@testable import PinxitServing

@Suite struct DispatcherTests {
    private let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString

    private func dispatcher(_ store: JobStore, program: String? = nil) throws -> Dispatcher {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let model = try ServedModel(name: "m", path: Fixture.path("tiny-pinxit"))
        return try Dispatcher(
            store, PictureShelf(FolderStorage(folder: folder.path("pictures"))),
            ExplanationShelf(FolderStorage(folder: folder.path("explanations"))), EventHub(),
            try Catalogue([model], store),
            Dispatcher.Setup(program: program ?? tests.parentPath.path("PinxitFakePainter")))
    }

    @Test(
        "About as many previews are made as are asked for",
        arguments: [(20, 10, 2), (20, 6, 3), (20, 20, 1), (4, 10, 1), (30, 1, 15), (20, 0, nil)])
    func previews(_ steps: Int, _ asked: Int, _ interval: Int?) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = JobStore(try SQLiteDatabase(folder: folder))
        let model = try ServedModel(name: "m", path: Fixture.path("tiny-pinxit"))
        var draft = JobDraft(
            model: "m", request: #"{"prompt":"a","steps":\#(steps)}"#, prompt: "a", count: 1,
            seed: 1)
        draft.previews = asked
        let job = try store.accept(draft, id: "a", limit: 9, at: 10, wait: 1)
        #expect(try Catalogue([model], store).previewInterval(job) == interval)
    }

    @Test(
        "Where the disk takes no pictures a job waits, longer than a lease, and is painted then",
        .timeLimit(.minutes(5)))
    func full() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = JobStore(try SQLiteDatabase(folder: folder), lease: 0.1)
        // A folder of pictures cannot be made where a file is, by nobody.
        try Data().write(to: URL(fileURLWithPath: folder.path("pictures")))
        let request = #"{"count":2,"prompt":"a","seed":1}"#
        let draft = JobDraft(model: "m", request: request, prompt: "a", count: 2, seed: 1)
        _ = try store.accept(draft, id: "a", limit: 9, at: 10, wait: 1)
        let dispatcher = try dispatcher(store)
        let work = Task { await dispatcher.run() }
        try await until { (try? store.job("a").settings) != nil }
        try await Task.sleep(for: .milliseconds(500))
        #expect(try store.job("a").status == .painting)
        try FileManager.default.removeItem(atPath: folder.path("pictures"))
        try await until { (try? store.job("a").status) == .done }
        #expect(try store.job("a").pictures.count == 2 && store.job("a").attempts == 1)
        await dispatcher.stop(within: 0)
        await work.value
    }

    @Test(
        "A worker that is gone when it gets a job is another's turn, and no fault of the model",
        .timeLimit(.minutes(5)))
    func deaf() async throws {
        signal(SIGPIPE, SIG_IGN)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = JobStore(try SQLiteDatabase(folder: folder))
        // It says that it is ready, and hears nothing.
        let json = try JSONEncoder().encode(WorkerReport.ready(defaults: nil, seconds: 0))
        let head = Data([0, 0, 0, UInt8(json.count), 0, 0, 0, 0])
        try (head + json).write(to: URL(fileURLWithPath: folder.path("ready")))
        let program = folder.path("deaf")
        try "#!/bin/sh\nexec <&-\ncat \(folder)/ready\nexec sleep 60\n".write(
            toFile: program, atomically: true, encoding: .utf8)
        chmod(program, 0o755)
        let draft = JobDraft(
            model: "m", request: #"{"prompt":"a"}"#, prompt: "a", count: 1, seed: 1)
        _ = try store.accept(draft, id: "a", limit: 9, at: 10, wait: 1)
        let dispatcher = try dispatcher(store, program: program)
        let work = Task { await dispatcher.run() }
        try await until { (try? store.job("a").status) == .failed }
        #expect(try store.job("a").failure?.code == .workerDied && store.job("a").attempts == 3)
        await dispatcher.stop(within: 0)
        await work.value
    }

    @Test(
        "A worker that still loads gets no job, which would wait in its pipe and hold up the server",
        .timeLimit(.minutes(5)))
    func loading() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = JobStore(try SQLiteDatabase(folder: folder))
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = folder.path("slow")
        try """
        #!/bin/sh
        until [ -e \(folder)/loaded ]; do sleep .02; done
        exec \(tests.parentPath)/PinxitFakePainter
        """.write(toFile: program, atomically: true, encoding: .utf8)
        chmod(program, 0o755)
        // More than a pipe holds.
        let words = String(repeating: "a ", count: 100_000)
        let request = #"{"prompt":"\#(words)","seed":1}"#
        let draft = JobDraft(model: "m", request: request, prompt: "a", count: 1, seed: 1)
        _ = try store.accept(draft, id: "a", limit: 9, at: 10, wait: 1)
        let dispatcher = try dispatcher(store, program: program)
        let model = try ServedModel(name: "m", path: Fixture.path("tiny-pinxit"))
        let warming = Task { await dispatcher.warmUp(model) }
        try await until { await !dispatcher.warmModels.isEmpty }
        let work = Task { await dispatcher.run() }
        try await until { await dispatcher.current != nil }
        try await Task.sleep(for: .milliseconds(200))
        #expect(await dispatcher.current?.worker == nil)
        try Data().write(to: URL(fileURLWithPath: folder.path("loaded")))
        try await until { (try? store.job("a").status) == .done }
        #expect(await dispatcher.warmModels == ["m"])
        #expect(await dispatcher.loading == nil)
        await warming.value
        await dispatcher.stop(within: 0)
        await work.value
    }

    private func until(_ isSo: () async -> Bool) async throws {
        while await !isSo() { try await Task.sleep(for: .milliseconds(20)) }
    }

    @Test(
        "The worker of a job that is given up, as the store was gone for a lease, is ended",
        .timeLimit(.minutes(5)))
    func givenUp() async throws {
        let database = try FlakyDatabase(folder: folder, goesWithPicture: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = JobStore(database, lease: 0.5, isShared: true)
        let request = #"{"count":10,"prompt":"slow","seed":1,"steps":5}"#
        let draft = JobDraft(model: "m", request: request, prompt: "slow", count: 10, seed: 1)
        _ = try store.accept(draft, id: "a", limit: 9, at: 10, wait: 1)
        let dispatcher = try dispatcher(store)
        let work = Task { await dispatcher.run() }
        try await until { database.isLost }
        try await until { await dispatcher.current == nil }
        #expect(await dispatcher.warmModels.isEmpty)
        database.isLost = false
        let job = try store.job("a")
        #expect(job.status == .painting && job.pictures.count == 1)
        await dispatcher.stop(within: 0)
        await work.value
    }
}
