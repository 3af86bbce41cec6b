import PinxitImages
import PinxitTensors

/// The pictures of a folder in an order by seed, epoch after epoch: each epoch has every picture
/// once, or as often as its folder's name says, with its captions in turn.
public struct PictureStream: CaptionedPictures {
    /// What it draws from.
    public let folder: PictureFolder
    /// What the order, crops and mirrored pictures begin from.
    public let seed: UInt64
    /// Which pictures are left out.
    public let split: DatasetSplit
    /// Places in the folder's entries, one a picture of an epoch.
    private let epoch: [Int]
    private let order: Permutation
    private let variants: Int
    public let identity: String

    public var pictureSize: Int { folder.framing.size }
    /// An epoch for each of a picture's captions, their orders, its crops and sides, up to 100.
    public var distinctCount: Int? { epoch.count * variants }

    init(_ folder: PictureFolder, seed: UInt64, split: DatasetSplit, repeats: Bool) {
        (self.folder, self.seed, self.split) = (folder, seed, split)
        let chosen = folder.chosen(split)
        epoch = chosen.flatMap { index in
            [Int](repeating: index, count: repeats ? folder.entries[index].repeats : 1)
        }
        order = Permutation(count: epoch.count, seed: seed)
        let captions = chosen.map { folder.entries[$0].captions.count }.max() ?? 1
        let framing = folder.framing
        variants = min(
            100,
            max(captions, 1) * (framing.mirrors ? 2 : 1) * (framing.crop == .random ? 4 : 1)
                * (folder.tags.shuffles ? 16 : 1))
        identity = "\(folder.identity) \(seed) \(split)" + (repeats ? "" : " once")
    }

    /// Pictures that an epoch has.
    public var epochCount: Int { epoch.count }

    private func place(_ index: Int) -> (entry: PictureEntry, epoch: Int) {
        let (entry, round) = entryPlace(index)
        return (folder.entries[entry], round)
    }

    /// The number of an entry, and in which epoch it comes.
    private func entryPlace(_ index: Int) -> (entry: Int, epoch: Int) {
        precondition(index >= 0, "picture \(index) lies before the stream")
        let (round, position) = index.quotientAndRemainder(dividingBy: epoch.count)
        return (epoch[order(position, round: round)], round)
    }

    public func caption(at index: Int) -> String {
        let (entry, round) = place(index)
        guard !entry.captions.isEmpty else { return "" }
        let first = Int(truncatingIfNeeded: (entry.hash.value ^ seed) >> 8) & 0xFFFF
        return folder.tags.ordered(
            entry.captions[(first + round) % entry.captions.count], seed: seed, index: index)
    }

    /// The file of a picture, as it is named to people.
    public func name(at index: Int) -> String { place(index).entry.place.name }

    /// Whether a folder has the file of a picture too, under whatever name.
    public func lies(in other: PictureFolder) -> (_ index: Int) -> Bool {
        let hashes = Set(other.entries.map(\.hash))
        return { hashes.contains(place($0).entry.hash) }
    }

    /// Where the text beside a picture lies or would lie; nil for a picture in a tar.
    public func textFile(at index: Int) -> String? {
        let place = place(index).entry.place
        return place.member == nil ? place.file.dropLast(place.file.ending.count) + "txt" : nil
    }

    /// The caption of another picture; its own where all have the same.
    public func wrongCaption(at index: Int) -> String {
        let own = place(index).entry.captions
        var random = SplitMix64(seed: seed &+ 1, index: index)
        for _ in 0..<16 {
            let other = folder.entries[epoch[random.below(epoch.count)]].captions
            if let caption = other.first(where: { !own.contains($0) }) {
                return folder.tags.ordered(caption, seed: seed, index: index)
            }
        }
        return caption(at: index)
    }

    public func batch(_ indices: Range<Int>, size: Int?) throws -> [(
        picture: Picture, caption: String
    )] {
        try inParallel(indices.count) { place in
            let index = indices.lowerBound + place
            return (try picture(at: index, side: size ?? pictureSize), caption(at: index))
        }
    }

    private func picture(at index: Int, side: Int) throws -> Picture {
        let (entry, _) = place(index)
        var chance = chance(index)
        return folder.framing.sample(
            of: try folder.kept(entry, side: side), side: side, isMirrored: chance.isMirrored,
            &chance.crop)
    }

    /// Whether a sample is turned, and what its crop is drawn from.
    private func chance(_ index: Int) -> (isMirrored: Bool, crop: SplitMix64) {
        var random = SplitMix64(seed: seed ^ 0x6672_616D_696E_6773, index: index)
        return (folder.framing.mirrors && random.chance(0.5), random)
    }

    public func view(at index: Int) -> PictureView {
        let (entry, _) = place(index)
        var chance = chance(index)
        return folder.framing.view(
            of: entry.shape, side: pictureSize, isMirrored: chance.isMirrored, &chance.crop)
    }

    public func appearance(at index: Int) -> Int {
        guard folder.framing.crop != .random else { return index }
        return 2 * entryPlace(index).entry + (chance(index).isMirrored ? 1 : 0)
    }
}

extension PictureFolder {
    /// The pictures in an order by seed.
    ///
    /// - Parameter repeats: Whether a picture comes as often as its folder's name says, or once.
    public func stream(
        seed: UInt64, split: DatasetSplit = .train, repeats: Bool = true
    ) -> PictureStream {
        PictureStream(self, seed: seed, split: split, repeats: repeats)
    }

    /// Whether pictures are kept for testing. A folder in which the rule would keep none or all has
    /// no test pictures of its own: all are both.
    public var hasHeldOut: Bool {
        entries.contains { $0.hash.isHeldOut } && entries.contains { !$0.hash.isHeldOut }
    }

    /// The places of the pictures of a split.
    func chosen(_ split: DatasetSplit) -> [Int] {
        guard split != .everything, hasHeldOut else { return Array(entries.indices) }
        return entries.indices.filter { entries[$0].hash.isHeldOut == (split == .test) }
    }

    /// All that its pictures and captions depend on, in a few letters.
    public var identity: String { told(by: fnv1a64("\(framing) \(tags)")) }

    /// What its pictures and captions are, however they come, in a few letters.
    public var contents: String { told(by: 0) }

    private func told(by start: UInt64) -> String {
        var hash = start
        for entry in entries {
            hash = fnv1a64(
                "\(hash) \(entry.hash.value) \(entry.hash.size) \(entry.repeats) "
                    + entry.captions.joined(separator: "\n"))
        }
        return "\(entries.count) pictures \(String(hash, radix: 16))"
    }

    /// Whether any picture has a caption.
    public var hasCaptions: Bool { entries.contains { !$0.captions.isEmpty } }
}
