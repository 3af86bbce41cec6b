import PinxitFiles

/// A recipe as it is read: the file, with changes that were given beside it.
enum RecipeFile {
    /// - Parameter changes: Settings in place of the file's, `optimisation.samples=2000`. A value
    ///   is JSON, or else a text.
    /// - Throws: `FileError` for a file that is no JSON object, or a change that is none.
    static func read(_ path: String, changes: [String]) throws(FileError) -> JSONField {
        let file = try JSONFile.read(path)
        _ = try file.members()
        guard var value = file.value else { throw file.error("an object") }
        for change in changes {
            let parts = change.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let names = parts[0].split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, names.allSatisfy({ !$0.isEmpty }) else {
                throw FileError(
                    path: "--set \(change)",
                    problem: "changes no setting; accepted: SETTING=VALUE, such as "
                        + "optimisation.samples=2000", access: .given)
            }
            let text = String(parts[1])
            let changed = (try? JSONValue(parsing: text)) ?? .string(text)
            guard let whole = value.replacing(names.map(String.init)[...], by: changed) else {
                throw FileError(
                    path: "--set \(change)", field: String(parts[0]),
                    problem: "lies in no group of settings", access: .given)
            }
            value = whole
        }
        return JSONField(file: path, path: "", value: value)
    }
}

extension JSONValue {
    /// The value with another one at a place in it; nil if something on the way is no object.
    fileprivate func replacing(_ names: ArraySlice<String>, by value: JSONValue) -> JSONValue? {
        guard let name = names.first else { return value }
        guard case .object(var members) = self else { return nil }
        let index = members.firstIndex { $0.name == name }
        let old = index.map { members[$0].value } ?? .object([])
        guard let new = old.replacing(names.dropFirst(), by: value) else { return nil }
        if let index {
            members[index] = JSONMember(name, new)
        } else {
            members.append(JSONMember(name, new))
        }
        return .object(members)
    }
}

extension FileError {
    /// The same error of the setting that was given beside the recipe's file, if that is where the
    /// wrong one comes from.
    ///
    /// - Parameters:
    ///   - changes: Each `PATH=VALUE`; the last one of a setting counts.
    ///   - recipe: The file.
    func blaming(_ changes: [String], besides recipe: String) -> FileError {
        guard path == recipe, !field.isEmpty else { return self }
        let change = changes.last { change in
            let setting = change.prefix { $0 != "=" }
            return field == setting || field.hasPrefix("\(setting).")
                || field.hasPrefix("\(setting)[")
        }
        guard let change else { return self }
        return FileError(path: "--set \(change)", field: field, problem: problem, access: .given)
    }
}
