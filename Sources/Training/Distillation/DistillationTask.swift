import PinxitCLIP
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitLayers
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors

/// Distillation of a latent diffusion model of rectified flow to a few steps without guidance.
///
/// The flow is straightened piece by piece (PeRFlow, Yan et al. 2024, arXiv 2405.07510): from a
/// step's start, the velocity is to lead straight to where the teacher gets in several guided steps
/// (guidance: Meng et al. 2023, arXiv 2210.03142). Starts are not noised pictures but points on
/// ways from pure noise, as in painting: the teacher's way, and often the student's own (Ross et
/// al. 2011), so that it learns to set right what its earlier steps got wrong. It needs captions
/// and no pictures.
final class DistillationTask: TrainingTask {
    private let settings: DistillationSettings
    private let optimisation: OptimisationSettings
    private let parts: DiffusionParts
    private let captions: any CaptionedPictures
    private let teacher: Teacher
    private let segments: [FlowSegment]
    private let store: ParameterStore
    private let unet: UNet
    private var order: EpochOrder
    private let validation: DistillationValidation
    /// The teacher's pictures of the fixed prompts, once they were wanted.
    private var teachersPictures: [Picture]?

    var parameters: [ParameterStore.Parameter] { store.parameters }
    var components: [String: [ParameterStore.Parameter]] { ["unet": store.parameters] }

    static func check(_ s: SettingsReader) throws {
        _ = try DistillationSettings(s.group("task"))
        _ = try s.prompts()
    }

    init(_ context: TrainingContext, _ optimisation: OptimisationSettings) throws {
        self.optimisation = optimisation
        var settings = try DistillationSettings(context.settings.group("task"))
        settings.teacher = try context.findModel(settings.teacher)
        self.settings = settings
        let (parts, teacher) = try Self.parts(context, settings, optimisation)
        (self.parts, self.teacher) = (parts, teacher)
        segments = FlowSegment.all(
            try settings.sampling.schedulerConfiguration(), teacherSteps: settings.teacherSteps)
        captions = try context.captionedPictures(optimisation.seed)
        store = ParameterStore(seed: optimisation.seed)
        unet = UNet(store.root, parts.configuration)
        try StartingWeights(folder: settings.teacher).copy("unet", into: store.parameters)
        order = EpochOrder(
            count: context.distinct(settings.captions, of: captions), seed: optimisation.seed)
        let heldOut = try context.captionedPictures(1, .test)
        validation = try DistillationValidation(teacher, latent: parts.latentShape) { count in
            parts.text((0..<count).map(heldOut.caption), type: optimisation.precision).states
        }
    }

    /// The teacher, and the folder that gets what it needs beside a U-Net from there.
    private static func parts(
        _ context: TrainingContext, _ settings: DistillationSettings,
        _ optimisation: OptimisationSettings
    ) throws -> (DiffusionParts, Teacher) {
        let folder = settings.teacher
        guard followed(folder) != followed(context.model) else {
            throw FileError(
                path: context.model,
                problem: "is the teacher, which would be written over; another folder is accepted",
                access: .writing)
        }
        for name in ["tokenizer", "text_encoder", "vae", "unet"]
        where !fileExists(folder.path(name)) {
            throw FileError(
                path: folder.path(name),
                problem: "is missing; task.teacher names a model that is finished, as by "
                    + "--set task.teacher=MODEL")
        }
        return try context.completing(["tokenizer", "text_encoder", "vae"], from: folder) {
            for name in ["text_encoder", "vae"]
            where try weightsIdentity(context.model.path(name))
                != weightsIdentity(folder.path(name))
            {
                throw FileError(
                    path: context.model.path(name),
                    problem: "is another than that of \(folder), the teacher; accepted: the same, "
                        + "or none, which is then copied")
            }
            let teachers = try UNet.load(folder: folder.path("unet")).configuration
            let parts = try DiffusionParts(
                prompts: try context.prompts(), folder: context.model, settings.sampling
            ) { _, _ in teachers }
            let teacher = try Teacher(
                folder: folder, guidanceScale: settings.guidanceScale,
                precision: optimisation.precision
            ) { parts.text($0, type: optimisation.precision).states }
            return (parts, teacher)
        }
    }

    func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        let (rows, size) = (optimisation.rows, optimisation.batch)
        let each = DrawnRows(of: optimisation)
        let indices = order.batch(step: step, size: size)[rows]
        let states = parts.text(
            indices.map { captions.caption(at: $0) }, type: optimisation.precision
        ).states
        var random = SplitMix64(seed: optimisation.seed &+ 1, index: step)
        var x = random.normal(rows, of: size, row: parts.latentShape)
        let denoise = teacher.denoise(states)
        var (losses, scalars) = ([Tensor](), [String: Float]())
        for (index, segment) in segments.enumerated() {
            let places = each.drawn {
                let (isBetween, place) = (random.uniform() < settings.between, random.uniform())
                return isBetween ? place : 0
            }
            let isOwn = each.drawn { random.uniform() < settings.ownStarts ? Float(1) : 0 }
            let end = try segment.walk.sample(x, denoise: denoise)
            let points = segment.points(places, from: x, to: end)
            let velocity = try unet(
                points.x.cast(to: optimisation.precision), timesteps: points.timesteps,
                context: states
            ).cast(to: .f32)
            let loss = (velocity - (x - end) * (1 / segment.length)).squared.mean()
            losses.append(loss)
            scalars["loss/step_\(index + 1)"] = loss.item
            let own = points.end(along: velocity.detached)
            x = end + Tensor(isOwn, shape: [isOwn.count, 1, 1, 1]) * (own - end)
        }
        let sum = losses.dropFirst().reduce(losses[0]) { $0 + $1 }
        return (sum * (1 / Float(segments.count)), scalars)
    }

    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {
        let unet = UNet(ParameterStore(checkpoint: weights).root, parts.configuration)
        let precision = optimisation.precision
        let difference = try validation.difference(unet, segments, precision: precision)
        try log.scalars(["heldout/difference": difference], step: step, table: "heldout")
        try log.grid(
            "samples", try pictures(unet, precision), columns: parts.columns, step: step)
        try exportWhole(weights: weights)
        log.message("step \(step): held-out difference \(Progress.rounded(difference))")
    }

    /// Rows of the teacher's pictures, each with one of the student's below, of the same noise.
    private func pictures(_ unet: UNet, _ precision: ElementType) throws -> [Picture] {
        let own = try parts.paint(unet, parts.text, precision: precision)
        let teachers =
            try teachersPictures
            ?? parts.paint(
                teacher.unet, parts.text, as: teacher.sampling, precision: precision)
        teachersPictures = teachers
        return stride(from: 0, to: own.count, by: parts.columns).flatMap { start in
            let row = start..<min(start + parts.columns, own.count)
            return teachers[row] + own[row]
        }
    }

    func export(weights: [String: Tensor]) throws { try parts.write(unet: weights, text: [:]) }
}
