import PinxitTensors

/// What was made of a stream's first pictures, once of each different one.
struct EncodedPictures {
    /// `[different pictures, …]`.
    let tensor: Tensor
    /// For each place in the stream the row of its picture.
    let rows: [Int]

    /// Pictures of the stream.
    var count: Int { rows.count }

    /// Rows of places in the stream, `[places, …]`.
    func gathered(_ places: [Int], type: ElementType) -> Tensor {
        tensor.gathered(places.map { rows[$0] }, type: type)
    }
}
