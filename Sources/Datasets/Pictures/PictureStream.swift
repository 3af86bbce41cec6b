import Dispatch
import PinxitFiles
import PinxitImages
import PinxitTensors
import Synchronization

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
    /// An epoch for each of a picture's captions, crops and sides, up to 100.
    public var distinctCount: Int? { epoch.count * variants }

    init(_ folder: PictureFolder, seed: UInt64, split: DatasetSplit) {
        (self.folder, self.seed, self.split) = (folder, seed, split)
        let chosen = folder.chosen(split)
        epoch = chosen.flatMap { index in
            [Int](repeating: index, count: folder.entries[index].repeats)
        }
        order = Permutation(count: epoch.count, seed: seed)
        let captions = chosen.map { folder.entries[$0].captions.count }.max() ?? 1
        let framing = folder.framing
        variants = min(
            100, max(captions, 1) * (framing.mirrors ? 2 : 1) * (framing.crop == .random ? 4 : 1))
        identity = "\(folder.identity) \(seed) \(split)"
    }

    /// Pictures that an epoch has.
    public var epochCount: Int { epoch.count }

    private func place(_ index: Int) -> (entry: PictureEntry, epoch: Int) {
        precondition(index >= 0, "picture \(index) lies before the stream")
        let (round, position) = index.quotientAndRemainder(dividingBy: epoch.count)
        return (folder.entries[epoch[order(position, round: round)]], round)
    }

    public func caption(at index: Int) -> String {
        let (entry, round) = place(index)
        guard !entry.captions.isEmpty else { return "" }
        let first = Int(truncatingIfNeeded: (entry.hash.value ^ seed) >> 8) & 0xFFFF
        return entry.captions[(first + round) % entry.captions.count]
    }

    /// The caption of another picture; its own where all have the same.
    public func wrongCaption(at index: Int) -> String {
        let own = place(index).entry.captions
        var random = SplitMix64(seed: seed &+ 1, index: index)
        for _ in 0..<16 {
            let other = folder.entries[epoch[random.below(epoch.count)]].captions
            if let caption = other.first(where: { !own.contains($0) }) { return caption }
        }
        return caption(at: index)
    }

    public func batch(_ indices: Range<Int>, size: Int?) throws -> [(
        picture: Picture, caption: String
    )] {
        typealias Item = (picture: Picture, caption: String)
        let results = Mutex([Result<Item, any Error>?](repeating: nil, count: indices.count))
        DispatchQueue.concurrentPerform(iterations: indices.count) { i in
            let index = indices.lowerBound + i
            let result = Result<Item, any Error> {
                (try picture(at: index, side: size ?? pictureSize), caption(at: index))
            }
            results.withLock { $0[i] = result }
        }
        return try results.withLock { try $0.compactMap { try $0?.get() } }
    }

    private func picture(at index: Int, side: Int) throws -> Picture {
        let (entry, _) = place(index)
        var random = SplitMix64(seed: seed ^ 0x6672_616D_696E_6773, index: index)
        let isMirrored = folder.framing.mirrors && random.chance(0.5)
        return folder.framing.square(
            of: try folder.kept(entry, side: side), side: side, isMirrored: isMirrored, &random)
    }
}

extension PictureFolder {
    /// The pictures in an order by seed.
    public func stream(seed: UInt64, split: DatasetSplit = .train) -> PictureStream {
        PictureStream(self, seed: seed, split: split)
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
    public var identity: String {
        var hash = fnv1a64("\(framing)")
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
