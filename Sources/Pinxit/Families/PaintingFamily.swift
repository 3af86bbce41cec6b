import PinxitImages
import PinxitTensors

/// What a family of models brings to ``Painter``: it completes requests, prepares what all pictures
/// of one share, and paints one picture. Everything else, the loop over pictures with seeds, times,
/// checks, events and cancellation, is ``PaintLoop``'s.
protocol PaintingFamily: Sendable {
    /// The request with everything filled in, and how it is prepared.
    ///
    /// - Parameters:
    ///   - request: Within bounds that no model exceeds, with options of this family only.
    ///   - common: Seed, count and precision, decided.
    /// - Throws: `PaintError.request` for what this model cannot do.
    func plan(_ request: PaintRequest, _ common: CommonSettings) throws(PaintError) -> PaintPlan

    /// The side of the pictures it was trained on, where it paints others too; else nil.
    var learntSide: Int? { get }
}

extension PaintingFamily {
    var learntSide: Int? { nil }
}

/// What is decided of every request in the same way.
struct CommonSettings: Sendable {
    let seed: UInt32
    let count: Int
    let precision: Precision
}

/// A request that is ready to be painted.
struct PaintPlan: Sendable {
    var request: ResolvedRequest
    /// Does what all pictures share. On the engine's thread.
    let prepare: @Sendable (PaintWatch) throws -> any PicturePainter
}

/// Paints the pictures of one request, one at a time. On the engine's thread.
protocol PicturePainter: AnyObject {
    /// Words that the user should know, such as of what did not fit.
    var warnings: [String] { get }

    /// - Parameters:
    ///   - number: Of the picture, from 1.
    ///   - seed: Decides what is drawn at random.
    ///   - watch: Told of stages and steps.
    func paint(_ number: Int, seed: UInt32, _ watch: PaintWatch) throws -> PaintedImage
}

/// A picture with what lay between, if that is kept.
struct PaintedImage {
    let picture: Picture
    var tensors: PaintTensors?
    var explanation: PictureExplanation?
}

extension ResolvedRequest {
    /// - Parameter settings: What the family filled in.
    init(
        _ request: PaintRequest, _ common: CommonSettings, width: Int, height: Int,
        _ settings: Settings
    ) {
        self.init(
            prompt: request.prompt, negativePrompt: request.negativePrompt,
            source: request.source, width: width, height: height, seed: common.seed,
            count: common.count, precision: common.precision, settings: settings)
    }
}

extension PaintRequest {
    /// Refuses sizes other than the one a model paints.
    func checkSize(is side: Int) throws(PaintError) {
        for (field, size) in [("width", width ?? side), ("height", height ?? side)]
        where size != side {
            throw .request(
                field: field, problem: "\(size) is not accepted; this model paints \(side) pixels")
        }
    }

    /// Refuses int8, which only a U-Net has.
    func checkPrecision(for family: ModelFamily) throws(PaintError) {
        guard precision == .int8 else { return }
        throw .request(
            field: "precision", problem: "int8 is not for \(family.title); f32 and bf16 are")
    }

}

extension PaintSource {
    /// For models that have no way from prompt to prompt.
    func refuseInterpolation() throws(PaintError) {
        throw .request(
            field: kind.rawValue,
            problem: "only latent diffusion and a GAN have a way from prompt to prompt")
    }

    /// For models that cannot start from a picture's latents.
    func refuseEditing() throws(PaintError) {
        throw .request(
            field: kind.rawValue, problem: "only a latent diffusion model changes pictures")
    }

    /// For models that do not see pictures.
    func refusePictures() throws(PaintError) {
        throw .request(
            field: kind.rawValue,
            problem: "only an unCLIP model paints from what it sees in pictures")
    }
}
