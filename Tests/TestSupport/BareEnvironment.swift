import Foundation

/// The environment of these tests without what our programs heed: it is nobody's, and speaks
/// English.
public let bareEnvironment: [String: String] = {
    let heeded = ["PINXIT_MODEL", "PINXIT_KEY", "XDG_", "HF_", "LC_", "LANG"]
    var environment = ProcessInfo.processInfo.environment.filter { name, _ in
        !heeded.contains { name.hasPrefix($0) }
    }
    environment["LC_ALL"] = "C.UTF-8"
    environment["HOME"] = NSTemporaryDirectory() + "pinxit-home-\(getpid())"
    return environment
}()
