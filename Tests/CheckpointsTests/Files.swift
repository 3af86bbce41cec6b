import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitTensors
import PinxitTestSupport
import Testing

/// A file of `Tests/Fixtures/files`.
func fixturePath(_ name: String) -> String { Fixture.path("files/\(name)") }

/// A file of these bytes, under a name that says nothing.
func writeFile(bytes: [UInt8]) throws -> String {
    let path = FileManager.default.temporaryDirectory.path + "/pinxit-\(UUID().uuidString)"
    try Data(bytes).write(to: URL(filePath: path))
    return path
}

func bytes(of path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

/// Shape and every number are the same; one NaN is like another.
func expectSame(
    _ tensor: Tensor?, _ expected: Tensor, _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let tensor = try #require(tensor, "\(name) is missing", sourceLocation: sourceLocation)
    #expect(tensor.shape == expected.shape, "\(name)", sourceLocation: sourceLocation)
    func numbers(_ tensor: Tensor) -> [Double] {
        func read<Value: BitwiseCopyable>(_ type: Value.Type) -> [Value] {
            Array(
                UnsafeBufferPointer(
                    start: tensor.pointer.assumingMemoryBound(to: type), count: tensor.count))
        }
        return switch tensor.type {
        case .i64: read(Int64.self).map { Double($0) }
        case .i32: read(Int32.self).map { Double($0) }
        case .u8: read(UInt8.self).map { Double($0) }
        case .f32: read(Float.self).map { Double($0) }
        case .f16: read(Float16.self).map { Double($0) }
        default: read(UInt16.self).map { Double(Float(bitPattern: UInt32($0) << 16)) }
        }
    }
    let (found, wanted) = (numbers(tensor), numbers(expected))
    let wrong = zip(found, wanted).enumerated().first {
        $1.0 != $1.1 && !($1.0.isNaN && $1.1.isNaN)
    }
    #expect(
        wrong == nil && found.count == wanted.count, "\(name): \(String(describing: wrong))",
        sourceLocation: sourceLocation)
}

/// Opening and reading the file is an error with these words, in one line.
func expectFileError(
    _ path: String, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let error = try #require(
        throws: FileError.self, sourceLocation: sourceLocation,
        performing: { try Checkpoint.load(path) })
    #expect(error.description.contains(words), "\(error)", sourceLocation: sourceLocation)
    #expect(!error.description.contains("\n"), sourceLocation: sourceLocation)
}
