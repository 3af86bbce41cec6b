import PinxitCheckpoints
import PinxitImages
import PinxitTensors

/// A file of `Tests/Fixtures`, made by a script beside it.
public struct Fixture {
    let file: SafetensorsFile
    let all: [String: Tensor]

    /// - Parameter name: the path under `Tests/Fixtures`, with `.safetensors`.
    public init(_ name: String) throws {
        file = try SafetensorsFile(path: Fixture.path(name))
        all = try file.tensors()
    }

    /// The path of a file or folder of `Tests/Fixtures`.
    public static func path(_ name: String) -> String {
        let here = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return (here.dropLast(2) + ["Fixtures", Substring(name)]).joined(separator: "/")
    }

    /// The tensor of that key; traps when the fixture has none.
    public subscript(key: String) -> Tensor {
        guard let tensor = all[key] else { fatalError("\(file.path) has no \(key)") }
        return tensor
    }

    /// A picture that is kept as bytes, `[height, width, 3]` or `[height, width]`. On the engine's
    /// thread.
    public func picture(_ key: String) -> Picture {
        let tensor = self[key]
        let bytes = UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount)
        return Picture(
            width: tensor.shape[1], height: tensor.shape[0],
            channels: tensor.rank == 3 ? 3 : 1, pixels: [UInt8](bytes))
    }

    public var keys: [String] { all.keys.sorted() }

    /// The tensors whose keys begin so, by what follows; traps when there are none.
    public func tensors(below prefix: String) -> [String: Tensor] {
        let pairs = all.filter { $0.key.hasPrefix(prefix) }
            .map { (String($0.key.dropFirst(prefix.count)), $0.value) }
        guard !pairs.isEmpty else { fatalError("\(file.path) has nothing below \(prefix)") }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// `operation/case` for every case of an operation, sorted.
    public func cases(of operation: String) -> [String] {
        let prefix = operation + "/"
        let names = all.keys.filter { $0.hasPrefix(prefix) }
            .map { $0.split(separator: "/").prefix(2).joined(separator: "/") }
        return Set(names).sorted()
    }

    /// What the metadata says about a case, such as `stride`; nil when it says nothing.
    public func parameter(_ key: String) -> String? { file.metadata[key] }

    /// The same as a whole number; traps when there is none.
    public func integer(_ key: String) -> Int {
        guard let value = parameter(key).flatMap({ Int($0) }) else {
            fatalError("\(file.path) has no number \(key)")
        }
        return value
    }

    /// The same as a fraction; traps when there is none.
    public func number(_ key: String) -> Float {
        guard let value = parameter(key).flatMap({ Float($0) }) else {
            fatalError("\(file.path) has no number \(key)")
        }
        return value
    }
}
