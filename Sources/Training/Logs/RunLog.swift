import PinxitFiles
import PinxitImages

/// Where a run tells how it goes: TensorBoard events and tables in the run's folder, lines on
/// standard error.
final class RunLog {
    private let folder: String
    private let quiet: Bool
    private let isSilent: Bool
    private let isRedrawn = canRedraw()
    private var start = 0
    private var reported = 0
    private var events: EventFileWriter?
    private var tables: [String: CSVLog] = [:]

    /// - Parameters:
    ///   - folder: The run's folder, made if it is missing.
    ///   - quiet: Whether lines of ``progress(_:)`` are left out.
    convenience init(folder: String, quiet: Bool = false) throws {
        try makeFolder("\(folder)/pictures")
        self.init(folder: folder, quiet: quiet, isSilent: false)
    }

    private init(folder: String, quiet: Bool, isSilent: Bool) {
        (self.folder, self.quiet, self.isSilent) = (folder, quiet, isSilent)
    }

    /// A log that tells nothing, of a rank that is not the first.
    static func silent() -> RunLog { RunLog(folder: "", quiet: true, isSilent: true) }

    /// The table of what every few steps bring; all others are filled by reports.
    static let trainTable = "train"

    /// Opens the event file. What a resumed run repeats will be dropped from the tables, and
    /// TensorBoard is told to drop it.
    ///
    /// - Parameters:
    ///   - step: The step the run goes on after; 0 at its start.
    ///   - reported: The step of the last report that was finished.
    func begin(step: Int, reported: Int, configuration: String) throws {
        guard !isSilent else { return }
        start = step
        self.reported = min(reported, step)
        events = try EventFileWriter(folder: folder)
        try events?.sessionStart(step: step == 0 ? 0 : step + 1)
        try events?.text("configuration", "```json\n\(configuration)\n```", step: step)
        if step > 0 { message("resumed at step \(step)") }
    }

    /// Points of curves, and a row of the table `TABLE.csv`.
    func scalars(_ values: [String: Float], step: Int, table name: String) throws {
        guard !isSilent else { return }
        for (tag, value) in values.sorted(by: { $0.key < $1.key }) {
            try events?.scalar(tag, value, step: step)
        }
        let table =
            try tables[name]
            ?? CSVLog(
                path: "\(folder)/\(name).csv", columns: values.keys.sorted(),
                resumingAfter: name == Self.trainTable ? start : reported)
        tables[name] = table
        try table.append(step: step, values.mapValues(Double.init))
        try events?.flush()
    }

    /// A sheet of pictures, among the events and as a PNG of its own.
    func grid(_ tag: String, _ pictures: [Picture], columns: Int, step: Int) throws {
        guard !pictures.isEmpty, !isSilent else { return }
        let sheet = ContactSheet.make(pictures, columns: columns)
        try events?.image(
            tag, encoded: Array(try PNG.encode(sheet)), width: sheet.width, height: sheet.height,
            step: step)
        try sheet.write(to: "\(folder)/pictures/\(tag)-\(step).png")
    }

    /// A line that stays.
    func message(_ text: String) { write(isRedrawn ? "\r\u{1B}[K\(text)\n" : "\(text)\n") }

    /// A line that the next one replaces, on a terminal.
    func progress(_ text: String) {
        guard !quiet else { return }
        let line = text.prefix(terminalColumns() - 1)
        write(isRedrawn ? "\r\u{1B}[K\(line)" : "\(text)\n")
    }

    private func write(_ text: String) {
        if !isSilent { writeToStandardError(text) }
    }
}
