import Pinxit
import PinxitFiles
import PinxitWorkers

// The processes that paint.
extension Dispatcher {
    /// The worker that has a model, started where there is none.
    ///
    /// - Throws: `WorkFailure` where the model cannot be loaded.
    func worker(for model: ServedModel) async throws -> WorkerProcess {
        // One that still loads hears nothing: an order would wait in its pipe, or not fit there.
        if let loading, loading.model == model.name { return try await loading.task.value }
        warm.removeAll { $0.end != nil }
        if let place = warm.firstIndex(where: { $0.model == model.name }) {
            let worker = warm.remove(at: place)
            warm.append(worker)
            return worker
        }
        while warm.count >= setup.mostWarm || (!warm.isEmpty && !hasMemory(for: model.bytes)) {
            warm.removeFirst().stop()
        }
        let worker = try start(model)
        warm.append(worker)
        let task = Task { try await loaded(worker, with: model) }
        loading = (model.name, task)
        defer { if loading?.task == task { loading = nil } }
        return try await task.value
    }

    /// Waits until a worker has its model.
    private func loaded(
        _ worker: WorkerProcess, with model: ServedModel
    ) async throws -> WorkerProcess {
        for await (report, _) in worker.reports {
            switch report {
            case .ready(let defaults, let seconds):
                setup.record.loaded(model.name, seconds: seconds)
                if let defaults { try? catalogue.learn(defaults, of: model.name) }
                return worker
            case .refused(let failure):
                warm.removeAll { $0 === worker }
                throw failure.code == .invalidRequest
                    ? WorkFailure(.model, failure.message) : failure
            default: continue
            }
        }
        warm.removeAll { $0 === worker }
        throw worker.end ?? WorkFailure(.workerDied, "the worker ended")
    }

    /// Ends a worker that nobody hears any more.
    func drop(_ worker: WorkerProcess) {
        worker.stop()
        warm.removeAll { $0 === worker }
    }

    /// - Throws: `WorkFailure` where the system starts no process; it may later.
    private func start(_ model: ServedModel) throws(WorkFailure) -> WorkerProcess {
        let words = catalogue.embeddings(of: model).flatMap { ["--embedding", $0.path] }
        do {
            return try WorkerProcess(
                model: model.name, program: setup.program,
                arguments: ["worker-process", "--model", model.path] + words + setup.arguments)
        } catch {
            throw WorkFailure(.workerDied, "\(error)")
        }
    }

    /// Ends other workers while there is too little memory for what will stand beside a model.
    func makeRoom(for parts: OrderedParts?, beside worker: WorkerProcess) {
        guard let parts else { return }
        let bytes = (parts.controlNets + [parts.adapter].compactMap(\.self))
            .reduce(0) { $0 + ((try? ControlFacts.byteCount($1)) ?? 0) }
        while let other = warm.first(where: { $0 !== worker }), !hasMemory(for: bytes) {
            drop(other)
        }
    }

    /// The same for what LoRAs make of a model: weights of its own beside those of the file.
    func makeRoom(for loras: [OrderedLoRA], of model: ServedModel, in worker: WorkerProcess) {
        guard worker.change(by: loras), !loras.isEmpty else { return }
        let bytes = model.bytes + catalogue.loras.bytes(loras)
        while let other = warm.first(where: { $0 !== worker }), !hasMemory(for: bytes) {
            drop(other)
        }
    }

    private func hasMemory(for bytes: Int) -> Bool {
        guard let available = Memory.available else { return true }
        return available > 2 * bytes + (256 << 20)
    }

    /// The models that are loaded.
    var warmModels: [String] { warm.filter { $0.end == nil }.map(\.model) }
}
