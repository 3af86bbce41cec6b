import PinxitCLIP
import PinxitTensors
import PinxitTokenizers

// Legend: B texts, T tokens, D features of states, P features of the pooled vector.

/// What the denoiser is given of texts: `[B, T, D]`, `[B, P]`, and numbers for each.
struct TextVectors {
    var states: Tensor
    var pooled: Tensor?
    var numbers: [[Float]]
    /// The text of each row; nil for those that guidance leads away from.
    var texts: [String?]

    init(_ text: TextConditioning, numbers: [[Float]], texts: [String?]) {
        (states, pooled, self.numbers) = (text.states, text.pooled, numbers)
        self.texts = texts
    }

    /// The number of texts.
    var count: Int { states.shape[0] }

    /// Those of some of the texts.
    func sliced(_ rows: Range<Int>) -> TextVectors {
        var own = self
        own.states = states.sliced(axis: 0, rows)
        own.pooled = pooled?.sliced(axis: 0, rows)
        own.numbers = numbers.isEmpty ? [] : Array(numbers[rows])
        own.texts = Array(texts[rows])
        return own
    }

    /// A place on the straight way to others of as many texts and tokens: 0 is these, 1 the others.
    func blended(_ other: TextVectors, at place: Float) -> TextVectors {
        var own = self
        own.states = blend(1 - place, states, place, other.states)
        own.pooled = pooled.flatMap { pooled in
            other.pooled.map { blend(1 - place, pooled, place, $0) }
        }
        return own
    }

    /// Makes some texts' vectors zeros.
    mutating func clear(_ rows: [Int]) {
        guard !rows.isEmpty else { return }
        let kept = Tensor(
            (0..<count).map { rows.contains($0) ? 0 : 1 } as [Float], shape: [count, 1])
        states = states * kept.reshaped([count, 1, 1]).cast(to: states.type)
        pooled = pooled.map { $0 * kept }
    }
}

extension TextVectors {
    /// What makes them of texts.
    struct Source {
        let model: LatentDiffusion
        var sampling: LatentSampling

        func own(_ prompts: [String]) -> TextVectors {
            let text = model.text(prompts, sampling.reading, type: sampling.type)
            return TextVectors(
                text, numbers: numbers(sampling.micro?.own, prompts.count), texts: prompts)
        }

        /// Before the prompts' the vectors of texts that guidance leads away from; twice as many
        /// for a model that is guided by a picture too.
        func own(
            _ prompts: [String], leadingAwayFrom given: [String]
        ) -> TextVectors {
            let negativePrompts = model.task == .instruction ? given + given : given
            var vectors = TextVectors(
                text(prompts, negativePrompts),
                numbers: numbers(sampling.micro?.negative, negativePrompts.count)
                    + numbers(sampling.micro?.own, prompts.count),
                texts: negativePrompts.map { _ in nil } + prompts)
            if model.forcesZeros {
                vectors.clear(negativePrompts.indices.filter { negativePrompts[$0].isEmpty })
            }
            return vectors
        }

        /// The negative prompts' states and the prompts', of as many chunks.
        private func text(_ prompts: [String], _ negativePrompts: [String]) -> TextConditioning {
            let (reading, all) = (sampling.reading, negativePrompts + prompts)
            guard reading.clipSkip > 0, reading.emphasis == .off else {
                return model.text(all, reading, type: sampling.type)
            }
            // diffusers skips no layers of what guidance leads away from.
            let own = reading.chunked(model.text.chunkCount(all, reading))
            var negative = own
            negative.clipSkip = 0
            return TextConditioning(
                model.text(negativePrompts, negative, type: sampling.type),
                model.text(prompts, own, type: sampling.type))
        }

        private func numbers(_ conditions: MicroConditions?, _ samples: Int) -> [[Float]] {
            guard let count = model.numberCount, let conditions else { return [] }
            return [[Float]](repeating: conditions.numbers(count), count: samples)
        }
    }
}
