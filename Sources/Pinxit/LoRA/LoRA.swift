import PinxitCheckpoints
import PinxitFiles

/// A LoRA to paint with, or any of its kin (LoCon, LoHa, LoKr, DoRA): a file, and how much of it.
///
///     let painter = try await Painter(
///         folder: "sd15", loras: [LoRA(file: "Lora/ink.safetensors", weight: 0.8)])
///
/// A request never names such files: who loads a model decides which are opened.
public struct LoRA: Sendable, Hashable {
    /// A safetensors or torch file in the dialect of kohya's scripts, LyCORIS, diffusers or PEFT.
    public var file: String
    /// What its changes of the U-Net are multiplied by; 1 is as trained.
    public var weight: Double
    /// The same for text encoders.
    public var textWeight: Double

    /// - Parameter textWeight: Nil is as `weight`.
    public init(file: String, weight: Double = 1, textWeight: Double? = nil) {
        self.file = file
        self.weight = weight
        self.textWeight = textWeight ?? weight
    }

    /// The file's name without its extension, as prompts and pictures name it.
    public var name: String { file.lastPathPart.withoutExtension }

    /// Its changes, to be made as a model is loaded.
    ///
    /// - Parameter isPartial: Whether what meets no weight of the model is noted only.
    func adapter(isPartial: Bool) throws(FileError) -> WeightAdapter {
        try WeightAdapter(
            file: file, weight: Float(weight), textWeight: Float(textWeight),
            isPartial: isPartial)
    }

    /// The same as pictures name it; the whole file is read for its digest.
    public func used() throws(FileError) -> UsedLoRA {
        UsedLoRA(
            name: name, weight: weight, textWeight: textWeight,
            sha256: try MappedFile(path: file).withBytes { SHA256.hex($0) })
    }
}

/// A LoRA as a painted picture names it: enough to find the file again, and to know it.
public struct UsedLoRA: Sendable, Hashable, Codable {
    /// The file's name without its extension.
    public let name: String
    /// What its changes of the U-Net were multiplied by.
    public let weight: Double
    /// The same for text encoders.
    public let textWeight: Double
    /// Of the whole file, in hexadecimal.
    public let sha256: String

    /// Nothing is checked.
    public init(name: String, weight: Double, textWeight: Double, sha256: String) {
        self.name = name
        self.weight = weight
        self.textWeight = textWeight
        self.sha256 = sha256
    }

    enum CodingKeys: String, CodingKey {
        case name, weight
        case textWeight = "text_weight"
        case sha256
    }

    /// As prompts of other programs have it: `<lora:ink:0.8>`, or with the text's weight first
    /// `<lora:ink:0.5:0.8>`.
    public var tag: String {
        weight == textWeight
            ? "<lora:\(name):\(weight)>" : "<lora:\(name):\(textWeight):\(weight)>"
    }
}

extension String {
    /// A file's name without what follows its last dot.
    var withoutExtension: String {
        guard let dot = lastIndex(of: "."), dot > startIndex else { return self }
        return String(self[..<dot])
    }
}
