import Pinxit
import PinxitImages

extension ModelArguments {
    /// Takes what held a picture, or let it be like another, where nothing of that is named: its
    /// networks by their names, as strong as they were.
    mutating func useWhereNone(_ carried: CarriedSettings) {
        if controlnet.isEmpty {
            controlnet = zip(carried.parts.controlNets ?? [], carried.controls).map { name, own in
                "\(name):\(own.scale):\(own.part.lowerBound):\(own.part.upperBound)"
            }
        }
        if ipAdapter == nil, carried.imagePrompt != nil { ipAdapter = carried.parts.adapter }
    }
}

extension CarriedSettings {
    /// Refuses to paint a picture again without the pictures that it was held to or like, or
    /// completes, which its file only names.
    ///
    /// - Parameters:
    ///   - given: The files of `--control`.
    ///   - prompt: That of `--image-prompt`.
    ///   - complete: That of `--complete`.
    ///   - file: What is painted again.
    /// - Returns: What to say of pictures that are given and are others.
    /// - Throws: `UsageError` for those that are not given.
    func differences(
        given: [String], prompt: String?, complete: String?, _ pictures: PictureArguments,
        of file: String
    ) throws -> [String] {
        guard controls.isEmpty || given.count == controls.count else {
            let all = zip(parts.controlNets ?? [], controls)
                .map { "\($0) followed \($1.digest.prefix(19))…" }
            throw UsageError(
                "--from \(file): \(all.joined(separator: ", ")): --control with each picture, in "
                    + "this order, is needed again")
        }
        var notes: [String] = []
        for (path, control) in zip(given, controls)
        where try !Self.digests(pictures.read(path)).contains(control.digest) {
            notes.append("--control \(path) is another picture than the one that was followed")
        }
        if let completed {
            guard let complete else {
                throw UsageError(
                    "--from \(file): completes a picture (\(completed.prefix(19))…): --complete "
                        + "with it is needed again")
            }
            if try !Self.digests(pictures.read(complete)).contains(completed) {
                notes.append("--complete \(complete) is another picture than the one it completes")
            }
        }
        guard let imagePrompt else { return notes }
        guard let prompt else {
            throw UsageError(
                "--from \(file): was painted like a picture (\(imagePrompt.prefix(19))…): "
                    + "--image-prompt with it is needed again")
        }
        if try !Self.digests(pictures.read(prompt)).contains(imagePrompt) {
            notes.append("--image-prompt \(prompt) is another picture than the one it was like")
        }
        return notes
    }

    /// As a picture is named that was painted here, and by a server, which reads what is opaque as
    /// RGB.
    private static func digests(_ picture: Picture) -> [String] {
        [picture.digest, picture.rgb().digest]
    }
}
