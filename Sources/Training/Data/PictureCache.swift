import PinxitCheckpoints
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitTensors

/// What is made of the training pictures once and kept in the run's folder, since training sees
/// each picture many times: tensors with a row for each picture.
///
/// It is one safetensors file, whose metadata tell what it was made with. A file of another
/// identity, or one that lacks what is read from it, is replaced.
struct PictureCache {
    /// Of the file, without its ending.
    let name: String
    /// Pictures.
    let count: Int
    let pictures: any CaptionedPictures
    /// All that the tensors depend on beside the count.
    let identity: String
    let folder: String
    let log: RunLog
    var ranks = Ranks.alone

    private var path: String { "\(folder)/\(name).safetensors" }

    /// Reads a value from the file, or from the tensors that are then made and kept there.
    ///
    /// The first rank makes the file. The others read it, or, where they do not see it, make the
    /// tensors for themselves.
    ///
    /// - Parameters:
    ///   - read: The value of named tensors; nil if they are not the right ones.
    ///   - make: Tensors that `read` accepts.
    func value<Value>(
        reading read: ([String: Tensor]) -> Value?, making make: () throws -> [String: Tensor]
    ) throws -> Value {
        func value(keeping: Bool) throws -> Value {
            if let value = kept.flatMap(read) { return value }
            let tensors = try make()
            guard let value = read(tensors) else {
                preconditionFailure("\(name) of \(count) pictures cannot be read from \(tensors)")
            }
            if keeping { try Checkpoint.save(tensors, to: path, metadata: ["identity": identity]) }
            return value
        }
        return try ranks.firstBeforeOthers(
            { try value(keeping: true) }, others: { try value(keeping: false) })
    }

    /// The one tensor of a file, under the file's name, with a row for each different picture.
    ///
    /// - Parameters:
    ///   - size: The pictures' side, by default the data set's.
    ///   - encode: Gives `[batch, …]`, always of one type.
    func encoded(
        size: Int? = nil, _ encode: ([Picture]) throws -> Tensor
    ) throws -> EncodedPictures {
        let shared = SharedRows(count, by: pictures.appearance)
        let different = PictureCache(
            name: name, count: shared.first.count,
            pictures: PictureSelection(base: pictures, places: shared.first), identity: identity,
            folder: folder, log: log, ranks: ranks)
        return EncodedPictures(
            tensor: try different.encodedEach(size: size, encode), rows: shared.rows)
    }

    private func encodedEach(
        size: Int?, _ encode: ([Picture]) throws -> Tensor
    ) throws -> Tensor {
        try value(
            reading: { rows($0[name]) },
            making: {
                // Of large ones few at once: an encoder's first maps are as large.
                let side = size ?? pictures.pictureSize
                return try inChunks(of: min(64, max(1, (1 << 20) / (side * side)))) { range in
                    [name: try encode(try pictures.batch(range, size: size).map(\.picture))]
                }
            })
    }

    /// The tensor, if it has a row for each picture.
    func rows(_ tensor: Tensor?) -> Tensor? {
        tensor.flatMap { $0.rank > 0 && $0.shape[0] == count ? $0 : nil }
    }

    /// Tensors for all pictures, made chunk by chunk.
    ///
    /// - Parameters:
    ///   - size: Pictures in a chunk. A result may depend on it in its last bits.
    ///   - encode: The same named tensors for each chunk, `[chunk, …]`.
    /// - Throws: `FileError` if they take more memory than there is; `CancellationError`.
    func inChunks(of size: Int, _ encode: (Range<Int>) throws -> [String: Tensor]) throws
        -> [String: Tensor]
    {
        var all: [String: Tensor] = [:]
        for start in stride(from: 0, to: count, by: size) {
            try Engine.checkCancellation()
            let range = start..<min(start + size, count)
            let parts = try encode(range)
            if start == 0 {
                try TrainingMemory.checkRoom(
                    for: parts.values, of: range.count, all: count, name, each: "pictures",
                    path: path)
            }
            for (name, part) in parts {
                let whole = all[name] ?? part.room(for: count)
                whole.replaceRows(range, by: part)
                all[name] = whole
            }
            if start % 4096 == 0 { log.progress("\(name) \(start)/\(count)") }
        }
        return all
    }

    private var kept: [String: Tensor]? {
        guard fileExists(path), let file = try? SafetensorsFile(path: path),
            file.metadata["identity"] == identity
        else { return nil }
        return try? file.tensors()
    }
}

/// What tells the weights of a component from others, all shards of them, so that what was made
/// with them is known to be stale.
func weightsIdentity(_ folder: String) throws -> String {
    let weights = try Component(path: folder).weightsPath()
    guard weights.hasSuffix(".json") else { return try hash(ofFile: weights) }
    let shards = try JSONFile.read(weights)["weight_map"].members().map { try $0.field.string() }
    return try Set(shards).sorted().map { try hash(ofFile: folder.path($0)) }
        .joined(separator: " ")
}

/// Tells a large file from others, by its size, its first MiB and pieces all over it: models that
/// were fine-tuned from the same one begin alike.
func sampledIdentity(ofFile path: String) throws(FileError) -> String {
    try MappedFile(path: path).withBytes { bytes in
        let (start, piece, pieces) = (1 << 20, 1 << 14, 64)
        var samples = Array(bytes.prefix(start))
        let stride = (bytes.count - piece) / pieces
        for index in 1...pieces where bytes.count > start {
            let place = index * stride
            samples.append(contentsOf: bytes[place..<place + piece])
        }
        return "\(SHA256.hex(samples)) \(bytes.count)"
    }
}

private func hash(ofFile path: String) throws(FileError) -> String {
    try MappedFile(path: path).withBytes { SHA256.hex($0) }
}
