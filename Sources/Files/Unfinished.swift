import PinxitPlatform

/// The files and folders that are half written at the moment, so that a program that is asked to
/// end can take them away, and ends between any two steps of which one without the other is wrong.
package enum Unfinished {
    nonisolated(unsafe) private static let mutex: UnsafeMutablePointer<pthread_mutex_t> = {
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        pthread_mutex_init(mutex, &attributes)
        return mutex
    }()
    /// Only looked at while the mutex is held.
    nonisolated(unsafe) private static var paths: Set<String> = []

    /// Does work that is right only as a whole: no end comes within.
    package static func whole<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        hold()
        defer { letGo() }
        return try body()
    }

    /// Takes away what is half written, and lets nothing be begun or finished from now on. The
    /// caller ends the process.
    package static func takeAwayForEnd() {
        hold()
        for path in paths { removeFolder(path) }
    }

    /// What ``whole(_:)`` does, for where no closure can be: from here to ``letGo()``, which may
    /// be nested.
    static func hold() { pthread_mutex_lock(mutex) }

    static func letGo() { pthread_mutex_unlock(mutex) }

    static func begin(_ path: String) {
        hold()
        paths.insert(path)
        letGo()
    }

    static func finish(_ path: String) {
        hold()
        paths.remove(path)
        letGo()
    }
}
