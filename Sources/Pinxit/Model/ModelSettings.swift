import PinxitFiles

/// What a model's folder says of its own use and making, in `pinxit.json`; everything has a
/// default, so a folder from elsewhere needs no such file.
public struct ModelSettings: Sendable, Equatable {
    /// `steps`: denoising steps where a request names none.
    public var steps = 20
    /// `guidance_scale`: guidance where a request names none.
    public var guidanceScale = 7.5
    /// `prior_steps`: steps of an unCLIP's prior.
    public var priorSteps = 25
    /// `prior_guidance_scale`: guidance of an unCLIP's prior.
    public var priorGuidanceScale = 4.0
    /// `training_hours`: how long it was trained, in hours of the clock on the wall.
    public var trainingHours: Double?

    /// The settings of a folder that says nothing.
    public init() {}

    /// - Parameter usual: What holds where the folder does not say.
    /// - Throws: `FileError` for the file and field that is wrong.
    init(folder: String, or usual: ModelSettings = ModelSettings()) throws(FileError) {
        self = usual
        let file = folder.path("pinxit.json")
        guard fileExists(file) else { return }
        let json = try JSONFile.read(file)
        steps = try json["steps"].size(or: steps, in: 1...1000)
        guidanceScale = try json["guidance_scale"].double(or: guidanceScale)
        priorSteps = try json["prior_steps"].size(or: priorSteps, in: 2...1000)
        priorGuidanceScale = try json["prior_guidance_scale"].double(or: priorGuidanceScale)
        if json["training_hours"].exists { trainingHours = try json["training_hours"].double() }
    }
}
