import ArgumentParser
import Pinxit
import PinxitImages

/// What pictures are given beside their pixels.
struct MarkArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write on each picture that it was generated (zh: AI生成), and the label for machines.",
            discussion: "Both are those of GB 45438-2025."))
    var label: GeneratedMark?

    @Option(help: "Who produced it, in the label for machines (default: Pinxit).")
    var producer: String?

    @Option(
        help: ArgumentHelp(
            "Sign each picture's file with this certificate and its private key, two PEM files.",
            discussion: "A C2PA manifest says that it was generated, and a change is found out.",
            valueName: "cert> <key"))
    var c2pa: [String] = []

    @Flag(help: "Write neither settings nor where the picture comes from.")
    var noMetadata = false

    /// - Throws: `UsageError` for options that do not go together, `FileError` for a certificate or
    ///   key that cannot be used.
    var marks: PictureMarks {
        get throws {
            guard label == nil || !noMetadata else {
                throw UsageError("--label goes without --no-metadata: it is for machines too")
            }
            guard producer == nil || label != nil else {
                throw UsageError("--producer goes with --label")
            }
            var marks = PictureMarks()
            marks.hasMetadata = !noMetadata
            marks.label = label
            if let producer { marks.producer = producer }
            marks.signer = try signer()
            return marks
        }
    }

    /// The same for a process that works elsewhere.
    var words: [String] {
        (label.map { ["--label", $0.rawValue] } ?? [])
            + (producer.map { ["--producer", $0] } ?? [])
            + c2pa.flatMap { ["--c2pa", $0.hasPrefix("/") ? $0 : ServerProgram.present.path($0)] }
            + (noMetadata ? ["--no-metadata"] : [])
    }

    private func signer() throws -> PictureSigner? {
        guard !c2pa.isEmpty else { return nil }
        guard !noMetadata else {
            throw UsageError("--c2pa goes without --no-metadata: it says where pictures come from")
        }
        guard c2pa.count == 2 else {
            throw UsageError("--c2pa takes two files, CERT KEY, once")
        }
        let signer = try PictureSigner(certificate: c2pa[0], key: c2pa[1])
        if !signer.warnings.isEmpty {
            note(
                "note: \(c2pa[0]): readers will refuse this certificate: it "
                    + signer.warnings.joined(separator: ", "))
        }
        return signer
    }

    /// A command line on which `--c2pa CERT KEY` is `--c2pa CERT --c2pa KEY`: the parser has no
    /// options of two values that leave what follows alone.
    static func separated(_ arguments: [String]) -> [String] {
        var (separated, rest) = ([String](), arguments[...])
        while let argument = rest.popFirst() {
            separated.append(argument)
            if argument == "--" { break }
            let values = rest.prefix(2)
            guard argument == "--c2pa", values.count == 2,
                !values.contains(where: { $0.hasPrefix("-") })
            else { continue }
            separated += [values[values.startIndex], argument, values[values.startIndex + 1]]
            rest = rest.dropFirst(2)
        }
        return separated + rest
    }
}

extension GeneratedMark: ExpressibleByArgument {}
