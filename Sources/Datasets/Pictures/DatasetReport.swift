import PinxitFiles
import PinxitTokenizers

/// What there is to know of a folder of pictures before a model learns from it.
public struct DatasetReport {
    private let folder: PictureFolder
    private let tokenizer: CLIPTokenizer?
    private var entries: [PictureEntry] { folder.entries }

    /// - Parameter tokenizer: Of the model that is to learn, if there is one.
    public init(_ folder: PictureFolder, tokenizer: CLIPTokenizer? = nil) {
        (self.folder, self.tokenizer) = (folder, tokenizer)
    }

    /// The whole report, line by line.
    public var text: String {
        ([folder.summary] + epoch + sizes + captions + tokens + duplicates).joined(separator: "\n")
    }

    private var epoch: [String] {
        let epoch = entries.map(\.repeats).reduce(0, +)
        return epoch == entries.count
            ? [] : ["\(epoch) pictures an epoch, some more than once"]
    }

    private var sizes: [String] {
        let side = folder.framing.size
        let sorted = entries.sorted { $0.width * $0.height < $1.width * $1.height }
        func size(_ entry: PictureEntry) -> String { "\(entry.width)x\(entry.height)" }
        var lines = [
            "sizes: smallest \(size(sorted[0])), median \(size(sorted[sorted.count / 2])), "
                + "largest \(size(sorted[sorted.count - 1]))"
        ]
        let small = entries.count { min($0.width, $0.height) < side }
        if small > 0 { lines.append("\(small) are smaller than \(side) pixels and are enlarged") }
        let long = entries.count { max($0.width, $0.height) > 2 * min($0.width, $0.height) }
        if long > 0, [.center, .random].contains(folder.framing.crop) {
            lines.append(
                "\(long) are more than twice as long as wide: a square shows less than half")
        }
        return lines
    }

    private var captions: [String] {
        let all = entries.flatMap(\.captions)
        guard !all.isEmpty else { return ["no captions"] }
        let lengths = all.map { $0.split(separator: " ").count }.sorted()
        let longest = all.max { $0.count < $1.count } ?? ""
        return [
            "captions: \(all.count), \(Set(all).count) different; words: shortest \(lengths[0]), "
                + "median \(lengths[lengths.count / 2]), longest \(lengths[lengths.count - 1])",
            "longest caption: \(Self.shortened(longest))",
        ]
    }

    private var tokens: [String] {
        guard let tokenizer else { return [] }
        let all = Set(entries.flatMap(\.captions)).sorted()
        let cut = all.count { tokenizer.encodeCounting($0).truncated > 0 }
        var lines = [
            "tokenizer: \(cut) of \(all.count) captions do not fit \(tokenizer.modelMaxLength) tokens"
        ]
        let broken = broken(all, tokenizer)
        if !broken.isEmpty {
            lines.append(
                "words that it breaks up most: "
                    + broken.prefix(12).map { "\($0.word) (\($0.pieces))" }.joined(separator: ", "))
        }
        return lines
    }

    /// Words of three pieces or more, those of the most pieces first.
    private func broken(_ captions: [String], _ tokenizer: CLIPTokenizer) -> [(
        word: String, pieces: Int
    )] {
        var words: Set<String> = []
        for caption in captions {
            for word in caption.lowercased().split(whereSeparator: { !$0.isLetter }) {
                if words.count < Self.mostWords { words.insert(String(word)) }
            }
        }
        return words.map { ($0, tokenizer.tokens($0).count) }.filter { $0.1 > 2 }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }

    private static let mostWords = 100_000

    private var duplicates: [String] {
        var groups: [ContentHash: [String]] = [:]
        for entry in entries { groups[entry.hash, default: []].append(entry.place.name) }
        let twice = groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
        guard !twice.isEmpty else { return ["no file is there twice"] }
        let extra = twice.map { $0.count - 1 }.reduce(0, +)
        return ["\(extra) files are copies of others, byte for byte:"]
            + twice.prefix(PictureFolder.mostNamed).map {
                "  " + $0.joined(separator: " = ").printable
            }
    }

    private static func shortened(_ text: String) -> String {
        text.count > 200 ? text.prefix(200) + "…" : text
    }
}
