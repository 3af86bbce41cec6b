import PinxitDatasets
import PinxitFiles

/// What a run reads and no step changes, as it was when the run began: one that went on with
/// anything else would not end as an unbroken one.
final class RunOrigin {
    private static let fileName = "dataset.json"

    private let folder: String
    /// What the run began with; nil where nothing is compared.
    private let earlier: JSONField?
    private var now: [String: String] = [:]

    /// - Parameters:
    ///   - folder: The run's.
    ///   - acceptingChanges: Whether anything goes.
    init(folder: String, acceptingChanges: Bool) throws(FileError) {
        self.folder = folder
        let file = folder.path(Self.fileName)
        let hasBegun = fileExists(file) && fileExists(folder.path(RunCheckpoint.fileName))
        earlier = hasBegun && !acceptingChanges ? try JSONFile.read(file) : nil
    }

    /// Notes what something is.
    ///
    /// - Parameters:
    ///   - name: What it is to the run.
    ///   - identity: Tells it from others.
    ///   - path: Where it lies now.
    ///   - isOther: What is to be said of another one.
    /// - Throws: `FileError` if the run began with another one. What an earlier version has not
    ///   noted is not compared.
    func check(
        _ name: String, _ identity: String, of path: String, _ isOther: String
    ) throws(FileError) {
        now[name] = identity
        guard let earlier = earlier?[name], earlier.exists else { return }
        let before = try earlier.string()
        guard before != identity else { return }
        throw FileError(
            path: path,
            problem:
                "\(isOther) than when \(folder) began (\(before), now \(identity)); accepted: the "
                + "same, another run folder (option: --run), or --accept-changes")
    }

    /// The same of a folder of pictures, and of how they come. That is in the recipe too, which is
    /// looked at when pictures have been encoded.
    func check(_ folder: PictureFolder, as name: String) throws(FileError) {
        try check(name, folder.contents, of: folder.path, "holds other pictures or captions")
        let (framing, tags) = (folder.framing, folder.tags)
        let settings =
            "size \(framing.size), crop \(framing.crop), bucket_step \(framing.bucketStep), mirror "
            + "\(framing.mirrors), background \(framing.background), shuffle_tags \(tags.shuffles), "
            + "keep_tokens \(tags.kept)"
        try check("\(name) as", settings, of: folder.path, "is to come otherwise")
    }

    /// Keeps in the run's folder what was noted.
    func write() throws {
        let members = now.sorted { $0.key < $1.key }.map { JSONMember($0.key, .string($0.value)) }
        try JSONFile.write(.object(members), to: folder.path(Self.fileName))
    }
}
