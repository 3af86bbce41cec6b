import PinxitCLIP
import PinxitDatasets
import PinxitTensors

/// The text states of the training captions, from a text tower that stays as CLIP left it.
struct CaptionStates {
    private let states: StateCache
    /// Those of the empty caption, `[1, tokens, features]`.
    private let empty: Tensor

    /// - Parameter count: Captions, the first ones of `captions`.
    init(
        _ parts: DiffusionParts, of captions: any CaptionedPictures, count: Int,
        precision: ElementType
    ) {
        states = StateCache(count: count) { range in
            parts.text(range.map { captions.caption(at: $0) }, type: precision).states
        }
        empty = parts.text([""], type: precision).states
    }

    /// `[indices, tokens, features]`, the empty caption's where one is dropped.
    func gather(_ indices: [Int], isDropped: [Bool]) -> Tensor {
        let batch = states.gather(indices)
        for (place, isDropped) in isDropped.enumerated() where isDropped {
            batch.replaceRows(place..<place + 1, by: empty)
        }
        return batch
    }
}
