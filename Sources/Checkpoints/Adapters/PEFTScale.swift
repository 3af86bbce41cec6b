import PinxitFiles

/// What PEFT keeps beside a module's tensors: alpha, and what it is divided by.
struct PEFTScale: Sendable, Equatable {
    let alpha: Float
    /// Whether by the rank's square root (rsLoRA; Kalajdzievski 2023).
    let isRankStabilised: Bool

    func scale(rank: Int) -> Float {
        alpha / (isRankStabilised ? Float(rank).squareRoot() : Float(rank))
    }
}

/// PEFT's settings, from `adapter_config.json` beside the file or from the file's own metadata.
struct PEFTSettings: Sendable {
    private struct Group: Sendable {
        /// What modules' names begin with, such as `unet.`; empty for all.
        let prefix: String
        let alpha: Double?
        let patterns: [(name: String, alpha: Double)]
        let isRankStabilised: Bool
    }

    private let groups: [Group]

    /// - Parameters:
    ///   - metadata: The file's; diffusers keeps the settings under `lora_adapter_metadata`.
    ///   - file: The adapter's, for messages and for what lies beside it.
    init(metadata: [String: String], file: String) throws(FileError) {
        let beside = file.parentPath.path("adapter_config.json")
        if let text = metadata["lora_adapter_metadata"] {
            groups = try Self.groups(
                JSONField(
                    file: file, path: "lora_adapter_metadata", value: try Self.json(text, file)))
        } else if fileExists(beside), file.lastPathPart.hasPrefix("adapter_model") {
            groups = [try Self.group(try JSONFile.read(beside), prefix: "", separator: "")]
        } else {
            groups = []
        }
    }

    private static func json(_ text: String, _ file: String) throws(FileError) -> JSONValue {
        do {
            return try Array(text.utf8).withUnsafeBufferPointer { bytes throws(JSONSyntaxError) in
                try JSONValue(parsing: UnsafeRawBufferPointer(bytes))
            }
        } catch {
            throw FileError(
                path: file, field: "lora_adapter_metadata", problem: error.description)
        }
    }

    /// diffusers puts the component's name before every member: `unet.lora_alpha`.
    private static func groups(_ root: JSONField) throws(FileError) -> [Group] {
        var prefixes: [String] = []
        for (name, _) in try root.members() {
            let prefix = name.split(separator: ".").dropLast().joined(separator: ".")
            if !prefixes.contains(prefix) { prefixes.append(prefix) }
        }
        var groups: [Group] = []
        for prefix in prefixes {
            groups.append(
                try group(root, prefix: prefix, separator: prefix.isEmpty ? "" : "."))
        }
        return groups
    }

    private static func group(
        _ root: JSONField, prefix: String, separator: String
    ) throws(FileError) -> Group {
        let before = prefix + separator
        var patterns: [(String, Double)] = []
        let pattern = root[before + "alpha_pattern"]
        if pattern.exists {
            for (name, value) in try pattern.members() {
                patterns.append((name, try value.double()))
            }
        }
        // LoHa's and LoKr's settings name it without the kind.
        var alpha = root[before + "lora_alpha"]
        if !alpha.exists { alpha = root[before + "alpha"] }
        return Group(
            prefix: before, alpha: alpha.exists ? try alpha.double() : nil, patterns: patterns,
            isRankStabilised: try root[before + "use_rslora"].bool(or: false))
    }

    /// What a module's change is scaled by; nil where the settings do not say.
    ///
    /// - Parameter spelling: As the file has it, such as `unet.mid_block.attentions.0.proj_in`.
    func scale(of spelling: String) -> PEFTScale? {
        for group in groups where spelling.hasPrefix(group.prefix) {
            let pattern = group.patterns.first {
                spelling == $0.name || spelling.hasSuffix(".\($0.name)")
            }
            guard let alpha = pattern?.alpha ?? group.alpha else { return nil }
            return PEFTScale(alpha: Float(alpha), isRankStabilised: group.isRankStabilised)
        }
        return nil
    }
}
