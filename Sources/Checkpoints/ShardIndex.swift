import PinxitFiles

/// `{"weight_map": {name: file}}`; the files lie beside the index.
struct ShardIndex {
    /// The tensors to take from each file.
    private(set) var shards: [String: Set<String>] = [:]
    /// Strings and numbers under `metadata`.
    private(set) var metadata: [String: String] = [:]

    /// - Throws: `FileError` when it is no such file.
    init(path: String) throws(FileError) {
        let index = try JSONFile.read(path)
        for (name, field) in try index["weight_map"].members() {
            let file = try field.string()
            guard !file.contains("/"), !["", ".", ".."].contains(file) else {
                throw field.error("the name of a file in the same folder")
            }
            shards[file, default: []].insert(name)
        }
        for (name, field) in (try? index["metadata"].members()) ?? [] {
            metadata[name] = (try? field.string()) ?? (try? field.int()).map(String.init)
        }
    }
}
