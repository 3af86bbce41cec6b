import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitSamplers
import PinxitTensors
import PinxitTokenizers

/// A whole model in one file, in the layout of Stable Diffusion's first release, as model sites
/// have them: its components with the configurations that folders have beside them.
package struct SingleFile: LatentDiffusionSource {
    package let path: String
    package let kind: SingleFileKind
    let content: Content
    /// The names of all tensors.
    let keys: Set<String>
    private let predictsVelocity: Bool
    /// The noise levels of CosXL and its kin, which predict velocity over EDM's.
    private let velocityEDM: EDM?

    enum Content: Sendable {
        case file(CheckpointFile)
        case tensors([String: Tensor])

        /// Reads some tensors. What is packed in the file is decoded for each call.
        func read(
            where isWanted: (String) -> Bool
        ) throws(FileError) -> [String: Tensor] {
            switch self {
            case .file(let file): try file.tensors(where: isWanted)
            case .tensors(let tensors): tensors.filter { isWanted($0.key) }
            }
        }

        /// The shape of a tensor, as the file has it.
        func shape(_ key: String) -> [Int]? {
            switch self {
            case .file(let file): file.entries[key]?.shape
            case .tensors(let tensors): tensors[key]?.shape.dimensions
            }
        }
    }

    /// Told by names: no weights are read.
    ///
    /// - Throws: `FileError` for a file that is broken or of another kind.
    package init(_ path: String) throws(FileError) {
        let file = try CheckpointFile(path: path)
        try self.init(
            path: path, .file(file), keys: Set(file.entries.keys),
            trainingSteps: file.metadata["global_step"].flatMap { Int($0) })
    }

    /// The same of tensors that are in memory.
    package init(path: String, tensors: [String: Tensor]) throws(FileError) {
        try self.init(
            path: path, .tensors(tensors), keys: Set(tensors.keys), trainingSteps: nil)
    }

    private init(
        path: String, _ content: Content, keys: Set<String>, trainingSteps: Int?
    ) throws(FileError) {
        (self.path, self.content, self.keys) = (path, content, keys)
        kind = try SingleFileKind(keys: keys, file: path)
        predictsVelocity = try Self.predictsVelocity(content, keys, kind, trainingSteps)
        velocityEDM =
            kind == .sdxl || kind == .unet ? try Self.velocityEDM(content, keys, path) : nil
    }

    /// What the model is called.
    package var title: String {
        isEDM ? "Playground 2.5" : velocityEDM != nil && kind == .sdxl ? "CosXL" : kind.rawValue
    }

    /// Playground 2.5 has SDXL's networks, another schedule and other latents.
    var isEDM: Bool { kind == .sdxl && keys.contains("edm_mean") }

    package func has(_ component: String) -> Bool {
        switch component {
        case "unet": kind != .autoencoder
        case "vae": kind == .autoencoder || kind.isWhole
        case "text_encoder": kind.isWhole && kind != .sdxlRefiner
        case "text_encoder_2": kind == .sdxl || kind == .sdxlRefiner
        default: false
        }
    }

    package func component(_ name: String) throws(FileError) -> Component {
        guard has(name) else {
            throw FileError(
                path: path,
                problem: "is \(kind.isWhole ? "" : "only ")\(kind.rawValue) and holds no \(name); "
                    + "a whole model is needed")
        }
        switch name {
        case "unet": return try unet()
        case "vae":
            let isXL = kind == .sdxl || kind == .sdxlRefiner
            return try autoencoder(
                scalingFactor: isEDM ? 0.5 : isXL ? 0.13025 : 0.18215, try latentStatistics())
        default: return try text(name)
        }
    }

    package func tokenizer(_ name: String) -> CLIPTokenizer {
        // Encoders of OpenCLIP pad with token 0.
        name == "tokenizer_2" || kind == .stableDiffusion2 ? .openAIPaddedWithZero : .openAI
    }

    package func tokenizerFolder(_ name: String) -> String? { nil }

    package func schedulerJSON() -> JSONValue? { nil }

    package func outline() -> UNetOutline { UNetOutline(kind) }

    package func forcesZerosForEmptyPrompt() -> Bool { kind == .sdxl }

    package func scalesPicture() -> Bool { kind == .sdxl && velocityEDM != nil }

    func field(_ value: JSONValue) -> JSONField {
        JSONField(file: path, path: "", value: value)
    }

    /// The side of the latents the family was trained at, which no shape tells.
    var latentSide: Int {
        switch kind {
        case .sdxl, .sdxlRefiner: 128
        case .stableDiffusion2: predictsVelocity ? 96 : 64
        default: 64
        }
    }

    /// The side of the model's usual pictures in pixels.
    package var usualSide: Int { 8 * latentSide }

    /// Tensors of a whole model that are of no component, such as copies of averages, sorted.
    package var unusedKeys: [String] {
        let starts = [
            SingleFileKind.unetPrefix, SingleFileKind.autoencoderPrefix, "cond_stage_model.",
            "conditioner.embedders.",
        ]
        let marks = Self.marks + ["global_step", "edm_mean", "edm_std"]
        return keys.filter { key in
            !marks.contains(key) && !starts.contains { key.hasPrefix($0) }
        }.sorted()
    }

    // MARK: Schedule

    /// Tensors that say what the network predicts, and over which noise levels.
    static let marks = ["v_pred", "ztsnr", mostMark, leastMark]
    static let (mostMark, leastMark) = ("edm_vpred.sigma_max", "edm_vpred.sigma_min")

    /// Whether the file says what its network predicts: a U-Net alone may not.
    var saysPrediction: Bool { kind.isWhole || Self.marks.contains(where: keys.contains) }

    /// That of the family's published models.
    package func scheduler() -> SchedulerConfiguration {
        var c = SchedulerConfiguration(
            sampler: kind == .sdxl || kind == .sdxlRefiner
                ? .euler : kind == .stableDiffusion2 ? .ddim : .pndm)
        (c.betaStart, c.betaEnd, c.betaSchedule) = (0.00085, 0.012, .scaledLinear)
        (c.stepsOffset, c.setAlphaToOne) = (1, false)
        if kind == .sdxl || kind == .sdxlRefiner { c.spacing = .leading }
        if predictsVelocity { c.prediction = .velocity }
        c.rescaleBetasZeroSNR = keys.contains("ztsnr")
        // Which cannot begin without any signal.
        if c.rescaleBetasZeroSNR, c.sampler == .pndm { c.sampler = .ddim }
        if isEDM { (c.edm, c.sampler) = (EDM(), .dpmpp2M) }
        if let velocityEDM {
            (c.edm, c.prediction, c.sampler) = (velocityEDM, .velocity, .euler)
        }
        return c
    }

    /// Levels of σ_data 1, as ComfyUI reads them.
    ///
    /// - Throws: `FileError` for bounds that are none.
    private static func velocityEDM(
        _ content: Content, _ keys: Set<String>, _ path: String
    ) throws(FileError) -> EDM? {
        guard keys.contains(mostMark), !keys.contains("edm_mean") else { return nil }
        let found = try content.read { $0 == mostMark || $0 == leastMark }
        func value(_ key: String) -> Double? {
            found[key].flatMap { $0.count == 1 ? $0.plainFloats.first.map(Double.init) : nil }
        }
        var edm = EDM()
        (edm.sigmaData, edm.curve) = (1, .exponential)
        edm.sigmaMax = value(mostMark) ?? .nan
        if keys.contains(leastMark) { edm.sigmaMin = value(leastMark) ?? .nan }
        guard edm.sigmaMin > 0, edm.sigmaMin < edm.sigmaMax, edm.sigmaMax.isFinite else {
            throw FileError(
                path: path, field: mostMark,
                problem:
                    "is no level of noise; one number above \(leastMark), which is above 0, is "
                    + "accepted")
        }
        return edm
    }

    /// Finetunes of SDXL say it with a tensor of that name. Stable Diffusion 2 does not say it; its
    /// models for 768 pixels, which do, have one bias that varies more (as ComfyUI tells them).
    ///
    /// - Parameter trainingSteps: How many steps it was trained for, where the file says.
    private static func predictsVelocity(
        _ content: Content, _ keys: Set<String>, _ kind: SingleFileKind, _ trainingSteps: Int?
    ) throws(FileError) -> Bool {
        if keys.contains("v_pred") { return true }
        guard kind == .stableDiffusion2 else { return false }
        // 512 pixels ended at this one (as diffusers tells them).
        // One of another type tells nothing.
        let counted = try? content.read { $0 == "global_step" }["global_step"]
        let steps = counted.flatMap { $0.count == 1 ? $0.plainFloats : nil }
        if trainingSteps == 875_000 || steps == [875_000] { return false }
        // Those that repaint are trained for 512 pixels too, and smaller ones from those models.
        let conv = content.shape(SingleFileKind.unetPrefix + "input_blocks.0.0.weight") ?? []
        if conv.count > 1, conv[1] != 4 { return false }
        let key = SingleFileKind.unetPrefix + "output_blocks.11.1.transformer_blocks.0.norm1.bias"
        let bias = try content.read { $0 == key }[key]
        guard let values = bias?.plainFloats, !values.isEmpty else { return false }
        let mean = values.reduce(0, +) / Float(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)
        // Untrained ones have no bias at all.
        return variance == 0 || variance.squareRoot() > 0.09
    }
}
