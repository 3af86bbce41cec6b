import FoundationEssentials
import Pinxit
import PinxitCheckpoints
import PinxitFiles
import PinxitImages

/// Writes pictures under the names of a pattern, as they are finished.
final class PictureWriter {
    private let pattern: OutputPattern
    private let prompt: String
    private let date = OutputPattern.now()
    /// What was written in this run and is told, in its order.
    private(set) var paths: [String]
    private let before: Int
    /// How many pictures of the run `{index}` has counted already.
    let counted: Int
    let marks: PictureMarks
    /// Whether a part of the pictures was to stay as it was.
    private let isExact: Bool

    /// What this one wrote.
    var ownPaths: [String] { Array(paths.dropFirst(before)) }

    /// - Parameters:
    ///   - taken: Paths of the same run, which are not written again.
    ///   - counted: Pictures of the same run before these: `{index}` goes on.
    ///   - marks: What pictures are given beside their pixels.
    init(
        pattern: OutputPattern, request: PaintRequest, taken: [String] = [], counted: Int = 0,
        marks: PictureMarks
    ) {
        self.counted = counted
        self.marks = marks
        self.pattern = pattern
        if case .inpaint = request.source { isExact = true } else { isExact = false }
        paths = taken
        before = taken.count
        prompt = request.shown
    }

    func write(_ picture: PaintedPicture) throws {
        let (marked, texts) = try picture.marked(marks)
        try write(marked, seed: picture.seed, index: counted + picture.number, texts: texts)
    }

    /// A preview lies beside its picture and is not told.
    func writePreview(_ picture: Picture, _ step: PaintStep) throws {
        let bytes = try marks.put(on: picture).encoded(as: pattern.format)
        _ = try write(
            bytes, seed: step.seed, index: counted + step.picture,
            suffix: "-step\(step.step)")
    }

    /// All pictures on one sheet.
    ///
    /// - Parameter columns: Nil is about as many as rows.
    func writeGrid(
        _ pictures: [PaintedPicture], columns: Int? = nil, _ request: ResolvedRequest,
        model: String
    ) throws {
        let columns = columns ?? Int(Double(pictures.count).squareRoot().rounded(.up))
        let sheet = marks.put(on: ContactSheet.make(pictures.map(\.picture), columns: columns))
        try write(
            sheet, seed: request.seed, index: 1, suffix: "-grid",
            texts: try request.texts(model: model, marks: marks, of: sheet))
    }

    /// The pictures as the frames of one animated PNG or GIF, there and back. A GIF keeps no texts.
    func writeAnimation(
        _ pictures: [PaintedPicture], _ request: ResolvedRequest, model: String
    ) throws {
        let frames = pictures.map { marks.put(on: $0.picture) }
        let all = frames + frames.dropFirst().dropLast().reversed()
        guard !pattern.isGIF else {
            guard marks.signer == nil else {
                throw OutputError(
                    "\(pattern.text): --c2pa signs no GIF; for an animation a .png is accepted")
            }
            let bytes = try AnimatedGIF.encode(all, milliseconds: 80)
            return paths.append(try write(bytes, seed: request.seed, index: 1))
        }
        let texts = try request.texts(model: model, marks: marks, of: frames[0])
        let bytes = try marks.signed(
            AnimatedPNG.encode(all, milliseconds: 80, texts: texts), carrying: texts)
        paths.append(try write(bytes, seed: request.seed, index: 1))
    }

    /// A sheet or any other picture that is told.
    func write(
        _ picture: Picture, seed: UInt32, index: Int, suffix: String = "", texts: [PNGText]
    ) throws {
        let bytes = try picture.encoded(as: pattern.format, lossless: isExact, texts: texts)
        let signed = try marks.signed(bytes, carrying: texts)
        paths.append(try write(signed, seed: seed, index: index, suffix: suffix))
    }

    /// Writes a file and gives its path. A name taken at its word replaces a file that is there,
    /// once in a run; every other gets the next number that nobody has.
    private func write(
        _ bytes: Data, seed: UInt32, index: Int, suffix: String = ""
    ) throws -> String {
        func path(_ attempt: Int) -> String {
            pattern.path(
                seed: seed, index: index, prompt: prompt, date: date, suffix: suffix,
                attempt: attempt)
        }
        func fill(_ file: borrowing AtomicFile) throws {
            try bytes.withUnsafeBytes { try file.append($0) }
        }
        if isStream(pattern.text) {
            try AtomicFile.write(to: pattern.text, fill)
            return pattern.text
        }
        let folder = path(1).parentPath
        if !folder.isEmpty { try makeFolder(folder) }
        let isNameItself = pattern.isLiteral && suffix.isEmpty
        if isNameItself, !paths.contains(path(1)) {
            try AtomicFile.write(to: path(1), fill)
            return path(1)
        }
        // The name itself is this run's own.
        return try AtomicFile.create({ path(isNameItself ? $0 + 1 : $0) }, fill)
    }

    /// Writes the stages of a picture as safetensors.
    static func dump(_ tensors: PaintTensors, to path: String) throws {
        let folder = path.parentPath
        if !folder.isEmpty { try makeFolder(folder) }
        try Checkpoint.save(
            ["noise": tensors.noise, "latents": tensors.latents, "image": tensors.image],
            to: path)
    }
}
