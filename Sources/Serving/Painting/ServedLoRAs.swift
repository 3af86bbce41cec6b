import Pinxit
import PinxitFiles
import PinxitWorkers
import Synchronization

/// The LoRAs that lie in folders, by their names: who serves names the folders, and a request only
/// ever one of the names that were found there.
public final class ServedLoRAs: Sendable {
    private let folders: [LoRAFolder]
    private let known = Mutex(Known())

    private struct Known {
        var all: [ServedLoRA]?
        var readAt = ContinuousClock.now
        /// What each file was when it was last looked into; nil for one that is no LoRA.
        var files: [String: (stamp: [Int], lora: ServedLoRA?)] = [:]
        /// Why a family of LoRAs does not go with a model, by the names of both.
        var misfits: [String: String?] = [:]
    }

    init(_ folders: [LoRAFolder]) { self.folders = folders }

    /// In the order in which they are looked for; of a name that comes again the first.
    public var all: [ServedLoRA] {
        known.withLock { known in
            if let all = known.all { return all }
            return read(&known)
        }
    }

    /// Looks into the folders again; only files that are new or were changed are opened.
    ///
    /// - Parameter age: How long ago it may have been done last for nothing to be done now.
    public func refresh(after age: Duration = .zero) {
        known.withLock { known in
            if known.all != nil, ContinuousClock.now - known.readAt < age { return }
            _ = read(&known)
        }
    }

    private func read(_ known: inout Known) -> [ServedLoRA] {
        var (all, names, files) = ([ServedLoRA](), Set<String>(), known.files)
        known.files = [:]
        for folder in folders {
            for path in folder.files() {
                guard let bytes = fileSize(path), let time = modificationTime(path) else {
                    continue
                }
                let stamp = [bytes, time]
                if files[path]?.stamp != stamp {
                    files[path] = (stamp, look(path, bytes, in: folder))
                }
                known.files[path] = files[path]
                guard let lora = files[path]?.lora, names.insert(lora.name).inserted else {
                    continue
                }
                all.append(lora)
            }
        }
        known.all = all
        known.readAt = .now
        return all
    }

    /// Folders of models have many files that are none; in those of LoRAs it is worth a word.
    private func look(_ path: String, _ bytes: Int, in folder: LoRAFolder) -> ServedLoRA? {
        guard folder.isDeep || path.hasSuffix(".safetensors") else { return nil }
        do {
            return try ServedLoRA(path: path, bytes: bytes)
        } catch {
            if folder.isDeep { writeToStandardError("note: \(error); it is left out\n") }
            return nil
        }
    }

    /// Those that go with a model, as far as their names and shapes tell.
    public func fitting(_ model: ServedModel) -> [ServedLoRA] {
        guard model.canTakeLoRAs else { return [] }
        return all.filter { misfit($0, model) == nil }
    }

    private func misfit(_ lora: ServedLoRA, _ model: ServedModel) -> String? {
        let key = "\(model.name)\u{0}\(lora.family ?? "")"
        return known.withLock { known in
            if let found = known.misfits[key] { return found }
            let found = lora.misfit(with: model)
            known.misfits[key] = .some(found)
            return found
        }
    }

    /// The one of that name, or that its training called so.
    ///
    /// - Throws: `ServingError.unknownLoRA`, naming the field and what may have been meant.
    func named(_ name: String, field: String) throws(ServingError) -> ServedLoRA {
        let all = self.all
        if let found = all.first(where: { $0.name == name })
            ?? all.first(where: { $0.alias == name || $0.file == name })
        {
            return found
        }
        let asked = name.prefix(100).split(whereSeparator: \.isNewline).joined(separator: " ")
        throw .unknownLoRA(field: field, problem: "there is no LoRA \(asked); \(others(asked))")
    }

    /// What there is in place of a name.
    private func others(_ name: String) -> String {
        let names = all.map(\.name)
        let near = names.nearest(to: name)
        if !near.isEmpty { return "is \(near.joined(separator: " or ")) meant?" }
        guard let first = names.first else { return "this server has none" }
        if names.count == 1 { return "\(first) is there" }
        let shown = names.prefix(20).joined(separator: ", ")
        return names.count > 20
            ? "\(shown) and \(names.count - 20) more are" : "\(shown) are there"
    }
}

extension ServedLoRAs {
    /// What a job's request names, as its painter is told; empty for nothing.
    ///
    /// - Throws: `WorkFailure` for what is not served any more, or not here, or is for another
    ///   family of models.
    func ordered(
        _ request: JSONValue, for model: ServedModel
    ) throws(WorkFailure) -> [OrderedLoRA] {
        var ordered: [OrderedLoRA] = []
        for choice in LoRAChoice.all(in: request) {
            guard let lora = all.first(where: { $0.name == choice.name }) else {
                throw WorkFailure(.model, "the LoRA \(choice.name) is not served any more")
            }
            if let misfit = misfit(lora, model) {
                throw WorkFailure(.model, "\(lora.name) \(misfit)")
            }
            ordered.append(
                OrderedLoRA(
                    file: lora.path, weight: choice.weight, textWeight: choice.textWeight))
        }
        return ordered
    }

    /// Bytes of the files.
    func bytes(_ loras: [OrderedLoRA]) -> Int {
        loras.reduce(0) { sum, lora in
            sum + (all.first { $0.path == lora.file }?.bytes ?? 0)
        }
    }
}
