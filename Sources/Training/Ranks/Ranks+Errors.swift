import PinxitFiles

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
    /// Work that succeeds on all ranks or fails on all of them, so that none waits for one that has
    /// given up.
    ///
    /// - Throws: ``Agreed`` on the first rank that failed, ``ToldElsewhere`` on all others.
    func together<Value>(_ work: () throws -> Value) throws -> Value {
        guard !isAlone else { return try work() }
        let result = Result(catching: work)
        if case .failure(let error) = result, error is Agreed || error is ToldElsewhere {
            throw error
        }
        var hasFailed = false
        if case .failure = result { hasFailed = true }
        guard let first = gather([hasFailed ? 1 : 0]).firstIndex(of: 1) else {
            return try result.get()
        }
        if first == rank, case .failure(let error) = result { throw Agreed(error: error) }
        throw ToldElsewhere()
    }

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
