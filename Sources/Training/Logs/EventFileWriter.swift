import PinxitFiles
import PinxitPlatform

/// Writes what TensorBoard shows: curves, pictures and text.
///
/// Each writer makes a new file in the run's folder, so a resumed run adds one beside the old, and
/// says with ``sessionStart(step:)`` which steps it computes again. Every call is one write at the
/// end of the file, so a crash leaves a valid file.
///
///     let log = try EventFileWriter(folder: "runs/tiny")
///     try log.scalar("loss/train", 0.5, step: 100)
final class EventFileWriter {
    /// The path of the file.
    var path: String { file.path }

    private let file: AppendingFile
    private let clock: () -> Double

    /// - Parameters:
    ///   - folder: the run's folder; created where it is missing.
    ///   - clock: the time in seconds since 1970.
    /// - Throws: `FileError` when the file cannot be created.
    init(
        folder: String, clock: @escaping () -> Double = EventFileWriter.secondsSince1970
    ) throws(FileError) {
        try makeFolder(folder)
        self.clock = clock
        let time = clock()
        file = try AppendingFile(path: "\(folder)/\(Self.fileName(time: time))", isNew: true)
        try append(TensorBoardEvent.version(time: time))
    }

    /// The start of a session that goes on at a step: TensorBoard drops what earlier files of the
    /// folder have of that step and later ones.
    func sessionStart(step: Int) throws(FileError) {
        try append(TensorBoardEvent.start(step: step, time: clock()))
    }

    /// A point of a curve. Tags are grouped by what stands before their first slash.
    func scalar(_ tag: String, _ value: Float, step: Int) throws(FileError) {
        try append(TensorBoardEvent.scalar(tag, value, step: step, time: clock()))
    }

    /// A picture as the bytes of a PNG or JPEG file.
    func image(
        _ tag: String, encoded: [UInt8], width: Int, height: Int, step: Int
    ) throws(FileError) {
        try append(
            TensorBoardEvent.image(
                tag, encoded: encoded, width: width, height: height, step: step, time: clock()))
    }

    /// Text in Markdown.
    func text(_ tag: String, _ text: String, step: Int) throws(FileError) {
        try append(TensorBoardEvent.text(tag, text, step: step, time: clock()))
    }

    /// Waits until everything is on the disk.
    func flush() throws(FileError) { try file.flush() }

    private func append(_ event: ProtobufMessage) throws(FileError) {
        try file.append(TensorBoardEvent.record(event))
    }

    /// The time in seconds since 1970.
    static func secondsSince1970() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// TensorBoard looks for "tfevents"; it reads a run's files in the order of their names, and
    /// so by time.
    private static func fileName(time: Double) -> String {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let name = String(
            decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let seconds = zeroPadded(Int(time), 10)
        let unique = String(UInt32.random(in: 0...UInt32.max), radix: 36)
        return "events.out.tfevents.\(seconds).\(name).\(getpid()).\(unique)"
    }
}
