import PinxitImages
import PinxitStableDiffusion
import PinxitTensors
import PinxitTokenizers

/// Gathers what explains a picture while it is drawn.
///
/// Used on the engine's thread only.
final class PictureWitness {
    let explainer = LatentExplainer()
    private let pictureInterval: Int
    private var steps: [PictureExplanation.Step] = []
    private var before = PaintTimes()
    private var stepStart = ContinuousClock.now
    /// Seconds spent on pictures of steps.
    private var decoding = 0.0
    private var known = (guidance: 0, seconds: 0.0)

    /// - Parameter pictureInterval: Every how many steps the picture so far is kept.
    init(pictureInterval: Int) { self.pictureInterval = pictureInterval }

    /// Begins a picture.
    ///
    /// - Parameter times: What was spent on those before.
    func begin(_ times: PaintTimes) {
        explainer.reset()
        (steps, before, decoding, known) = ([], times, 0, (0, 0))
        stepStart = .now
    }

    /// Takes note of a step.
    ///
    /// - Parameter picture: Makes the picture so far; asked only where it is kept.
    func step(_ number: Int, of total: Int, _ picture: () throws -> Picture) rethrows {
        let now = ContinuousClock.now
        let looking = explainer.seconds - known.seconds
        let guided = explainer.guidance[known.guidance...].map(\.share)
        let isKept = number % pictureInterval == 0 || number == total || number == 1
        let own = isKept ? try picture() : nil
        steps.append(
            PictureExplanation.Step(
                number: number, picture: own,
                seconds: max(0, (now - stepStart) / .seconds(1) - looking),
                guidance: guided.isEmpty
                    ? nil : guided.reduce(0, +) / Double(guided.count)))
        decoding += (ContinuousClock.now - now) / .seconds(1)
        known = (explainer.guidance.count, explainer.seconds)
        stepStart = .now
    }

    /// Seconds that explaining took of the sampling.
    var seconds: Double { decoding + explainer.seconds }

    /// All of it.
    ///
    /// - Parameter times: With this picture's.
    func explanation(
        _ request: ResolvedRequest, _ settings: ResolvedRequest.Diffusion,
        _ model: LatentDiffusion, _ times: PaintTimes
    ) -> PictureExplanation {
        let side = PictureSize(
            width: request.width / model.scale, height: request.height / model.scale)
        let map = explainer.guidanceMap.map {
            HeatMap(width: $0.shape[1], height: $0.shape[0], values: $0.floats)
        }
        return PictureExplanation(
            texts: texts(request, settings, model, side), steps: steps, guidance: map,
            times: times.since(before))
    }

    private func texts(
        _ request: ResolvedRequest, _ settings: ResolvedRequest.Diffusion,
        _ model: LatentDiffusion, _ side: PictureSize
    ) -> [PictureExplanation.Text] {
        guard let tokenizer = model.text.firstTokenizer else { return [] }
        let prompt = Prompt(request.prompt, settings.text.emphasis)
        var (texts, seen) = ([PictureExplanation.Text](), Set<String>())
        for part in prompt.parts {
            for stage in part.text.stages(of: settings.steps)
            where seen.insert(stage.text).inserted {
                let attention = explainer.attention(to: stage.text)
                guard !attention.isEmpty else { continue }
                texts.append(
                    PictureExplanation.Text(
                        stage.text, weight: part.weight, tokenizer, settings.text,
                        TokenMaps(attention, side: side)))
            }
        }
        return texts
    }
}
