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
    ///   - share: How many of the pictures are changed, 0 to 1.
    func callAsFunction(_ x: Tensor, share: Float, _ random: inout SplitMix64) -> Tensor {
        switch self {
        case .translation: translated(x, share, &random)
        case .cutout: cut(x, share, &random)
        case .colour: recoloured(x, share, &random)
        }
    }

    private func translated(_ x: Tensor, _ share: Float, _ random: inout SplitMix64) -> Tensor {
        let (batch, height, width, _) = x.picture
        func shift(_ side: Int) -> Int { random.below(2 * (side / 8) + 1) - side / 8 }
        return x.translated(
            (0..<batch).map { _ in
                let isChanged = random.uniform() < share
                let by = Operation.Translation(down: shift(height), right: shift(width))
                return isChanged ? by : .init(down: 0, right: 0)
            })
    }

    private func cut(_ x: Tensor, _ share: Float, _ random: inout SplitMix64) -> Tensor {
        let (batch, height, width, _) = x.picture
        var mask = [Float](repeating: 1, count: batch * height * width)
        for index in 0..<batch {
            let isChanged = random.uniform() < share
            // The square's centre may lie anywhere, so it may be cut off itself.
            let (row, column) = (random.below(height + 1), random.below(width + 1))
            guard isChanged else { continue }
            for y in max(0, row - height / 4)..<min(height, row + height / 4) {
                for x in max(0, column - width / 4)..<min(width, column + width / 4) {
                    mask[(index * height + y) * width + x] = 0
                }
            }
        }
        return x * Tensor(mask, shape: [batch, height, width, 1])
    }

    private func recoloured(_ x: Tensor, _ share: Float, _ random: inout SplitMix64) -> Tensor {
        let (batch, height, width, _) = x.picture
        var (brightness, saturation, contrast): ([Float], [Float], [Float]) = ([], [], [])
        for _ in 0..<batch {
            let amount: Float = random.uniform() < share ? 1 : 0
            func spread() -> Float { amount * (2 * random.uniform() - 1) }
            brightness.append(0.2 * spread())
            saturation.append(1 + 0.25 * spread())
            contrast.append(1 + 0.2 * spread())
        }
        func each(_ values: [Float]) -> Tensor { Tensor(values, shape: [batch, 1, 1, 1]) }
        var y = x + each(brightness)
        let gray = y.mean(axis: 3).reshaped([batch, height, width, 1])
        y = gray + (y - gray) * each(saturation)
        let level = y.reshaped([batch, -1]).mean(axis: 1).reshaped([batch, 1, 1, 1])
        return level + (y - level) * each(contrast)
    }
}

extension [Augmentation] {
    /// All of them, one after the other.
    func callAsFunction(_ x: Tensor, share: Float, _ random: inout SplitMix64) -> Tensor {
        var y = x
        for augmentation in self { y = augmentation(y, share: share, &random) }
        return y
    }
}
