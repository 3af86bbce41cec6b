import PinxitFiles

/// What is different between two recipes of a run.
enum RecipeChanges {
    /// Settings that do not change what is learnt: remarks, and how often and what the run tells.
    static let harmless: Set<String> = [
        "note", "prompts", "task.guidance_scale", "task.top_p", "task.variation_amount",
        "task.blend_amount", "optimisation.log_every", "optimisation.report_every",
        "optimisation.save_every",
    ]

    /// Each setting that differs, with both values, sorted; harmless ones aside.
    ///
    /// - Parameter standards: The values of settings that a recipe does not have.
    /// - Returns: nil if one of the texts is no JSON, so that nothing can be said.
    static func between(
        _ earlier: String, _ now: String, standards: [String: JSONValue]
    ) -> [String]? {
        if earlier == now { return [] }
        guard let earlier = try? JSONValue(parsing: earlier), let now = try? JSONValue(parsing: now)
        else { return nil }
        let (old, new) = (earlier.leaves, now.leaves)
        return Set(old.keys).union(new.keys).sorted().compactMap { path in
            let name = path.split(separator: ".").last.map(String.init) ?? path
            guard !harmless.contains(path), name != "note" else { return nil }
            let (before, after) = (old[path] ?? standards[path], new[path] ?? standards[path])
            guard !isSame(before, after) else { return nil }
            return "\(path) was \(text(before)), is \(text(after))"
        }
    }

    /// Whether two values mean the same setting: 1 and 1.0 do, as do lists of them.
    private static func isSame(_ one: JSONValue?, _ other: JSONValue?) -> Bool {
        switch (one, other) {
        case (.integer(let a), .number(let b)), (.number(let b), .integer(let a)): Double(a) == b
        default: text(one) == text(other)
        }
    }

    private static func text(_ value: JSONValue?) -> String {
        value?.encoded(indented: false) ?? "not there"
    }
}

extension JSONValue {
    /// The values in an object and the objects in it, by their path; lists are values.
    fileprivate var leaves: [String: JSONValue] {
        guard case .object(let members) = self else { return [:] }
        var all: [String: JSONValue] = [:]
        for member in members {
            switch member.value {
            case .object:
                for (path, value) in member.value.leaves { all["\(member.name).\(path)"] = value }
            case .null: continue
            default: all[member.name] = member.value
            }
        }
        return all
    }
}
