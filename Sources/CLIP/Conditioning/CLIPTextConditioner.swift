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
        tower.addedRows = self.tokenizer.learn(options.embeddings, of: tower.configuration)
            .compactMap { $0.vectors(width: tower.configuration.hiddenSize)?.cast(to: .f32) }
    }

    /// Of the tower's table.
    public func vectors(of word: String) -> [Tensor] { [tower.vectors(tokenizer.tokens(word))] }

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

    /// Its own.
    public var firstTokenizer: CLIPTokenizer? { tokenizer }
    /// The tower's hidden size.
    public var stateWidth: Int { tower.configuration.hiddenSize }
    /// Features of the projection; nil for a conditioner without one.
    public var pooledWidth: Int? { projection?.weight.shape[0] }

    /// All layers but one, and where the last is left out anyway all but two.
    public var mostClipSkip: Int {
        max(0, tower.configuration.layers - (layer == .last ? 1 : 2))
    }

    /// States of `modelMaxLength` tokens a chunk, padding among them. The pooled vector is the
    /// projected state at the end of the first chunk's text, in f32; weights and skipped layers do
    /// not change it.
    public func callAsFunction(
        _ texts: [String], _ reading: TextReading, type: ElementType
    ) -> TextConditioning {
        precondition(
            reading.clipSkip <= mostClipSkip,
            "\(reading.clipSkip) layers skipped, but \(mostClipSkip) can be")
        let (chunks, count) = self.chunks(texts, reading)
        var rows = chunks
        let isLed = reading.emphasis == .comfy && chunks.contains(where: \.isWeighted)
        if isLed { rows.append(tokenizer.emptyChunk) }
        let length = tokenizer.modelMaxLength
        let ids = Tensor(rows.flatMap(\.ids), shape: [rows.count, length])
        let output = tower(ids, type: type)
        var states = chosen(output, skipping: reading.clipSkip)
        if isLed {
            states = states.sliced(axis: 0, 0..<chunks.count).leading(
                from: states.sliced(axis: 0, chunks.count..<rows.count), chunks)
        } else {
            states = states.keepingMean(chunks)
        }
        return TextConditioning(
            states: count == 1
                ? states : states.reshaped([texts.count, count * length, stateWidth]),
            pooled: pooled(output, ids, every: count, of: texts.count),
            lengths: lengths(chunks, ends: textLengths(ids, end: tokenizer.eosID), every: count))
    }

    /// The chunks of all texts one text after the other, as many for each.
    private func chunks(
        _ texts: [String], _ reading: TextReading
    ) -> (chunks: [TokenChunk], count: Int) {
        let chunks = texts.map { tokenizer.chunks($0, reading.emphasis, reading.longPrompts) }
        let count = max(reading.leastChunks, chunks.map(\.count).max() ?? 1)
        let empty = tokenizer.emptyChunk
        return (
            chunks.flatMap { $0 + Array(repeating: empty, count: count - $0.count) }, count
        )
    }

    private func chosen(_ output: CLIPTextModel.Output, skipping count: Int) -> Tensor {
        let last = output.hidden.count - 1
        return switch layer {
        case .last: count == 0 ? output.last : tower.normalised(output.hidden[last - count])
        case .penultimate: output.hidden[max(0, last - 1 - count)]
        }
    }

    /// Of every so manieth row.
    private func pooled(
        _ output: CLIPTextModel.Output, _ ids: Tensor, every count: Int, of texts: Int
    ) -> Tensor? {
        guard let projection else { return nil }
        let all = projection(tower.pooled(output.last, ids: ids)).cast(to: .f32)
        guard all.shape[0] > texts else { return all }
        let rows = (0..<texts).map { all.sliced(axis: 0, $0 * count..<$0 * count + 1) }
        return concatenate(rows, axis: 0)
    }

    /// Tokens of each text up to the end in the last of its chunks that holds text.
    private func lengths(_ chunks: [TokenChunk], ends: [Int], every count: Int) -> [Int] {
        stride(from: 0, to: chunks.count, by: count).map { start in
            let last = chunks[start..<start + count].lastIndex { $0.textCount > 0 } ?? start
            return (last - start) * tokenizer.modelMaxLength + ends[last]
        }
    }

    /// The tokenizer's, or the least that is asked for.
    public func chunkCount(_ texts: [String], _ reading: TextReading) -> Int {
        chunks(texts, reading).count
    }

    /// Says how many tokens have no place and are left out.
    public func warning(about text: String, _ reading: TextReading) -> String? {
        tokenizer.warningOfCut(text, reading)
    }
}

/// Tokens of each text up to its end, for ids `[texts, tokens]`.
public func textLengths(_ ids: Tensor, end: Int32) -> [Int] {
    let (count, values) = (ids.shape[1], ids.integers)
    return (0..<ids.shape[0]).map { row in
        let text = values[row * count..<(row + 1) * count]
        return text.firstIndex(of: end).map { $0 - text.startIndex + 1 } ?? count
    }
}
