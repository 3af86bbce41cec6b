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
        // What sites answer in place of a file: {"error": "Unauthorized"}.
        guard index["weight_map"].exists else {
            throw FileError(
                path: path, field: "weight_map",
                problem: "is missing: this is JSON but no index of shards, as sites answer where a "
                    + "login is needed; weights have to be downloaded again")
        }
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
