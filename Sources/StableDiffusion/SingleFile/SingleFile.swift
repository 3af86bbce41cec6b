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
    }

    /// What the model is called.
    package var title: String { isEDM ? "Playground 2.5" : kind.rawValue }

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
        let marks = ["v_pred", "ztsnr", "global_step", "edm_mean", "edm_std"]
        return keys.filter { key in
            !marks.contains(key) && !starts.contains { key.hasPrefix($0) }
        }.sorted()
    }

    // MARK: Schedule

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
        if isEDM { (c.edm, c.sampler) = (EDM(), .dpmpp2M) }
        return c
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
        let key = SingleFileKind.unetPrefix + "output_blocks.11.1.transformer_blocks.0.norm1.bias"
        let bias = try content.read { $0 == key }[key]
        guard let values = bias?.plainFloats, !values.isEmpty else { return true }
        let mean = values.reduce(0, +) / Float(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)
        // Untrained ones have no bias at all.
        return variance == 0 || variance.squareRoot() > 0.09
    }
}
