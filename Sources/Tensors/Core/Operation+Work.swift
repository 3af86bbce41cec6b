extension Operation {
    /// The classes that tables of times are made of.
    public enum Kind: String, Sendable, CaseIterable {
        /// Kernels of 3x3, transposed ones too.
        case convolution3 = "convolution 3x3"
        /// All other kernels.
        case convolution = "convolution, other"
        /// Products of matrices, linear layers among them.
        case product = "linear"
        /// Attention with as many keys as queries.
        case selfAttention = "self-attention"
        /// Attention with another number of keys.
        case crossAttention = "cross-attention"
        /// Norms, and what else reduces rows: softmax and cross-entropy.
        case norm = "norms"
        /// Sums, products and functions of single elements.
        case elementwise = "elementwise"
        /// What copies or gathers elements without computing much.
        case movement = "movement"
        /// Weights brought into the order products read, on their first use: of no operation.
        case packing = "packing weights"
    }

    /// - Parameter inputs: As ``OperationObserver`` is given them.
    public func kind(_ inputs: [Tensor]) -> Kind {
        switch self {
        case .convolution, .transposedConvolution:
            inputs[1].shape.dimensions.suffix(2) == [3, 3] ? .convolution3 : .convolution
        case .linear, .matmul: .product
        case .attention: inputs[0].shape[1] == inputs[1].shape[1] ? .selfAttention : .crossAttention
        case .groupNorm, .layerNorm, .channelScale, .softmax, .logSoftmax, .crossEntropy: .norm
        case .add, .subtract, .multiply, .divide, .blend, .affine, .unary, .clamp, .geglu,
            .modulate, .cast:
            .elementwise
        case .leaf, .reshape, .permute, .concatenate, .slice, .translate, .sum, .upsample2,
            .averagePool2, .resizeNearest, .embedding, .recomputed:
            .movement
        }
    }

    /// Multiplications and additions of products and convolutions; 0 for operations that memory
    /// limits.
    public func flop(_ inputs: [Tensor], output: Tensor) -> Int {
        switch self {
        case .linear: 2 * output.count * inputs[1].shape[1]
        case .convolution: 2 * output.count * inputs[1].count / inputs[1].shape[0]
        case .transposedConvolution: 2 * inputs[0].count * inputs[1].count / inputs[1].shape[0]
        case .matmul(let transposeA, _): 2 * output.count * inputs[0].shape[transposeA ? -2 : -1]
        case .attention: 4 * inputs[0].count * inputs[1].shape[1]
        default: 0
        }
    }
}
