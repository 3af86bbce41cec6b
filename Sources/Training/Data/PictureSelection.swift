import Dispatch
import PinxitDatasets
import PinxitImages
import Synchronization

/// Some pictures of a stream, in an order of their own.
struct PictureSelection: CaptionedPictures {
    let base: any CaptionedPictures
    /// Their places in the stream.
    let places: [Int]

    /// The stream's: which are selected follows from what the stream is.
    var identity: String { base.identity }
    var distinctCount: Int? { places.count }
    var pictureSize: Int { base.pictureSize }

    func caption(at index: Int) -> String { base.caption(at: places[index]) }
    func wrongCaption(at index: Int) -> String { base.wrongCaption(at: places[index]) }
    func view(at index: Int) -> PictureView { base.view(at: places[index]) }
    func appearance(at index: Int) -> Int { base.appearance(at: places[index]) }

    func batch(_ indices: Range<Int>, size: Int?) throws -> [(picture: Picture, caption: String)] {
        typealias Sample = (picture: Picture, caption: String)
        let results = Mutex([Result<Sample, any Error>?](repeating: nil, count: indices.count))
        DispatchQueue.concurrentPerform(iterations: indices.count) { i in
            let place = places[indices.lowerBound + i]
            let result = Result { try base.batch(place..<place + 1, size: size)[0] }
            results.withLock { $0[i] = result }
        }
        return try results.withLock { try $0.compactMap { try $0?.get() } }
    }
}
