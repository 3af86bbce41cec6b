import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors
import PinxitTokenizers

/// CLIP's text tower as a conditioner: its states, and with a projection the last state at the
/// text's end, projected (transformers' `CLIPTextModelWithProjection`; not scaled to length one).
public struct CLIPTextConditioner: TextConditioner {
    /// Pads every text to its `modelMaxLength`, as the denoiser saw them.
    public private(set) var tokenizer: CLIPTokenizer
    /// The tower whose states are the condition.
    public private(set) var tower: CLIPTextModel
    let projection: Linear?
    let layer: Layer

    /// Which states are the condition.
    public enum Layer: Sendable {
        /// The last, after the final norm: Stable Diffusion 1 and 2.
        case last
        /// The last but one, without it: SDXL.
        case penultimate
    }

    /// A tower of its own, such as one that is being trained; it must take the tokenizer's tokens.
    public init(tokenizer: CLIPTokenizer, tower: CLIPTextModel) {
        self.tokenizer = tokenizer
        self.tower = tower
        projection = nil
        layer = .last
    }

    /// Loads `text_encoder/` and `tokenizer/` of a diffusers model, or folders like them.
    ///
    /// - Parameter isProjected: Whether the projection is loaded too, for the pooled vector.
    /// - Throws: `FileError` for the file and field that is wrong.
    public init(
        folder: String, tokenizer tokenizerFolder: String, isProjected: Bool = false,
        _ options: LoadOptions = LoadOptions()
    ) throws {
        try self.init(
            try Component(path: folder), tokenizer: try CLIPTokenizer(folder: tokenizerFolder),
            of: tokenizerFolder, isProjected: isProjected, options)
    }

    /// Loads a text encoder, wherever it lies.
    ///
    /// - Parameters:
    ///   - place: Where the tokenizer is from, for messages.
    ///   - isProjected: Whether the projection is loaded too, for the pooled vector.
    /// - Throws: `FileError` for the file and field that is wrong.
    public init(
        _ component: Component, tokenizer: CLIPTokenizer, of place: String,
        isProjected: Bool = false, layer: Layer = .last, _ options: LoadOptions = LoadOptions()
    ) throws(FileError) {
        self.tokenizer = tokenizer
        self.layer = layer
        if isProjected {
            (tower, projection) = try Self.projectedTower(component, options)
        } else {
            (tower, projection) = (try CLIPTextModel.load(component, options), nil)
        }
        try tokenizer.checkFit(tower.configuration, folder: place)
        add(options.embeddings)
    }

    /// Learns words: those with vectors of the tower's width.
    private mutating func add(_ embeddings: [WordEmbedding]) {
        var next = Int32(tower.configuration.vocabularySize)
        var rows: [Tensor] = []
        for embedding in embeddings {
            guard let vectors = embedding.vectors(width: tower.configuration.hiddenSize) else {
                continue
            }
            let ids = (0..<Int32(vectors.shape[0])).map { next + $0 }
            next += Int32(ids.count)
            rows.append(vectors.cast(to: .f32))
            tokenizer.add(word: embedding.word, ids: ids)
            // ComfyUI's way to write it.
            tokenizer.add(word: "embedding:\(embedding.word)", ids: ids)
        }
        if !rows.isEmpty { tower.addedRows = concatenate(rows, axis: 0) }
    }

    private static func projectedTower(
        _ component: Component, _ options: LoadOptions
    ) throws(FileError) -> (CLIPTextModel, Linear?) {
        let c = try CLIPTextConfiguration(component.config)
        return try component.model(
            options, isIgnored: { $0.hasSuffix("position_ids") },
            renamed: CLIPTextModel.currentName,
            build: { w in
                (
                    CLIPTextModel(w("text_model"), c),
                    Linear(w("text_projection"), c.hiddenSize, c.projectionSize, bias: false)
                )
            })
    }

    /// The tower's hidden size.
    public var stateWidth: Int { tower.configuration.hiddenSize }
    /// Features of the projection; nil for a conditioner without one.
    public var pooledWidth: Int? { projection?.weight.shape[0] }

    /// States of `modelMaxLength` tokens each, padding among them. The pooled vector is the
    /// projected state at the text's end, in f32.
    public func callAsFunction(_ texts: [String], type: ElementType) -> TextConditioning {
        let ids = Tensor(
            texts.flatMap { tokenizer.encode($0) }, shape: [texts.count, tokenizer.modelMaxLength])
        let output = tower(ids, type: type)
        let states =
            switch layer {
            case .last: output.last
            case .penultimate: output.hidden[max(0, output.hidden.count - 2)]
            }
        return TextConditioning(
            states: states,
            pooled: projection.map { $0(tower.pooled(output.last, ids: ids)).cast(to: .f32) },
            lengths: textLengths(ids, end: tokenizer.eosID))
    }

    /// Says how many tokens do not fit into `modelMaxLength` and are left out.
    public func warning(about text: String) -> String? { tokenizer.warningOfCut(text) }
}

/// Tokens of each text up to its end, for ids `[texts, tokens]`.
public func textLengths(_ ids: Tensor, end: Int32) -> [Int] {
    let (count, values) = (ids.shape[1], ids.integers)
    return (0..<ids.shape[0]).map { row in
        let text = values[row * count..<(row + 1) * count]
        return text.firstIndex(of: end).map { $0 - text.startIndex + 1 } ?? count
    }
}
