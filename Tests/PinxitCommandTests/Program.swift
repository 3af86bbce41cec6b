import Foundation
import PinxitDatasets
import PinxitTestSupport
import Testing

/// The built `pinxit`, run as a user would.
enum Program {
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
        /// The lines printed to standard output.
        var lines: [String] { output.split(separator: "\n").map(String.init) }
        /// The lines printed to standard error.
        var complaints: [String] { errors.split(separator: "\n").map(String.init) }
        /// Whether sheets have no words, as on a machine without fonts.
        var lacksFonts: Bool { errors.contains("no font was found") }
        /// Those that every machine has.
        var ownComplaints: [String] { complaints.filter { !$0.contains("no font was found") } }
    }

    static let path: String = {
        let tests = try! FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return (tests as NSString).deletingLastPathComponent + "/pinxit"
    }()

    /// Runs the program in a folder, with nothing of the environment that it heeds.
    ///
    /// - Parameters:
    ///   - environment: Put into its environment.
    ///   - input: Its standard input.
    ///   - file: Where its standard output goes; nil is the outcome.
    ///   - executable: Another program, such as a shell that runs this one.
    ///   - whileRunning: Called once it has started.
    static func run(
        _ arguments: [String], in folder: String, environment: [String: String] = [:],
        input: String? = nil, output file: FileHandle? = nil, executable: String = path,
        whileRunning: (Process) throws -> Void = { _ in }
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = bareEnvironment.merging(environment) { $1 }
        let (output, errors) = (Pipe(), Pipe())
        if let file { process.standardOutput = file } else { process.standardOutput = output }
        process.standardError = errors
        let given = Pipe()
        if input != nil { process.standardInput = given }
        try process.run()
        if let input {
            given.fileHandleForWriting.write(Data(input.utf8))
            try given.fileHandleForWriting.close()
        }
        try whileRunning(process)
        if file != nil { try output.fileHandleForWriting.close() }
        let text = all(of: output)
        let complaints = all(of: errors)
        process.waitUntilExit()
        return Outcome(
            status: process.terminationReason == .uncaughtSignal
                ? 128 + process.terminationStatus : process.terminationStatus,
            output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: complaints, as: UTF8.self))
    }

    /// All that comes through a pipe. Foundation's own way ends the tests when a signal comes in
    /// between.
    private static func all(of pipe: Pipe) -> [UInt8] {
        let file = pipe.fileHandleForReading.fileDescriptor
        var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        while true {
            let count = read(file, &buffer, buffer.count)
            if count > 0 { bytes += buffer[..<count] }
            if count == 0 || (count < 0 && errno != EINTR) { return bytes }
        }
    }
}

/// A folder that goes when the test ends.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Every file below, by its path from here.
    var files: [String] {
        let all = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return all.filter {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "\(path)/\($0)", isDirectory: &isFolder)
            return !isFolder.boolValue
        }.sorted()
    }

    /// Writes the toy data set, with small pictures, as the folder `toys`.
    func writeToys() throws {
        var manifest = try Toys.library.manifest
        manifest.recipe.pictureSize = 32
        try SpriteLibrary(manifest: manifest, sprites: try Toys.library.sprites)
            .write(to: "\(path)/toys")
    }

    /// A copy of a fixture's model, to be spoilt.
    func copy(of model: String) throws -> String {
        let copy = "\(path)/model"
        try FileManager.default.copyItem(atPath: Fixture.path(model), toPath: copy)
        return copy
    }

    /// Puts a fixture's model into `Models` here, under a name.
    func shelve(_ model: String, as name: String) throws {
        try FileManager.default.createDirectory(
            atPath: "\(path)/Models", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(path)/Models/\(name)", withDestinationPath: Fixture.path(model))
    }

    /// A picture file of another program, by its name in `Fixtures/images/pictures.json`.
    func writePicture(_ title: String, to name: String) throws {
        struct Case: Decodable { var name: String, file: String }
        let all = try JSONDecoder().decode(
            [Case].self,
            from: Data(contentsOf: URL(filePath: Fixture.path("images/pictures.json"))))
        let digits = Array(try #require(all.first { $0.name == title }).file)
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0..<$0 + 2]), radix: 16)
        }
        try write(Data(bytes), to: name)
    }

    func write(_ bytes: Data, to name: String) throws {
        try bytes.write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    func read(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
    }
}
