import PinxitFiles

/// The file that says up to which step a run has reported. A checkpoint cannot: it is saved before
/// its report is made.
struct ReportMark {
    private let path: String

    init(folder: String) { path = folder.path("reported") }

    /// The step of the last report that was finished; nil if the run has no such file, as runs of
    /// earlier versions.
    var step: Int? {
        guard let bytes = try? readFile(path, limit: 32) else { return nil }
        return Int(String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self))
    }

    func note(_ step: Int) throws { try AtomicFile.write("\(step)\n", to: path) }
}
