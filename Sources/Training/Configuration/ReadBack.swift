import PinxitFiles

extension SettingsReader {
    /// A configuration as it will be read from the finished model: what the model's own reader
    /// refuses is refused before anything is trained.
    ///
    /// - Parameters:
    ///   - json: What is written as the component's `config.json`.
    ///   - names: Of its fields those that have another name in the recipe.
    func readBack<Value>(
        _ json: JSONValue, names: [String: String] = [:], _ read: (JSONField) throws -> Value
    ) throws -> Value {
        do {
            return try read(JSONField(file: field.file, path: field.path, value: json))
        } catch let error as FileError {
            let own = error.field.split(separator: ".").last.map(String.init) ?? ""
            let place = own.prefix { $0 != "[" }
            let name = names[String(place)] ?? String(place)
            throw FileError(path: field.file, field: field[name].path, problem: error.problem)
        }
    }
}
