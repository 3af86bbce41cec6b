import PinxitFiles
import PinxitTensors

/// An error that another rank tells; this one only has to end.
public struct ToldElsewhere: Error {
    /// The one.
    public init() {}
}

/// An error of this rank that all ranks know of.
struct Agreed: Error {
    let error: any Error
}

extension Ranks {
    /// Work before training that succeeds on all ranks or fails on all of them.
    ///
    /// - Throws: What `work` throws on the first rank where it does, ``ToldElsewhere`` on all
    ///   others.
    @Engine
    public func agree<Value: Sendable>(_ work: @Sendable () throws -> Value) throws -> Value {
        try toldOnce { try together(work) }
    }

    /// Work that succeeds on all ranks or fails on all of them, so that none waits for one that has
    /// given up.
    ///
    /// - Throws: ``Agreed`` on the first rank that failed, ``ToldElsewhere`` on all others;
    ///   `CancellationError` on all where nothing but that is thrown.
    func together<Value>(_ work: () throws -> Value) throws -> Value {
        guard !isAlone else { return try work() }
        let result = Result(catching: work)
        var (own, failure): (Float, (any Error)?) = (0, nil)
        if case .failure(let error) = result {
            guard !(error is Agreed || error is ToldElsewhere) else { throw error }
            (own, failure) = (error is CancellationError ? 2 : 1, error)
        }
        let all = gather([own])
        guard let first = all.firstIndex(of: 1) else {
            if all.contains(2) { throw CancellationError() }
            return try result.get()
        }
        if first == rank, let failure { throw Agreed(error: failure) }
        throw ToldElsewhere()
    }

    /// Returns once all ranks are here.
    func waitForAll() { _ = gather([0]) }

    /// Work that the first rank does before the others do theirs.
    func firstBeforeOthers<Value>(
        _ first: () throws -> Value, others: () throws -> Value
    ) throws -> Value {
        let made = try together { isFirst ? try first() : nil }
        return try made ?? others()
    }

    /// Does work whose errors come out as they are on the one rank that is to tell them.
    func toldOnce<Value>(_ work: () throws -> Value) throws -> Value {
        do { return try work() } catch let agreed as Agreed {
            throw agreed.error
        } catch let failure as NumericalFailure {
            // All ranks see the same mean.
            throw isFirst ? failure as any Error : ToldElsewhere()
        }
    }

    /// Whether a text is the first rank's.
    func isFirsts(_ text: String) -> Bool {
        let digest = SHA256.digest(Array(text.utf8)).map { Float($0) }
        return gather(digest).starts(with: digest)
    }

    /// The words of the first rank that has some, up to 200 bytes.
    func words(_ own: String?) -> String? {
        guard !isAlone else { return own }
        var bytes = [Float](repeating: 0, count: 200)
        for (index, byte) in (own ?? "").utf8.prefix(200).enumerated() {
            bytes[index] = Float(byte)
        }
        let all = gather(bytes)
        for rank in 0..<size where all[rank * 200] != 0 {
            let text = all[rank * 200..<(rank + 1) * 200].prefix { $0 != 0 }
            return String(decoding: text.map { UInt8($0) }, as: UTF8.self)
        }
        return nil
    }
}
