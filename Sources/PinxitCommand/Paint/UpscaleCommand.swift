import ArgumentParser
import FoundationEssentials
import Pinxit
import PinxitFiles
import PinxitImages

/// `pinxit upscale PICTURE`: the same picture, larger.
struct UpscaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upscale",
        abstract: "Makes pictures larger and prints the paths of the results.",
        discussion: """
            With --upscaler by a network (ESRGAN, Real-ESRGAN or its small ones, .pth or \
            .safetensors), piece by piece in little memory; else by Lanczos' filter. What a picture \
            says of how it was painted stays in it.
            """)

    @Argument(help: "PNG, JPEG, WebP, GIF or BMP files.")
    var files: [String]

    @Option(
        name: [.short, .long],
        help: "How many times as wide and high (default: the network's; without one 2).")
    var factor: Double?

    @Option(
        help: ArgumentHelp(
            "The network's file, or its name in a library of models.", valueName: "path"))
    var upscaler: String?

    @Option(
        help: "What the network computes in: f32 or bf16 (default: f32).",
        transform: { text in
            guard let precision = Precision(text: text), precision != .int8 else {
                throw ValidationError("f32 or bf16 is accepted")
            }
            return precision
        })
    var precision: Precision?

    @Option(
        name: [.short, .long],
        help: "The file to write, for one picture (default: NAME-2x.png beside it).")
    var output: String?

    @OptionGroup var progress: ProgressArguments
    @OptionGroup var pictures: PictureArguments
    @OptionGroup var threads: ThreadArguments

    func run() async throws {
        try await reportingErrors {
            try check()
            try await threads.apply()
            var network: Upscaler?
            if let upscaler {
                network = try await Upscaler.load(try ModelSearch.part(upscaler, .upscaler))
            }
            let factor = factor ?? network.map { Double($0.scale) } ?? 2
            for file in files {
                try await enlarge(file, by: factor, network)
            }
        }
    }

    private func check() throws {
        guard output == nil || files.count == 1 else {
            throw UsageError("--output is for one picture, not \(files.count)")
        }
        if let factor, !(factor > 0 && factor <= 64) {
            throw UsageError("--factor \(factor): above 0 and up to 64 is accepted")
        }
        guard let output else { return }
        let pattern = try OutputPattern(output)
        guard pattern.isLiteral else {
            throw UsageError("--output \(output): a name without braces is accepted")
        }
        if isStandardOutput(pattern.text) { try refuseTerminal() }
    }

    private func enlarge(
        _ file: String, by factor: Double, _ network: Upscaler?
    ) async throws {
        let output = try output.map { try OutputPattern($0).text }
        let own = { path(file, factor, $0) }
        // A network takes minutes.
        try checkWritable(output ?? own(1))
        let picture = try pictures.read(file)
        let found = try Picture.texts(encoded: Data(try readFile(file)), name: file)
        let telling = ProgressTelling(progress.kind)
        let large = try await picture.enlarged(
            by: factor, network, precision: precision ?? .f32,
            onPiece: { telling.piece($0, of: $1, file) })
        telling.clear()
        let texts = found.enlarged(by: factor, network?.title)
        if let output {
            if !isStream(output) { try makeFolder(output.parentPath) }
            try large.write(to: output, texts: texts)
            if !isStandardOutput(output) { print(output) }
            return try flushStandardOutput()
        }
        let bytes = try large.encoded(as: PictureFormat(name: own(1)) ?? .png, texts: texts)
        print(
            try AtomicFile.create(own) { file in
                try bytes.withUnsafeBytes { try file.append($0) }
            })
        try flushStandardOutput()
    }

    /// `apple-2x.png` beside `apple.png`; what is there already stays, and the next one is
    /// `apple-2x-2.png`.
    private func path(_ file: String, _ factor: Double, _ attempt: Int) -> String {
        let dot = file.lastPathPart.contains(".") ? file.lastIndex(of: ".") : nil
        let end = dot ?? file.endIndex
        let ending = PictureFormat(name: file) == nil ? ".png" : String(file[end...])
        let more = attempt > 1 ? "-\(attempt)" : ""
        let times = decimal(factor, factor == factor.rounded() ? 0 : 2)
        return "\(file[..<end])-\(times)x\(more)\(ending)"
    }
}

extension [PNGText] {
    /// With a word of what was done, as AUTOMATIC1111's web UI writes it.
    fileprivate func enlarged(by factor: Double, _ network: String?) -> [PNGText] {
        let texts = map { text in
            guard text.key == Infotext.pngKey else { return text }
            var info = Infotext(parsing: text.text)
            guard !info.fields.isEmpty else { return text }
            info.fields += [
                .init("Postprocess upscale by", "\(factor)"),
                .init("Postprocess upscaler", network ?? "Lanczos"),
            ]
            return PNGText(key: text.key, text: info.text)
        }.upright()
        return network == nil ? texts : texts.enhanced()
    }
}
