import FoundationEssentials
import PinxitFiles
import PinxitWorkers

/// What is known of why a picture came out as it did.
public enum ExplainedPicture: Sendable {
    /// As JSON: words with their maps, tokens, steps, times.
    case known(Data)
    /// The job that finds out.
    case coming(Job)
}

extension PaintService {
    /// What explains a picture. Where nobody asked before, it is painted again and watched, by a
    /// job of kind `explain` that is not in the history.
    ///
    /// - Throws: `ServingError.notFound`, `unexplained`, and what submitting throws.
    public func explanation(of hash: String, for asker: Asker) throws -> ExplainedPicture {
        try check(hash, for: asker)
        if let json = try explanations.json(hash) { return .known(json) }
        let found = try settings(hash, for: asker)
        // Another who has the same picture has a job of its own.
        let last = try store.explaining(hash, for: asker.alone)
        if let last {
            if !last.status.isFinal { return .coming(last) }
            if let failure = last.failure { throw ServingError.unexplained(failure.message) }
        }
        guard let name = found.model, let request = found.request else {
            throw ServingError.unexplained("nobody knows how it was painted")
        }
        guard catalogue[name] != nil else {
            throw ServingError.unexplained("its model \(name) is not served")
        }
        if case .string(let kind)? = request["source"]?["kind"],
            ["interpolation", "blend"].contains(kind)
        {
            throw ServingError.unexplained("it lies on the way between others")
        }
        var draft = try draft(request.setting("model", .string(name)), for: asker)
        draft.kind = Job.explaining
        draft.source = hash
        draft.owner = asker.owner
        draft.payer = asker.payer
        draft.isFleeting = true
        // Of many who ask at once one begins it. No client's key has such a character.
        draft.idempotencyKey = "\u{1}\(hash) \(last?.number ?? 0)"
        return .coming(try submit(draft))
    }

    /// The picture of a step of the way to a picture that was explained.
    ///
    /// - Throws: `ServingError.notFound`.
    public func explainedStep(_ step: Int, of hash: String, for asker: Asker) throws -> Data {
        try check(hash, for: asker)
        guard let bytes = try explanations.step(step, of: hash) else {
            throw ServingError.notFound("step \(step) of the picture \(hash.prefix(64))")
        }
        return bytes
    }
}
