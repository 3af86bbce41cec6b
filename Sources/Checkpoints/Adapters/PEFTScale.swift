import PinxitFiles

/// What PEFT keeps beside a module's tensors: alpha, and what it is divided by.
struct PEFTScale: Sendable, Equatable {
    let alpha: Float
    /// What the settings say, where they do: a module whose matrices are whole has no other.
    let rank: Int?
    /// Whether by the rank's square root (rsLoRA; Kalajdzievski 2023).
    let isRankStabilised: Bool

    /// - Parameter rank: Rows of the module's own down matrix; nil where it has none.
    func scale(rank: Int?) -> Float {
        guard let rank = rank ?? self.rank, rank > 0 else { return 1 }
        return alpha / (isRankStabilised ? Float(rank).squareRoot() : Float(rank))
    }
}

/// PEFT's settings, from `adapter_config.json` beside the file or from the file's own metadata.
struct PEFTSettings: Sendable {
    private struct Group: Sendable {
        /// What modules' names begin with, such as `unet.`; empty for all.
        let prefix: String
        let alpha: Named
        let rank: Named
        let isRankStabilised: Bool
    }

    /// A number for all modules, and others for those whose names end so.
    private struct Named: Sendable {
        let usual: Double?
        let patterns: [(name: String, value: Double)]

        func callAsFunction(_ spelling: String) -> Double? {
            patterns.first { spelling == $0.name || spelling.hasSuffix(".\($0.name)") }?.value
                ?? usual
        }
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
        // LoHa's and LoKr's settings name alpha without the kind.
        return Group(
            prefix: before,
            alpha: try named(root, before, ["lora_alpha", "alpha"], "alpha_pattern"),
            rank: try named(root, before, ["r"], "rank_pattern"),
            isRankStabilised: try root[before + "use_rslora"].bool(or: false))
    }

    private static func named(
        _ root: JSONField, _ before: String, _ names: [String], _ pattern: String
    ) throws(FileError) -> Named {
        var patterns: [(String, Double)] = []
        if root[before + pattern].exists {
            for (name, value) in try root[before + pattern].members() {
                patterns.append((name, try value.double()))
            }
        }
        let usual = names.map { root[before + $0] }.first(where: \.exists)
        return Named(usual: try usual?.double(), patterns: patterns)
    }

    /// What a module's change is scaled by; nil where the settings do not say.
    ///
    /// - Parameter spelling: As the file has it, such as `unet.mid_block.attentions.0.proj_in`.
    func scale(of spelling: String) -> PEFTScale? {
        for group in groups where spelling.hasPrefix(group.prefix) {
            guard let alpha = group.alpha(spelling) else { return nil }
            return PEFTScale(
                alpha: Float(alpha), rank: group.rank(spelling).flatMap { Int(exactly: $0) },
                isRankStabilised: group.isRankStabilised)
        }
        return nil
    }
}
