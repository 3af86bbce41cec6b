import Dispatch
import Synchronization

/// The results of `body` for 0 up to `count`, made on all cores.
///
/// - Throws: What `body` throws, for the least number for which it does.
package func inParallel<Value: Sendable, Failure: Error>(
    _ count: Int, _ body: @Sendable (Int) throws(Failure) -> Value
) throws(Failure) -> [Value] {
    let results = Mutex([Result<Value, Failure>?](repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: count) { index in
        let result = Result { () throws(Failure) in try body(index) }
        results.withLock { $0[index] = result }
    }
    let all = results.withLock { $0 }
    return try all.map { result throws(Failure) in try result!.get() }
}
