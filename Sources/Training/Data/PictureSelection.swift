import PinxitDatasets
import PinxitImages

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
        try inParallel(indices.count) { index in
            let place = places[indices.lowerBound + index]
            return try base.batch(place..<place + 1, size: size)[0]
        }
    }
}
