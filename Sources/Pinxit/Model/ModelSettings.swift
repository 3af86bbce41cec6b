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
    /// `variation_amount`: how far an unCLIP's variations leave the noise that their picture would
    /// come from, where a request does not say; 1 is all the way, as in diffusers.
    public var variationAmount = 1.0
    /// `blend_amount`: the same of blends.
    public var blendAmount = 1.0
    /// `temperature`: how boldly a DALL·E draws its tokens, where a request does not say.
    public var temperature = 1.0
    /// `top_p`: it draws from the fewest tokens that together have that probability.
    public var topP = 0.95
    /// `candidates`: pictures it draws for each that its CLIP keeps.
    public var candidates = 1
    /// `training_hours`: how long it was trained, in hours of the clock on the wall.
    public var trainingHours: Double?

    /// The file's name in a model's folder.
    package static let fileName = "pinxit.json"

    /// The settings of a folder that says nothing.
    public init() {}

    /// - Parameter usual: What holds where the folder does not say.
    /// - Throws: `FileError` for the file and field that is wrong.
    init(folder: String, or usual: ModelSettings = ModelSettings()) throws(FileError) {
        self = usual
        let file = folder.path(Self.fileName)
        guard fileExists(file) else { return }
        let json = try JSONFile.read(file)
        _ = try json.members()
        steps = try json["steps"].size(or: steps, in: 1...1000)
        guidanceScale = try Self.value(
            json["guidance_scale"], or: guidanceScale, of: RequestOptions.guidanceScale)
        priorSteps = try json["prior_steps"].size(or: priorSteps, in: 2...1000)
        priorGuidanceScale = try Self.value(
            json["prior_guidance_scale"], or: priorGuidanceScale,
            of: RequestOptions.guidanceScale)
        variationAmount = try Self.share(json["variation_amount"], or: variationAmount)
        blendAmount = try Self.share(json["blend_amount"], or: blendAmount)
        temperature = try Self.value(
            json["temperature"], or: temperature, of: RequestOptions.temperature)
        topP = try Self.value(json["top_p"], or: topP, of: RequestOptions.topP)
        candidates = try json["candidates"].size(or: candidates, in: 1...256)
        if json["training_hours"].exists { trainingHours = try json["training_hours"].double() }
    }

    private static func share(_ json: JSONField, or usual: Double) throws(FileError) -> Double {
        let share = try json.double(or: usual)
        guard (0...1).contains(share) else { throw json.unsupported("\(share)", ["0 to 1"]) }
        return share
    }

    /// A value that requests may ask for too.
    private static func value(
        _ json: JSONField, or usual: Double, of option: RequestOption<Double>
    ) throws(FileError) -> Double {
        let value = try json.double(or: usual)
        guard option.accepts(value) else { throw json.unsupported("\(value)", [option.accepted]) }
        return value
    }
}
