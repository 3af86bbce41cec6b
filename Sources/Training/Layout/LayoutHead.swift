import PinxitDatasets
import PinxitLayers
import PinxitTensors

// Legend: B batch, P the nine places of a picture, T tokens, W width of the text states, K objects
// of the vocabulary.

/// Says from text states alone what lies where, as attention of a U-Net would have to ask for it:
/// one query a place.
///
/// Which of two things lies on which side is hardly seen in a diffusion loss before both text tower
/// and U-Net know it. This loss teaches the text tower its half, to tie each thing to its place;
/// the head itself is thrown away.
struct LayoutHead {
    private static let places = Position.allCases.count

    private let queries: Tensor
    private let keys: Linear
    private let values: Linear
    private let object: Linear
    private let color: Linear
    private let heads: Int
    private let classes: [String: Int]

    init(_ w: Weights, width: Int, heads: Int, _ vocabulary: [VocabularyEntry]) {
        self.heads = heads
        queries = w.parameter("queries", [Self.places, width], .normal(1))
        keys = Linear(w("keys"), width, width)
        values = Linear(w("values"), width, width)
        object = Linear(w("object"), width, vocabulary.count)
        color = Linear(w("color"), width, TintColor.allCases.count + 1)
        classes = Dictionary(
            uniqueKeysWithValues: vocabulary.enumerated().map { ($1.key, $0) })
    }

    /// Mean cross entropy of objects and colours at the places that captions speak of.
    ///
    /// - Parameters:
    ///   - states: `[batch, tokens, features]`.
    ///   - specs: What each caption says, nil for the empty one.
    ///   - ranks: Who have the batch's other samples.
    func loss(_ states: Tensor, _ specs: [PictureSpec?], _ ranks: Ranks = .alone) -> Tensor {
        let (batch, places) = (specs.count, Self.places)
        let states = states.cast(to: .f32)
        let width = states.shape[2]
        let q = queries.reshaped([1, places, width]) + Tensor.zeros([batch, 1, 1])
        let found = attention(q, keys(states), values(states), heads: heads)
        var objects = [Float](repeating: 0, count: batch * places * classes.count)
        let colors = TintColor.allCases.count + 1
        var tints = [Float](repeating: 0, count: batch * places * colors)
        var count: Float = 0
        for (row, spec) in specs.enumerated() {
            for (place, part) in spec?.places ?? [] {
                let at = row * places + Position.allCases.firstIndex(of: place)!
                objects[at * classes.count + classes[part.object]!] = 1
                let tint = part.color.map { TintColor.allCases.firstIndex(of: $0)! + 1 } ?? 0
                tints[at * colors + tint] = 1
                count += 1
            }
        }
        let share = ranks.share(ofCount: count)
        func entropy(_ logits: Tensor, _ wanted: [Float]) -> Tensor {
            let wanted = Tensor(wanted, shape: logits.shape)
            let sum = (logits.logSoftmax() * wanted).reshaped([-1]).mean() * Float(logits.count)
            return sum * -share
        }
        return entropy(object(found), objects) + entropy(color(found), tints)
    }
}

extension PictureSpec {
    /// What lies where, as far as the caption says so: of things next to each other it does not.
    fileprivate var places: [(Position, Part)] {
        switch layout {
        case .single: [(.center, parts[0])]
        case .place(let position, _): [(position, parts[0])]
        case .pair(.left): [(.left, parts[0]), (.right, parts[1])]
        case .pair(.right): [(.right, parts[0]), (.left, parts[1])]
        case .pair(.above): [(.top, parts[0]), (.bottom, parts[1])]
        case .pair(.below): [(.bottom, parts[0]), (.top, parts[1])]
        case .pair(.beside), .count: []
        }
    }
}
