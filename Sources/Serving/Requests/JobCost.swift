import Pinxit

/// What a request costs, in pixel-steps: pixels times steps of all pictures, and what stands beside
/// the model in the like. Estimates, by what the networks are; nothing is measured.
struct JobCost {
    let request: PaintRequest
    /// In pixels, of the square pictures that the model was trained on.
    let side: Int
    /// Where the request does not say.
    let usualSteps: Int
    /// What each of the request's controls is, in their order.
    let controls: [ControlKind]
    /// Whether the model may read `AND` as what puts texts together.
    var composes = true

    /// A ControlNet is the half of a U-Net that goes down.
    private static let controlNet = 0.5
    /// An image encoder looks once, as a step or so does.
    private static let look = 1.0
    /// Four steps without guidance look for a mask's words.
    private static let words = 2.0

    var pixelSteps: Double {
        let options = request.diffusion
        let steps = Double(options.steps ?? usualSteps)
        var evaluated = steps + secondPass(steps)
        // The picture whose layout is held is drawn beside.
        if options.layout.sentence != nil { evaluated *= 2 }
        // Beside the negative prompt's, texts are evaluated one each.
        if composes { evaluated *= Double(request.composedTexts + 1) / 2 }
        evaluated *= 1 + Self.controlNet * controlled
        let pixels = Double(request.mostPixels(side: side))
        // A DALL·E draws the candidates too that its CLIP does not keep.
        let count =
            Double(request.source.count ?? request.count) * Double(request.tokens.candidates ?? 1)
        return pixels * (evaluated * count + once + Double(sought) * steps)
    }

    /// Pictures whose noise is sought: twice a step, without guidance.
    private var sought: Int {
        switch request.source {
        case .variation(_, _, let amount): amount == 1 ? 0 : 1
        case .blend(_, _, _, _, let amount): amount == 1 ? 0 : 2
        case .text, .image, .inpaint, .interpolation: 0
        }
    }

    /// The second pass, in steps of the first's size.
    private func secondPass(_ steps: Double) -> Double {
        let hires = request.diffusion.hires
        guard let scale = hires.scale else { return 0 }
        // All that is asked for: what strength leaves is not known of every sampler.
        return scale * scale * (hires.steps.map { Double($0) } ?? steps)
    }

    /// ControlNets that are evaluated with a step, on the average. T2I-Adapters look once.
    private var controlled: Double {
        zip(request.diffusion.controls, controls).reduce(0) { sum, asked in
            guard asked.1 == .controlNet else { return sum }
            return sum + asked.0.part.upperBound - asked.0.part.lowerBound
        }
    }

    /// What is done once for all pictures, in steps.
    private var once: Double {
        let look = request.diffusion.imagePrompt.picture == nil ? 0 : Self.look
        guard case .inpaint(_, let mask, _) = request.source, case .words = mask.area else {
            return look
        }
        return look + Self.words
    }
}
