import PinxitFiles
import PinxitTensors
import PinxitTokenizers

/// From one tokenizer's vocabulary to another's: what a text tower has learnt of tokens that both
/// have stays, and of the others it knows the pieces that they fell into.
struct VocabularyChange {
    /// For each token of the new vocabulary which tokens of the old one it is made of.
    private let pieces: [[Int32]]
    private let oldCount: Int

    /// Nil where one of the folders has no tokenizer, or both have the same tokens.
    ///
    /// - Throws: ``FileError`` for one that cannot be read.
    init?(from old: String, to new: String) throws {
        guard fileExists(old), fileExists(new) else { return nil }
        let (old, new) = (try CLIPTokenizer(folder: old), try CLIPTokenizer(folder: new))
        self.init(from: old, to: new)
    }

    init?(from old: CLIPTokenizer, to new: CLIPTokenizer) {
        pieces = (0..<new.idLimit).map { id in
            let pieces = new.symbol(Int32(id)).map(old.pieces) ?? []
            return pieces.isEmpty ? [old.padID] : pieces
        }
        oldCount = old.idLimit
        if new.idLimit == oldCount, pieces.enumerated().allSatisfy({ $1 == [Int32($0)] }) {
            return nil
        }
    }

    /// Whether a parameter has a row for each token.
    static func concerns(_ parameter: String) -> Bool {
        [
            "text_model.embeddings.token_embedding.weight", "text_embedding.weight",
            "text_head.weight", "text_head.bias",
        ].contains(parameter)
    }

    /// The shape that a parameter had for the old vocabulary.
    func shape(before shape: Shape) -> Shape {
        Shape([oldCount] + shape.dimensions.dropFirst())
    }

    /// Rows for the new vocabulary, each the mean of its pieces' in the old one.
    ///
    /// - Parameter table: `[old tokens, …]`.
    func rows(of table: Tensor) -> Tensor {
        let (width, values) = (table.count / max(table.shape[0], 1), table.cast(to: .f32).floats)
        let rows = pieces.flatMap { ids in
            (0..<width).map { column in
                ids.reduce(Float(0)) { $0 + values[Int($1) * width + column] } / Float(ids.count)
            }
        }
        return Tensor(rows, shape: Shape([pieces.count] + table.shape.dimensions.dropFirst()))
    }
}
