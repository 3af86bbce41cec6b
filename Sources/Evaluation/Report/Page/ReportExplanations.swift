import PinxitDatasets
import PinxitFiles

extension Report {
    /// What each figure is, in words, with its chance level and what real pictures give.
    var explanations: [(title: String, text: String)] {
        let library = evaluator.library
        let things = min(1 + evaluator.configuration.distractors, library.vocabulary.count)
        return [
            (
                "color, background, count, position, side, style, object, shape",
                """
                Forced choice. Beside each picture lie renderings of its prompt and of the same with one attribute changed: ten colours, nine \
                backgrounds, one to \(library.recipe.counts.upperBound) things, nine places, four sides, \(library.drawnStyles.count) styles, \(things) random things \
                (shape: all in one colour). The nearest is what the picture shows. Chance is one in as many; real pictures are other renderings of \
                the same prompts. It says whether a thing is closer to what was asked than to anything else, not whether it is beautiful.
                """
            ),
            (
                "english, chinese, zh - en",
                """
                The same pictures asked in both languages from the same noise, of trained and held-out combinations: the shares that are right, and \
                how many points of a hundred Chinese is better, with the 95 % interval for pairs of Agresti and Min (2005).
                """
            ),
            (
                "vary, blend",
                """
                Pictures painted from pictures, without words, by models that can. Vary: a real picture comes back, and is asked what a picture of \
                its words would be asked. Blend: of two pictures with a quarter of the second, the first's thing is asked among \(things), the second's among them.
                """
            ),
            (
                "object R@k",
                """
                The thing that was asked among all \(library.vocabulary.count) of the vocabulary: how often it is one of the k nearest.
                """
            ),
            ("R-precision", rPrecisionText), ("KID × 1000", kernelDistanceText),
            (
                "copies",
                """
                The share of pictures of held-out combinations that lie nearer to one of \(evaluator.configuration.trainingPictures) training \
                pictures than 95 % of real pictures of the same prompts do: by pixels (16x16 RGB) and, where there is an evaluator, by its embeddings. \
                About .05 where nothing is copied, less where a model paints badly, 1 for a model that only copies. The pairs are shown below.
                """
            ),
            (
                "diversity",
                """
                The mean distance (16x16 RGB) between pictures of one prompt with different seeds, and between pictures of different prompts, each \
                divided by the same for real pictures. 1 is as varied as real pictures, near 0 has collapsed to one picture, well above 1 for \
                seeds means that the model is not sure what to paint.
                """
            ),
            (
                "seconds a picture, parameters, training hours",
                """
                The median on the machine that made this page, without loading; all weights in the model's folder, counted; the clock on the wall for all \
                stages of training, as the model's pinxit.json says.
                """
            ),
        ]
    }

    private var rPrecisionText: String {
        """
        After Xu et al. (AttnGAN, 2018): the prompt is ranked by the evaluator CLIP among up to \(evaluator.configuration.candidates) captions of other pictures of \
        the same kind; the figure is how often it comes first. Chance is one in \(evaluator.configuration.candidates + 1), whatever a model that ignores its prompts paints; \
        what real pictures get is the most that this evaluator allows. Composed prompts have three or more attributes at once, one combination at least held out.
        """
    }

    private var kernelDistanceText: String {
        let floors = reference.embedded?.floors.map { floors in
            func text(_ distance: KernelDistance) -> String {
                "\(fixedPoint(distance.mean * 1000, 2)) ± \(fixedPoint(distance.deviation * 1000, 2))"
            }
            return """
                 Real pictures against real pictures: other renderings of the same prompts \(text(floors.real)), one half of the training pictures against \
                the other \(text(floors.trainingHalves)), training against held-out pictures \(text(floors.heldOut)).
                """
        }
        let settings = evaluator.configuration.kernelDistance
        return """
            The kernel inception distance of Bińkowski et al. (2018) between painted and real pictures of the same prompts, with the evaluator CLIP's \
            embeddings in place of Inception's: unbiased, polynomial kernel of degree 3, mean ± standard deviation over \(settings.subsets) subsets of up to \
            \(settings.size). It can be compared only within this page. 0 is what real pictures give on average; a model that copies training \
            pictures gets it too, so it is to be read together with the copies.\(floors ?? "")
            """
    }
}
