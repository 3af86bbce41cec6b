import PinxitTensors

// Legend: B batch, h w picture's sides, H W latents' sides, C latent channels.

/// A network, and the picture it holds a painting to.
package struct LatentControl {
    /// What a network made of the picture: the same for all steps.
    enum Seen {
        case controlNet(ControlNet, picture: Tensor)
        case adapter([Tensor])
    }

    let seen: Seen
    let scale: Float
    let part: ClosedRange<Double>

    /// - Parameters:
    ///   - picture: `[1, h, w, 3]` in [0, 1], or `[1, h, w, 1]` for a network that takes gray; its
    ///     type is what is computed in.
    ///   - scale: What all that the network adds is multiplied by.
    ///   - part: The part of the steps it is asked in, within 0 to 1.
    package init(
        _ network: ControlNetwork, _ picture: Tensor, scale: Double, part: ClosedRange<Double>
    ) {
        self.scale = Float(scale)
        self.part = part
        switch network {
        case .controlNet(let net): seen = .controlNet(net, picture: net.embedded(picture))
        case .adapter(let adapter):
            seen = .adapter(adapter.features(picture).map { $0 * Float(scale) })
        }
    }

    /// Whether its ControlNet pools maps.
    var isPooled: Bool {
        if case .controlNet(let net, _) = seen { net.configuration.isPooled } else { false }
    }

    /// Whether it is asked in a step, from 0: one that lies in its part as a whole, as diffusers
    /// has it.
    func holds(at step: Int, of count: Int) -> Bool {
        let (start, end) = (Double(step) / Double(count), Double(step + 1) / Double(count))
        return start >= part.lowerBound && end <= part.upperBound && scale != 0
    }
}

/// All that guides a painting beside its words.
///
/// Used on the engine's thread only.
package final class LatentControls {
    private let all: [LatentControl]
    private let isGuessing: Bool
    /// Those of the step that is taken.
    private var present: [LatentControl] = []

    /// - Parameters:
    ///   - all: At least one.
    ///   - isGuessing: Whether what guidance leads away from goes without them, and the first maps
    ///     get less of them (diffusers' guess mode).
    package init(_ all: [LatentControl], isGuessing: Bool) {
        precondition(!all.isEmpty, "no controls")
        self.all = all
        // diffusers asks the first only.
        self.isGuessing = isGuessing || all[0].isPooled
    }

    func begin(_ step: Int, of count: Int) {
        present = all.filter { $0.holds(at: step, of: count) }
    }

    func end() { present = [] }

    /// What makes the residuals of a batch of texts.
    ///
    /// - Parameter negatives: How many of the texts guidance leads away from; they come first.
    func source(of text: TextVectors, negatives: Int) -> Source {
        Source(controls: self, text: text, left: isGuessing ? negatives : 0)
    }

    struct Source {
        private let controls: LatentControls
        /// How many samples go without.
        private let left: Int
        /// Those of the others; kept, so that steps share what is made of it.
        private let context: TextContext?

        init(controls: LatentControls, text: TextVectors, left: Int) {
            (self.controls, self.left) = (controls, left)
            context = left > 0 ? TextContext(text.sliced(left..<text.count).states) : nil
        }

        /// Gives the denoiser what all networks of a step add together.
        ///
        /// - Parameters:
        ///   - given: What the denoiser is given beside.
        ///   - x: `[B, H, W, C]`.
        func complete(
            _ given: inout DenoiserConditions, _ x: Tensor, timestep: Float
        ) throws(CancellationError) {
            for case .adapter(let features) in controls.present.map(\.seen) {
                given.features =
                    given.features.isEmpty
                    ? features : zip(given.features, features).map { $0 + $1 }
            }
            given.residuals = try residuals(x, timestep: timestep, given)
        }

        /// Of all ControlNets together; nil in a step without any.
        private func residuals(
            _ x: Tensor, timestep: Float, _ given: DenoiserConditions
        ) throws(CancellationError) -> ControlResiduals? {
            let samples = left..<x.shape[0]
            var own = given
            if let context {
                own.text = context
                own.added = given.added?.sliced(axis: 0, samples)
                if !given.numbers.isEmpty { own.numbers = Array(given.numbers[samples]) }
            }
            let x = left > 0 ? x.sliced(axis: 0, samples) : x
            var sum: ControlResiduals?
            for control in controls.present {
                guard case .controlNet(let net, let picture) = control.seen else { continue }
                var strength = ControlNet.Strength(scale: control.scale)
                strength.isGraded = controls.isGuessing
                strength.isShallow = given.deepCache?.isNextShallow ?? false
                let residuals = try net(
                    x, timesteps: [Float](repeating: timestep, count: samples.count), own,
                    picture: picture, strength)
                sum = sum.map { $0 + residuals } ?? residuals
            }
            return sum?.behind(left)
        }
    }
}
