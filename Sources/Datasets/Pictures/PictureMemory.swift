import PinxitImages
import Synchronization

/// Decoded pictures, as many as fit; the others are decoded again whenever they are wanted. Only
/// speed depends on it, never a pixel.
///
/// Nothing that is in goes out again: an epoch wants each picture once, so that of a larger data
/// set what was wanted last is wanted last again.
final class PictureMemory: Sendable {
    struct Key: Hashable {
        /// Byte for byte: names that are the same to Swift may be two files'.
        private let file: [UInt8]
        private let start: Int
        private let side: Int

        init(_ place: PictureEntry.Place, side: Int) {
            file = Array(place.file.utf8)
            start = place.member?.bytes.lowerBound ?? 0
            self.side = side
        }
    }

    private struct State {
        var pictures: [Key: Picture] = [:]
        var bytes = 0
    }

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    subscript(_ key: Key) -> Picture? { state.withLock { $0.pictures[key] } }

    func keep(_ picture: Picture, as key: Key) {
        state.withLock { state in
            guard state.bytes + picture.pixels.count <= capacity, state.pictures[key] == nil else {
                return
            }
            state.pictures[key] = picture
            state.bytes += picture.pixels.count
        }
    }
}
