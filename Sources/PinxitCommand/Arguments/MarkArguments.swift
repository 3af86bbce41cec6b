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

    @Flag(help: "Write neither settings nor where the picture comes from.")
    var noMetadata = false

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
            return marks
        }
    }
}

extension GeneratedMark: ExpressibleByArgument {}
