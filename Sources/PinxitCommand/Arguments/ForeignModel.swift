import Pinxit
import PinxitFiles
import Synchronization

/// A model that another program's picture names, as it was looked for here.
struct ForeignModel {
    /// Where a file or folder of that name is; nil if there is none.
    let path: String?
    /// Whether its digest is the picture's; nil where one of them has none.
    let isSame: Bool?

    init(_ named: NamedModel) throws {
        path = ModelSearch.found(named.file) ?? ModelSearch.found(named.name)
        guard let path, let hash = named.shortHash, fileSize(path) != nil else {
            isSame = nil
            return
        }
        // What another file paints would be another picture.
        isSame = try Self.digest(path).hasPrefix(hash)
    }

    private static let digests = Mutex<[String: String]>([:])

    /// Gigabytes, read once however many pictures name them.
    private static func digest(_ path: String) throws -> String {
        let key = "\(path)\n\(fileSize(path) ?? 0)\n\(modificationTime(path) ?? 0)"
        if let known = digests.withLock({ $0[key] }) { return known }
        let digest = try MappedFile(path: path).withBytes { SHA256.hex($0) }
        digests.withLock { $0[key] = digest }
        return digest
    }

    /// What became of the search; nil where nothing is to be said.
    func note(_ named: NamedModel) -> String? {
        guard let path else {
            return "the model \(named.name) was not found: \(named.wanted) is needed (option: "
                + "--model)"
        }
        guard isSame == false else { return nil }
        return "the model \(path) is another file than it was painted with: \(named.wanted)"
    }
}

extension ModelSearch {
    /// A model's folder or file by its name; nil if there is none.
    static func found(_ name: String) -> String? { try? named(name, by: "") }
}

extension ModelArguments {
    /// Takes the model that another program's picture names, where none is named.
    ///
    /// - Returns: What is to be said of it.
    mutating func use(_ named: NamedModel?, of file: String) throws -> [String] {
        guard model == nil, let named else { return [] }
        let found = try ForeignModel(named)
        model = found.path
        return [found.note(named)].compactMap(\.self)
    }
}
