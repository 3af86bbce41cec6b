import PinxitCLIP
import PinxitDatasets
import PinxitFiles
import PinxitTensors

/// The text states of the training captions, from a text tower that stays as CLIP left it.
struct CaptionStates {
    private let states: StateCache
    /// For each caption which of the different ones it is.
    private let rows: [Int]
    /// Those of the empty caption, `[1, tokens, features]`.
    private let empty: Tensor

    /// - Parameter count: Captions, the first ones of `captions`.
    init(
        _ parts: DiffusionParts, of captions: any CaptionedPictures, count: Int,
        precision: ElementType
    ) {
        let shared = SharedRows(count, by: captions.caption)
        rows = shared.rows
        states = StateCache(count: shared.first.count, path: parts.folder.path("text_encoder")) {
            range in
            parts.text(shared.first[range].map(captions.caption), type: precision).states
        }
        empty = parts.text([""], type: precision).states
    }

    /// `[indices, tokens, features]`, the empty caption's where one is dropped.
    ///
    /// - Throws: `FileError` if all of them take more memory than there is.
    func gather(_ indices: [Int], isDropped: [Bool]) throws(FileError) -> Tensor {
        let batch = try states.gather(indices.map { rows[$0] })
        for (place, isDropped) in isDropped.enumerated() where isDropped {
            batch.replaceRows(place..<place + 1, by: empty)
        }
        return batch
    }
}
