import PinxitTensors

/// Augmentations that gradients flow through (DiffAugment, Zhao et al. 2020): both players see real
/// and generated pictures through them, so the discriminator cannot learn the training pictures by
/// heart.
enum Augmentation: String, CaseIterable {
    /// Moved by up to an eighth of the side.
    case translation
    /// A square of half the side goes blank.
    case cutout
    /// Brightness, saturation and contrast change mildly: captions name colours, and red has to
    /// stay red.
    case colour

    /// - Parameters:
    ///   - x: `[batch, height, width, 3]` in f32.
    ///   - rows: Which these are of all pictures that something is drawn for; by default all.
    ///   - share: How many of the pictures are changed, 0 to 1.
    func callAsFunction(
        _ x: Tensor, _ rows: DrawnRows? = nil, share: Float, _ random: inout SplitMix64
    ) -> Tensor {
        let rows = rows ?? DrawnRows(all: x.shape[0])
        return switch self {
        case .translation: translated(x, rows, share, &random)
        case .cutout: cut(x, rows, share, &random)
        case .colour: recoloured(x, rows, share, &random)
        }
    }

    private func translated(
        _ x: Tensor, _ rows: DrawnRows, _ share: Float, _ random: inout SplitMix64
    ) -> Tensor {
        let (_, height, width, _) = x.picture
        func shift(_ side: Int) -> Int { random.below(2 * (side / 8) + 1) - side / 8 }
        return x.translated(
            rows.drawn {
                let isChanged = random.uniform() < share
                let by = Operation.Translation(down: shift(height), right: shift(width))
                return isChanged ? by : .init(down: 0, right: 0)
            })
    }

    private func cut(
        _ x: Tensor, _ rows: DrawnRows, _ share: Float, _ random: inout SplitMix64
    ) -> Tensor {
        let (batch, height, width, _) = x.picture
        var mask = [Float](repeating: 1, count: batch * height * width)
        let centres = rows.drawn { () -> (row: Int, column: Int)? in
            let isChanged = random.uniform() < share
            // The square's centre may lie anywhere, so it may be cut off itself.
            let (row, column) = (random.below(height + 1), random.below(width + 1))
            return isChanged ? (row, column) : nil
        }
        for (index, centre) in centres.enumerated() {
            guard let (row, column) = centre else { continue }
            for y in max(0, row - height / 4)..<min(height, row + height / 4) {
                for x in max(0, column - width / 4)..<min(width, column + width / 4) {
                    mask[(index * height + y) * width + x] = 0
                }
            }
        }
        return x * Tensor(mask, shape: [batch, height, width, 1])
    }

    private func recoloured(
        _ x: Tensor, _ rows: DrawnRows, _ share: Float, _ random: inout SplitMix64
    ) -> Tensor {
        let (batch, height, width, _) = x.picture
        let changes = rows.drawn { () -> (brightness: Float, saturation: Float, contrast: Float) in
            let amount: Float = random.uniform() < share ? 1 : 0
            func spread() -> Float { amount * (2 * random.uniform() - 1) }
            return (0.2 * spread(), 1 + 0.25 * spread(), 1 + 0.2 * spread())
        }
        func each(_ values: [Float]) -> Tensor { Tensor(values, shape: [batch, 1, 1, 1]) }
        var y = x + each(changes.map(\.brightness))
        let gray = y.mean(axis: 3).reshaped([batch, height, width, 1])
        y = gray + (y - gray) * each(changes.map(\.saturation))
        let level = y.reshaped([batch, -1]).mean(axis: 1).reshaped([batch, 1, 1, 1])
        return level + (y - level) * each(changes.map(\.contrast))
    }
}

extension [Augmentation] {
    /// All of them, one after the other.
    func callAsFunction(
        _ x: Tensor, _ rows: DrawnRows, share: Float, _ random: inout SplitMix64
    ) -> Tensor {
        var y = x
        for augmentation in self { y = augmentation(y, rows, share: share, &random) }
        return y
    }
}
